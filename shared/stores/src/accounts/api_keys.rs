//! API keys by their SHA-256. The key itself is never stored.
//!
//! ```text
//! KEY#<hash>        KEY     the key's organisation, scopes and mode; only the operator writes it
//! ORG#<org>#KEYS    <id>    the hash, to list an organisation's keys; only the operator writes it
//! USED#<hash>       USED    when the key was last used; functions write it
//! ```

use std::collections::HashMap;

use domain::{
    api_key::{ApiKey, KeyRecord},
    ids::{KeyId, OrganisationId},
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    error::StoreError,
    item::{Item, Key, check_refused, from_item, number, to_item},
    keys::partition_of,
    outcome::Changed,
    table::{Change, Conditional, Range, Table},
};

const WHAT: &str = "an API key";
const USE: &str = "an API key's last use";
const KEYS: &str = "KEYS";

/// Names a key's record under its organisation.
#[derive(Serialize, Deserialize)]
struct Pointer {
    hash: String,
}

/// When a key was last used.
#[derive(Serialize, Deserialize)]
struct Use {
    last_used_at: Timestamp,
}

/// Reads and writes keys.
#[derive(Clone, Debug)]
pub struct ApiKeys {
    table: Table,
}

impl ApiKeys {
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    pub async fn issue(&self, key: &ApiKey, record: &KeyRecord) -> Result<(), StoreError> {
        let hash = hash(key);
        let pointer = Pointer { hash: hash.clone() };
        let writes = vec![
            self.table.write_new(to_item(&record_key(&hash), WHAT, record)?)?,
            self.table.write_new(to_item(&pointer_key(record.organisation, record.id), WHAT, &pointer)?)?,
        ];
        match self.table.transact(writes).await? {
            Ok(()) => Ok(()),
            Err(_) => Err(StoreError::Contended { operation: "issuing a key" }),
        }
    }

    /// The record of a working key. Read for each request, so that a revocation works at once.
    pub async fn find(&self, key: &ApiKey, now: Timestamp) -> Result<Option<KeyRecord>, StoreError> {
        let hash = hash(key);
        let (record, last_use) = (record_key(&hash), use_key(&hash));
        let items = self.table.get_many(vec![record.clone(), last_use.clone()], None).await?;
        let Some(record) = Found::of(items).record(&record, &last_use)?.filter(|record| record.is_live(now))
        else {
            return Ok(None);
        };
        if record.is_last_use_old(now) {
            let change =
                Change::new("SET last_used_at = :now, v = :form").value(":now", number(now.millis()));
            self.table.update(&last_use, change).await?;
        }
        Ok(Some(record))
    }

    /// Every key of an organisation, revoked ones too.
    pub async fn list(&self, organisation: OrganisationId) -> Result<Vec<KeyRecord>, StoreError> {
        let mut hashes = Vec::new();
        for item in self.table.query(Range::of(partition_of(organisation, KEYS))).await? {
            let pointer: Pointer = from_item(WHAT, item)?;
            hashes.push(pointer.hash);
        }
        let keys = hashes.iter().flat_map(|hash| [record_key(hash), use_key(hash)]).collect();
        let mut found = Found::of(self.table.get_many(keys, None).await?);
        let mut records = Vec::new();
        for hash in &hashes {
            records.extend(found.record(&record_key(hash), &use_key(hash))?);
        }
        records.sort_by_key(|record| (record.created_at, record.id));
        Ok(records)
    }

    /// Revokes a key from now on.
    pub async fn revoke(
        &self,
        organisation: OrganisationId,
        id: KeyId,
        now: Timestamp,
    ) -> Result<Changed, StoreError> {
        let Some(item) = self.table.get(&pointer_key(organisation, id)).await? else {
            return Ok(Changed::NotFound);
        };
        let pointer: Pointer = from_item(WHAT, item)?;
        let change = Change::new("SET revoked_at = if_not_exists(revoked_at, :now)")
            .when("attribute_exists(pk)")
            .value(":now", number(now.millis()));
        match self.table.update(&record_key(&pointer.hash), change).await? {
            Conditional::Applied => Ok(Changed::Done),
            Conditional::Refused(standing) => {
                check_refused(WHAT, standing.as_ref())?;
                Ok(Changed::NotFound)
            }
        }
    }
}

/// Items of keys and of their uses, which were read together.
struct Found(HashMap<Key, Item>);

impl Found {
    fn of(items: Vec<Item>) -> Self {
        Self(items.into_iter().map(|item| (Key::of(&item), item)).collect())
    }

    /// A key's record, with its last use.
    fn record(&mut self, record: &Key, last_use: &Key) -> Result<Option<KeyRecord>, StoreError> {
        let Some(item) = self.0.remove(record) else { return Ok(None) };
        let record: KeyRecord = from_item(WHAT, item)?;
        let last_use: Option<Use> = self.0.remove(last_use).map(|item| from_item(USE, item)).transpose()?;
        Ok(Some(KeyRecord { last_used_at: last_use.map(|last| last.last_used_at), ..record }))
    }
}

/// SHA-256 is enough: a key has 154 random bits, which no dictionary holds.
fn hash(key: &ApiKey) -> String {
    hex::encode(Sha256::digest(key.reveal().as_bytes()))
}

fn record_key(hash: &str) -> Key {
    Key::new(format!("KEY#{hash}"), "KEY")
}

fn use_key(hash: &str) -> Key {
    Key::new(format!("USED#{hash}"), "USED")
}

fn pointer_key(organisation: OrganisationId, id: KeyId) -> Key {
    Key::new(partition_of(organisation, KEYS), id.to_string())
}
