//! Repairs the book of a crashed edit: makes its leaves from its contacts again.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::ReturnValue;
use domain::{
    keys::BookKey,
    roster::{Leaf, RosterEntry},
    timestamp::Timestamp,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use platform::random;

use super::{
    contact::{ROSTER_ATTRIBUTES, entry_of},
    error::EditError,
    header::{Edit, Header},
    keys::{contacts_partition, first_contact_of, header_key, partition_of},
    lease::{Lease, lease_change, within_time},
    leaves::{CONCURRENT_CALLS, StoredLeaf, read_leaves, write_leaves},
    store::AddressBooks,
};
use crate::{error::StoreError, item::number, table::Range};

impl AddressBooks {
    /// Repairs an edit whose lease ran out. Does nothing if another request already repairs it: the caller reads again.
    pub(super) async fn repair(&self, book: BookKey, left: &Edit, now: Timestamp) -> Result<(), StoreError> {
        let Some(lease) = self.take_over(book, left, now).await? else { return Ok(()) };
        match within_time(self.rebuild(&lease, &left.leaves, now)).await {
            // If the lease is lost, another request repairs the book, or the book was deleted.
            Err(EditError::Store(error)) => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    async fn take_over(
        &self,
        book: BookKey,
        left: &Edit,
        now: Timestamp,
    ) -> Result<Option<Lease>, StoreError> {
        let edit = random::token()?;
        let change = lease_change(edit, now)
            .when("edit_id = :left AND edit_until <= :now AND attribute_not_exists(deleted_at)")
            .value(":left", number(left.id))
            .value(":now", number(now.millis()));
        let taken = self.table.update_returning(&header_key(book), change, ReturnValue::AllNew).await?;
        let item = taken.map_or_else(|refused| refused, Some);
        let header = item.map(Header::from_item).transpose()?;
        let ours = header.filter(|header| header.edit.as_ref().is_some_and(|held| held.id == edit));
        Ok(ours.map(|header| Lease { book, edit, counts: header.counts }))
    }

    async fn rebuild(&self, lease: &Lease, leaves: &[u8], now: Timestamp) -> Result<(), EditError> {
        let stored = read_leaves(&self.table, lease.book, leaves).await?;
        let rebuilds: Vec<_> =
            stored.into_iter().map(|(leaf, stored)| self.rebuilt(lease, leaf, stored)).collect();
        // Every leaf is written, also one that is right: its new revision shuts the crashed edit out.
        let rebuilt: BTreeMap<u8, StoredLeaf> =
            stream::iter(rebuilds).buffer_unordered(CONCURRENT_CALLS).try_collect().await?;
        if !write_leaves(&self.table, lease.book, &rebuilt).await? {
            return Err(EditError::Interrupted);
        }
        let mut counts = lease.counts.clone();
        for (&leaf, stored) in &rebuilt {
            counts.set(leaf, (&stored.leaf).into());
        }
        self.finish(lease, &counts, Some(now), None).await?;
        tracing::warn!(leaves = leaves.len(), "an unfinished edit of an address book was repaired");
        Ok(())
    }

    async fn rebuilt(
        &self,
        lease: &Lease,
        leaf: u8,
        stored: StoredLeaf,
    ) -> Result<(u8, StoredLeaf), StoreError> {
        let range = Range::of(contacts_partition(lease.book, partition_of(leaf)))
            .beginning_with(&first_contact_of(leaf))
            .only(ROSTER_ATTRIBUTES);
        let items = self.table.query(range).await?;
        let entries: Vec<RosterEntry> = items.into_iter().map(entry_of).collect::<Result<_, _>>()?;
        Ok((leaf, StoredLeaf { leaf: Leaf::of(entries), revision: stored.revision }))
    }
}
