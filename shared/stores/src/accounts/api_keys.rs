//! API keys by their SHA-256. The key itself is never stored.

use domain::{
    api_key::{ApiKey, KeyRecord},
    ids::{KeyId, OrganisationId},
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    error::StoreError,
    item::{Key, check_refused, from_item, number, to_item},
    keys::organisation_partition,
    outcome::Changed,
    table::{Change, Conditional, Range, Table},
};

const WHAT: &str = "an API key";

/// Names a key's record under its organisation.
#[derive(Serialize, Deserialize)]
struct Pointer {
    hash: String,
}

/// Reads and writes keys.
#[derive(Clone, Debug)]
pub struct ApiKeys {
    table: Table,
}

impl ApiKeys {
    /// Over the accounts table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Stores a new key's record.
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

    /// The record of a key that works now. Read anew for each request, so that revoking works at once.
    pub async fn find(&self, key: &ApiKey, now: Timestamp) -> Result<Option<KeyRecord>, StoreError> {
        let hash = hash(key);
        let Some(item) = self.table.get(&record_key(&hash)).await? else { return Ok(None) };
        let record: KeyRecord = from_item(WHAT, item)?;
        if !record.is_live(now) {
            return Ok(None);
        }
        if record.is_last_use_old(now) {
            let change = Change::new("SET last_used_at = :now")
                .when("attribute_exists(pk)")
                .value(":now", number(now.millis()));
            self.table.update(&record_key(&hash), change).await?;
        }
        Ok(Some(record))
    }

    /// Every key of an organisation, revoked ones too.
    pub async fn list(&self, organisation: OrganisationId) -> Result<Vec<KeyRecord>, StoreError> {
        let range = Range::of(organisation_partition(organisation)).beginning_with("KEY#");
        let mut keys = Vec::new();
        for item in self.table.query(range).await? {
            let pointer: Pointer = from_item(WHAT, item)?;
            keys.push(record_key(&pointer.hash));
        }
        let items = self.table.get_many(keys, None).await?;
        let mut records: Vec<KeyRecord> =
            items.into_iter().map(|item| from_item(WHAT, item)).collect::<Result<_, _>>()?;
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

/// SHA-256 is enough: a key has 154 random bits, which no dictionary holds.
fn hash(key: &ApiKey) -> String {
    hex::encode(Sha256::digest(key.reveal().as_bytes()))
}

fn record_key(hash: &str) -> Key {
    Key::new(format!("KEY#{hash}"), "KEY")
}

fn pointer_key(organisation: OrganisationId, id: KeyId) -> Key {
    Key::new(organisation_partition(organisation), format!("KEY#{id}"))
}
