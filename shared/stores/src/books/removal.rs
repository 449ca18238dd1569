//! A book is deleted for everybody at once; its items are removed right after.

use std::time::Duration;

use domain::{
    ids::{BookId, OrganisationId},
    timestamp::{Millis, Timestamp},
};
use platform::random;
use tokio::time::{Instant, timeout};

use super::{
    AddressBooks,
    error::EditError,
    header::LeafCounts,
    keys::{BookKeys, CONTACT_PARTITIONS},
    lease::{Lease, lease_change, pause},
};
use crate::{
    error::StoreError,
    item::{Key, number},
    table::{Change, Conditional, Range},
};

/// How long one request goes on removing items.
const LONGEST_REMOVAL: Duration = Duration::from_secs(20);
/// Items whose keys are read, then removed, at a time.
const KEYS_AT_A_TIME: u64 = 1_000;

impl AddressBooks {
    /// Deletes a book; false where there is none. From the first write on nobody sees the book. Where
    /// the removal of its items is cut short ([`EditError::Interrupted`], a crash), deleting it again
    /// goes on with it.
    pub async fn delete(
        &self,
        organisation: OrganisationId,
        book: BookId,
        now: Timestamp,
    ) -> Result<bool, EditError> {
        let keys = BookKeys { organisation, book };
        let change = Change::new("SET deleted_at = if_not_exists(deleted_at, :now)")
            .when("attribute_exists(pk)")
            .value(":now", number(now.millis()));
        match self.table.update(&keys.header(), change).await? {
            Conditional::Applied => {}
            Conditional::Refused(_) => return Ok(false),
        }
        let removed = timeout(LONGEST_REMOVAL, self.remove_items(keys, now)).await;
        removed.unwrap_or(Err(EditError::Interrupted)).map(|()| true)
    }

    async fn remove_items(&self, keys: BookKeys, now: Timestamp) -> Result<(), EditError> {
        let Some(lease) = self.take_for_removal(keys, now).await? else { return Ok(()) };
        for partition in 0..CONTACT_PARTITIONS {
            self.empty(&keys.contacts(partition)).await?;
        }
        self.empty(&keys.roster()).await?;
        let ours = Change::default().when("edit_id = :edit").value(":edit", number(lease.edit));
        let removed = self.table.transact(vec![self.table.write_delete(&keys.header(), ours)?]).await?;
        removed.map_err(|_| EditError::Interrupted)
    }

    /// Waits for the edit under way: what it still writes has to be removed as well. An edit left
    /// unfinished needs no repair here. `None` where another request removed everything meanwhile.
    async fn take_for_removal(&self, keys: BookKeys, now: Timestamp) -> Result<Option<Lease>, StoreError> {
        let (edit, started) = (random::token()?, Instant::now());
        loop {
            let now = now.plus(Millis(started.elapsed().as_millis() as i64));
            let change = lease_change(edit, now)
                .when("attribute_exists(pk) AND (attribute_not_exists(edit_id) OR edit_id = :edit OR edit_until <= :now)")
                .value(":now", number(now.millis()));
            match self.table.update(&keys.header(), change).await? {
                Conditional::Applied => return Ok(Some(Lease { keys, edit, counts: LeafCounts::default() })),
                Conditional::Refused(None) => return Ok(None),
                Conditional::Refused(Some(_)) => pause().await,
            }
        }
    }

    async fn empty(&self, partition: &str) -> Result<(), StoreError> {
        loop {
            let range = Range::of(partition).only("sk").limit(KEYS_AT_A_TIME);
            let items = self.table.query(range).await?;
            if items.is_empty() {
                return Ok(());
            }
            let places = items.iter().filter_map(|item| item.get("sk")?.as_s().ok());
            let keys = places.map(|place| Key::new(partition, place)).collect();
            self.table.delete_many(keys).await?;
        }
    }
}
