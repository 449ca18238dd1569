//! Idempotency records: the first request with a key is carried out, and the same request with the same key gets its
//! answer again.
//!
//! ```text
//!            begin                  complete                    expires_at
//! ─ absent ────► running (lease) ─────────► done: status + body ─────────► absent
//!                  └─ lease ran out: the next `begin` of the same request takes it over
//! ```
//! Live and test keys have separate records: a live request never gets the answer of a test.
//! The records are in the accounts table and not with the campaigns, because every function that creates something
//! writes them, and its role should not need another table for that.

use std::fmt;

use domain::{
    api_key::KeyMode,
    ids::OrganisationId,
    timestamp::{Millis, Timestamp},
};
use platform::random;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::{
    error::StoreError,
    item::{Key, from_item, number, to_item},
    keys::partition_of,
    schema::TTL_ATTRIBUTE,
    table::{Change, Conditional, Table, Write},
};

const WHAT: &str = "an idempotency record";
/// Longer than any request may run (30 s): the request of a record that is still running after this has crashed.
const LEASE: Millis = Millis::from_secs(40);
/// How long an answer is replayed.
pub const KEPT: Millis = Millis::from_hours(24);

/// The answer to a request.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub status: u16,
    /// Body, byte for byte.
    pub body: String,
}

impl fmt::Debug for Answer {
    /// Leaves out the body, which may hold contacts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}

/// The right to answer under a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    key: Key,
    token: u64,
    origin: u64,
}

impl Claim {
    /// The id of the item that is created under the claim: a version 8 UUID (RFC 9562 §5.8) of SHA-256. If the request
    /// crashes and is carried on, the id is the same, so that the second run finds the item of the first. Another use
    /// of the key, a day later, gets another id.
    pub fn id(&self, kind: &str) -> Uuid {
        let parts =
            [self.key.pk.as_bytes(), self.key.sk.as_bytes(), &self.origin.to_be_bytes(), kind.as_bytes()];
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest(&parts)[..16]);
        Builder::from_custom_bytes(bytes).into_uuid()
    }
}

/// The state of a key when a request comes with it. The caller must handle every case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Begin {
    /// The key is free: carry the request out, then complete or release the claim.
    Started(Claim),
    /// The first request is still being carried out.
    InProgress {
        /// Seconds after which the client should repeat the request.
        retry_after_secs: u32,
    },
    /// The request was answered before with this answer.
    Replay(Answer),
    /// The key was used for another request.
    KeyReused,
}

#[derive(Serialize, Deserialize)]
struct Record {
    fingerprint: String,
    token: u64,
    /// The token of the first run; a run that carries on keeps it.
    origin: u64,
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
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Claims a key for a request of a mode. `request` has everything that distinguishes it from another request.
    pub async fn begin(
        &self,
        organisation: OrganisationId,
        mode: KeyMode,
        key: &str,
        request: &[&[u8]],
        now: Timestamp,
    ) -> Result<Begin, StoreError> {
        let fingerprint = fingerprint(request);
        let token = random::token()?;
        let claim = Claim { key: record_key(organisation, mode, key), token, origin: token };
        let record = Record {
            fingerprint: fingerprint.clone(),
            token,
            origin: token,
            lease_until: now.plus(LEASE),
            answer: None,
            expires_at: now.plus(KEPT).secs(),
        };
        let free = Change::only_if(format!("attribute_not_exists(pk) OR {TTL_ATTRIBUTE} < :now_secs"))
            .value(":now_secs", number(now.secs()));
        let standing = match self.table.put_when(to_item(&claim.key, WHAT, &record)?, free).await? {
            Conditional::Applied => return Ok(Begin::Started(claim)),
            Conditional::Refused(item) => item,
        };
        let Some(standing) = standing else { return Err(StoreError::Contended { operation: "idempotency" }) };
        let standing: Record = from_item(WHAT, standing)?;
        match standing.answer {
            _ if standing.token == claim.token => Ok(Begin::Started(claim)),
            _ if standing.fingerprint != fingerprint => Ok(Begin::KeyReused),
            Some(answer) => Ok(Begin::Replay(answer)),
            None if standing.lease_until < now => self.take_over(claim, &standing, now).await,
            None => Ok(in_progress(standing.lease_until, now)),
        }
    }

