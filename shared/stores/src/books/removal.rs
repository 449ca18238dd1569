//! A request deletes a book in one transaction; the clock removes its items later.
//!
//! ```text
//! DELETE: one transaction ──▶ header: deleted_at          marker: REMOVALS / <org>#<book>
//! clock, every minute: markers ─▶ lease ─▶ contacts, roster ─▶ one transaction: header and marker gone
//!                                   └ time is up: lease given back; a crash: it runs out; the next run goes on
//! ```
//! Only the clock removes the items: so a request answers at once however large the book is.

use std::time::Duration;

use domain::{keys::BookKey, timestamp::Timestamp};
use futures_util::{StreamExt, TryStreamExt, stream};
use platform::random;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::{
    header::{LeafCounts, WHAT},
    keys::{
        CONTACT_PARTITIONS, REMOVALS, book_of_removal, contacts_partition, header_key, removal_key,
        roster_partition,
    },
    lease::{Lease, lease_change},
    store::AddressBooks,
};
use crate::{
    error::StoreError,
    item::{Item, Key, check_form, check_refused, from_item, number, to_item},
    outcome::Changed,
    table::{Change, Conditional, Range},
};

const MARKER: &str = "the removal of an address book";
/// Items whose keys are read and then removed in one step.
const KEYS_AT_A_TIME: u64 = 1_000;
/// Partitions of a book that are emptied at the same time: each takes 1,000 writes a second, a new table 4,000.
const PARTITIONS_AT_ONCE: usize = 4;
/// Most removals of which one run of the clock learns.
const MOST_REMOVALS: u64 = 1_000;

/// The attributes of a deleted book's marker.
#[derive(Serialize, Deserialize)]
struct MarkerRecord {
    deleted_at: Timestamp,
}

/// The result of removing a deleted book's items.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Removal {
    /// No item of the book is left.
    Done,
    /// Items are left: the time was over, or an edit or another removal holds the book.
    Unfinished,
}

impl AddressBooks {
    /// Deletes a book. From then on it cannot be read or written; [`remove_deleted`](AddressBooks::remove_deleted)
    /// removes its items.
    pub async fn delete(&self, book: BookKey, now: Timestamp) -> Result<Changed, StoreError> {
        let deletion = Change::new("SET deleted_at = :now")
            .when("attribute_exists(pk) AND attribute_not_exists(deleted_at)")
            .value(":now", number(now.millis()));
        let marker = to_item(&removal_key(book), MARKER, &MarkerRecord { deleted_at: now })?;
        let writes = vec![
            self.table.write_change(&header_key(book), deletion)?,
            self.table.write_put(marker, Change::default())?,
        ];
        match self.table.transact(writes).await? {
            Ok(()) => Ok(Changed::Done),
            Err(refused) => {
                check_refused(WHAT, refused.item.as_ref())?;
                Ok(Changed::NotFound)
            }
        }
    }

    /// Deleted books that still have items, of all organisations.
    pub async fn removals(&self) -> Result<Vec<Result<BookKey, StoreError>>, StoreError> {
        let markers = self.table.query(Range::of(REMOVALS).limit(MOST_REMOVALS)).await?;
        Ok(markers.into_iter().map(read_marker).collect())
    }

    /// Removes as many items of a deleted book as possible in a given time, which must be shorter than a
    /// [lease](super::LEASE).
    pub async fn remove_deleted(
        &self,
        book: BookKey,
        now: Timestamp,
        longest: Duration,
    ) -> Result<Removal, StoreError> {
        let Some(lease) = self.take_for_removal(book, now).await? else { return Ok(Removal::Unfinished) };
        match timeout(longest, Box::pin(self.remove_under(&lease))).await {
            Ok(removed) => removed,
            Err(_) => {
                self.let_go(&lease).await?;
                Ok(Removal::Unfinished)
            }
        }
    }

    /// Removes the header and the marker last, together: as long as they exist, the removal is not done.
    async fn remove_under(&self, lease: &Lease) -> Result<Removal, StoreError> {
        let book = lease.book;
        let partitions: Vec<String> =
            (0..CONTACT_PARTITIONS).map(|partition| contacts_partition(book, partition)).collect();
        let emptied: Vec<_> = partitions.iter().map(|partition| self.empty(partition)).collect();
        stream::iter(emptied).buffer_unordered(PARTITIONS_AT_ONCE).try_collect::<()>().await?;
        self.empty(&roster_partition(book)).await?;
        let ours = Change::only_if("edit_id = :edit").value(":edit", number(lease.edit));
        let writes = vec![
            self.table.write_delete(&header_key(book), ours)?,
            self.table.write_delete(&removal_key(book), Change::default())?,
        ];
        let removed = self.table.transact(writes).await?;
        Ok(if removed.is_ok() { Removal::Done } else { Removal::Unfinished })
    }

    /// Takes the lease of a deleted book. `None` while an edit holds it, because the items that the edit still writes
    /// must be removed as well. An edit that was left unfinished needs no repair here.
    async fn take_for_removal(&self, book: BookKey, now: Timestamp) -> Result<Option<Lease>, StoreError> {
        let edit = random::token()?;
        let change = lease_change(edit, now);
        // Only an edit has leaves, and a removal is not an edit.
        let change = Change { update: format!("{} REMOVE edit_leaves", change.update), ..change }
            .when("attribute_exists(deleted_at) AND (attribute_not_exists(edit_id) OR edit_id = :edit OR edit_until <= :now)")
            .value(":now", number(now.millis()));
        match self.table.update(&header_key(book), change).await? {
            Conditional::Applied => Ok(Some(Lease { book, edit, counts: LeafCounts::default() })),
            Conditional::Refused(standing) => {
                standing.map_or(Ok(()), |standing| check_form(WHAT, &standing)).map(|()| None)
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

pub(super) fn read_marker(item: Item) -> Result<BookKey, StoreError> {
    let book = book_of_removal(&Key::of(&item));
    let MarkerRecord { .. } = from_item(MARKER, item)?;
    book.ok_or_else(|| StoreError::Unreadable { what: MARKER, reason: "its key names no book".to_owned() })
}
