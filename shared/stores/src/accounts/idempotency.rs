//! Idempotency records: the same key with the same body is answered once and replayed after.
//!
//! ```text
//!            begin                  complete                    expires_at
//! ─ absent ────► running (lease) ─────────► done: status + body ─────────► absent
//!                  └─ lease ran out: the next `begin` takes it over
//! ```
//! They live in the accounts table, not beside the campaigns: every function that creates something
//! writes them, and a role should reach no table for that alone.

use std::collections::HashMap;

use domain::{
    ids::OrganisationId,
    timestamp::{Millis, Timestamp},
};
use platform::random;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    error::StoreError,
    item::{Key, from_item, number, text, to_item},
    schema::TTL_ATTRIBUTE,
    table::{Change, Conditional, Table, Write},
};

const WHAT: &str = "an idempotency record";
/// Longer than any request may run (30 s): a record that is still running then belongs to a request
/// that died.
const LEASE: Millis = Millis::from_secs(40);
/// How long an answer is replayed.
pub const KEPT: Millis = Millis::from_hours(24);

/// An answer as it went out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body, byte for byte.
    pub body: String,
}

/// The right to answer under a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    key: Key,
    token: u64,
}

/// What a key stands for when a request comes with it. The caller must look at every case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Begin {
    /// Nothing yet: carry the request out, then complete or release the claim.
    Started(Claim),
    /// The first request is still being carried out.
    InProgress {
        /// Seconds until it is worth asking again.
        retry_after_secs: u32,
    },
    /// It was answered so.
    Replay(Answer),
    /// It was used for something else.
    KeyReused,
}

#[derive(Serialize, Deserialize)]
struct Record {
    fingerprint: String,
    token: u64,
    lease_until: Timestamp,
    answer: Option<Answer>,
    expires_at: i64,
}

/// Reads and writes idempotency records.
#[derive(Clone, Debug)]
pub struct Idempotency {
    table: Table,
}

impl Idempotency {
    /// Over the accounts table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Claims a key for a request. `request` is everything that makes two requests the same.
    pub async fn begin(
        &self,
        organisation: OrganisationId,
        key: &str,
        request: &[&[u8]],
        now: Timestamp,
    ) -> Result<Begin, StoreError> {
        let fingerprint = fingerprint(request);
        let claim = Claim { key: record_key(organisation, key), token: random::token()? };
        let record = Record {
            fingerprint: fingerprint.clone(),
            token: claim.token,
            lease_until: now.plus(LEASE),
            answer: None,
            expires_at: now.plus(KEPT).secs(),
        };
        let free = format!(
            "attribute_not_exists(pk) OR {TTL_ATTRIBUTE} < :now_secs \
             OR (attribute_not_exists(answer) AND lease_until < :now AND fingerprint = :fingerprint)"
        );
        let values = HashMap::from([
            (":now".to_owned(), number(now.millis())),
            (":now_secs".to_owned(), number(now.secs())),
            (":fingerprint".to_owned(), text(&fingerprint)),
        ]);
        let standing = match self.table.put_when(to_item(&claim.key, WHAT, &record)?, &free, values).await? {
            Conditional::Applied => return Ok(Begin::Started(claim)),
            Conditional::Refused(item) => item,
        };
        let Some(standing) = standing else { return Err(StoreError::Contended { operation: "idempotency" }) };
        let standing: Record = from_item(WHAT, standing)?;
        Ok(match standing.answer {
            _ if standing.token == claim.token => Begin::Started(claim),
            _ if standing.fingerprint != fingerprint => Begin::KeyReused,
            Some(answer) => Begin::Replay(answer),
            None => {
                let left = standing.lease_until.since(now).secs_rounded_up();
                Begin::InProgress { retry_after_secs: left.clamp(1, LEASE.secs_rounded_up()) as u32 }
            }
        })
    }

    /// Stores the answer, outside a transaction.
    pub async fn complete(&self, claim: &Claim, answer: &Answer, now: Timestamp) -> Result<(), StoreError> {
        let change = completion(claim, answer, now.plus(KEPT))?;
        // Refused: the lease ran out and another request carried on. Its answer stands.
        self.table.update(&claim.key, change).await.map(drop)
    }

    /// Stores the answer within a transaction; `until` is when it stops being replayed. The transaction
    /// holds only while the claim does.
    pub fn completion_write(
        &self,
        claim: &Claim,
        answer: &Answer,
        until: Timestamp,
    ) -> Result<Write, StoreError> {
        self.table.write_change(&claim.key, completion(claim, answer, until)?)
    }

    /// Gives the key back: nothing was created under it.
    pub async fn release(&self, claim: &Claim) -> Result<(), StoreError> {
        let change = Change::default()
            .when("#token = :token AND attribute_not_exists(answer)")
            .name("#token", "token")
            .value(":token", number(claim.token));
        match self.table.transact(vec![self.table.write_delete(&claim.key, change)?]).await? {
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

fn completion(claim: &Claim, answer: &Answer, until: Timestamp) -> Result<Change, StoreError> {
    let answer = serde_dynamo::to_attribute_value(answer)
        .map_err(|error| StoreError::unreadable(WHAT)(Box::new(error)))?;
    Ok(Change::new(format!("SET answer = :answer, {TTL_ATTRIBUTE} = :until"))
        .when("#token = :token AND attribute_not_exists(answer)")
        .name("#token", "token")
        .value(":token", number(claim.token))
        .value(":answer", answer)
        .value(":until", number(until.secs())))
}

/// One hash over the parts, each with its length, so that no two lists of parts look the same.
fn fingerprint(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex::encode(hash.finalize())
}

/// The key's hash, so that whatever a client writes into its key stays out of ours.
fn record_key(organisation: OrganisationId, key: &str) -> Key {
    Key::new(format!("ORG#{organisation}#IDEMPOTENCY"), hex::encode(Sha256::digest(key.as_bytes())))
}