    /// Takes over the record of a request that crashed.
    async fn take_over(&self, claim: Claim, dead: &Record, now: Timestamp) -> Result<Begin, StoreError> {
        let claim = Claim { origin: dead.origin, ..claim };
        let until = now.plus(LEASE);
        let change =
            Change::new(format!("SET #token = :token, lease_until = :until, {TTL_ATTRIBUTE} = :expiry"))
                .when("#token = :dead AND attribute_not_exists(answer)")
                .name("#token", "token")
                .value(":token", number(claim.token))
                .value(":dead", number(dead.token))
                .value(":until", number(until.millis()))
                .value(":expiry", number(now.plus(KEPT).secs()));
        let refused = match self.table.update(&claim.key, change).await? {
            Conditional::Applied => return Ok(Begin::Started(claim)),
            Conditional::Refused(item) => item.map(|item| from_item::<Record>(WHAT, item)).transpose()?,
        };
        // If the SDK repeated a call, it finds the token of its own first attempt; otherwise another request was
        // faster.
        let ours = refused.is_some_and(|standing| standing.token == claim.token);
        Ok(if ours { Begin::Started(claim) } else { in_progress(until, now) })
    }

    /// Stores the answer, outside a transaction.
    pub async fn complete(&self, claim: &Claim, answer: &Answer, now: Timestamp) -> Result<(), StoreError> {
        let change = completion(claim, answer, now.plus(KEPT))?;
        // If it is refused, the lease ran out and another request took over. Then that request's answer counts.
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

    /// Ends a run that failed but may have created something: the same request may carry on at once, and no other
    /// request may use the key.
    pub async fn leave_open(&self, claim: &Claim) -> Result<(), StoreError> {
        let change = Change::new("SET lease_until = :past")
            .when("#token = :token AND attribute_not_exists(answer)")
            .name("#token", "token")
            .value(":token", number(claim.token))
            .value(":past", number(0));
        self.table.update(&claim.key, change).await.map(drop)
    }

    /// Frees the key: nothing was created under it.
    pub async fn release(&self, claim: &Claim) -> Result<(), StoreError> {
        let change = Change::only_if("#token = :token AND attribute_not_exists(answer)")
            .name("#token", "token")
            .value(":token", number(claim.token));
        match self.table.transact(vec![self.table.write_delete(&claim.key, change)?]).await? {
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

fn completion(claim: &Claim, answer: &Answer, until: Timestamp) -> Result<Change, StoreError> {
    let answer = serde_dynamo::to_attribute_value(answer).map_err(StoreError::unreadable(WHAT))?;
    Ok(Change::new(format!("SET answer = :answer, {TTL_ATTRIBUTE} = :until"))
        .when("#token = :token AND attribute_not_exists(answer)")
        .name("#token", "token")
        .value(":token", number(claim.token))
        .value(":answer", answer)
        .value(":until", number(until.secs())))
}

fn in_progress(lease_until: Timestamp, now: Timestamp) -> Begin {
    let left = lease_until.since(now).secs_rounded_up();
    Begin::InProgress { retry_after_secs: left.clamp(1, LEASE.secs_rounded_up()) as u32 }
}

fn fingerprint(parts: &[&[u8]]) -> String {
    hex::encode(digest(parts))
}

/// Hashes the parts. Each part has its length before it, so that different lists of parts have different hashes.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The key's hash, because a client may write anything into its key.
fn record_key(organisation: OrganisationId, mode: KeyMode, key: &str) -> Key {
    let hash = hex::encode(Sha256::digest(key.as_bytes()));
    Key::new(partition_of(organisation, "IDEMPOTENCY"), format!("{}#{hash}", mode.as_str()))
}
