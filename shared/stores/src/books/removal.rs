//! A book is deleted for everybody at once; its items are removed right after.
//!
//! A removal that was cut short or died left its book's header behind, marked as deleted. Two go on with
//! it: whoever deletes the book again, and whoever lists the organisation's books next, for some seconds
//! each time. What people were told is gone therefore goes, also where nobody repeats the deletion.

use std::time::Duration;

use domain::{
    ids::OrganisationId,
    keys::BookKey,
    timestamp::{Millis, Timestamp},
};
use platform::random;
use tokio::time::{Instant, timeout_at};

use super::{
    error::EditError,
    header::{Header, LeafCounts, WHAT},
    keys::{CONTACT_PARTITIONS, contacts_partition, header_key, roster_partition},
    lease::{LONGEST_EDIT, Lease, WAIT, lease_change},
    store::AddressBooks,
};
use crate::{
    error::StoreError,
    item::{Key, check_form, check_refused, number},
    outcome::Changed,
    retry::{Limit, RetryPolicy, Tries},
    table::{Change, Conditional, Range},
};

/// How long the request that deletes a book goes on removing its items.
const LONGEST_REMOVAL: Duration = LONGEST_EDIT;
/// How long a request that lists books goes on with a removal that died.
const LONGEST_STEP: Duration = Duration::from_secs(5);
/// Items whose keys are read, then removed, at a time.
const KEYS_AT_A_TIME: u64 = 1_000;

impl AddressBooks {
    /// Deletes a book. From the first write on nobody sees the book. Where
    /// the removal of its items is cut short ([`EditError::Interrupted`], a crash), deleting it again, or
    /// [listing](AddressBooks::list) the organisation's books, goes on with it.
    pub async fn delete(&self, book: BookKey, now: Timestamp) -> Result<Changed, EditError> {
        let change = Change::new("SET deleted_at = if_not_exists(deleted_at, :now)")
            .when("attribute_exists(pk)")
            .value(":now", number(now.millis()));
        if let Conditional::Refused(standing) = self.table.update(&header_key(book), change).await? {
            check_refused(WHAT, standing.as_ref())?;
            return Ok(Changed::NotFound);
        }
        self.remove_items(book, now, LONGEST_REMOVAL).await.map(|()| Changed::Done)
    }

    /// Goes on with one removal that nobody works on, a step of it. What stops it is for the next one to
    /// get over: it must not cost the caller the books that are there.
    pub(super) async fn go_on_removing(
        &self,
        organisation: OrganisationId,
        headers: &[Header],
        now: Timestamp,
    ) {
        let abandoned =
            |header: &&Header| header.deleted && header.edit.as_ref().is_none_or(|edit| edit.until <= now);
        let Some(left) = headers.iter().find(abandoned) else { return };
        let book = BookKey { organisation, book: left.book.id };
        if let Err(error) = self.remove_items(book, now, LONGEST_STEP).await {
            tracing::warn!(%error, "the items of a deleted address book are not all removed yet");
        }
    }

    /// Removes what it can in a given time. Where the time is up it gives its lease back, so that the
    /// next one can go on at once.
    async fn remove_items(&self, book: BookKey, now: Timestamp, longest: Duration) -> Result<(), EditError> {
        let end = Instant::now() + longest;
        let taken = timeout_at(end, self.take_for_removal(book, now)).await;
        let Some(lease) = taken.map_err(|_| EditError::Interrupted)?? else { return Ok(()) };
        match timeout_at(end, self.remove_under(&lease)).await {
            Ok(removed) => removed,
            Err(_) => {
                self.let_go(&lease).await?;
                Err(EditError::Interrupted)
            }
        }
    }

    /// The header last: as long as it stands, the removal is known not to be done.
    async fn remove_under(&self, lease: &Lease) -> Result<(), EditError> {
        let book = lease.book;
        for partition in 0..CONTACT_PARTITIONS {
            self.empty(&contacts_partition(book, partition)).await?;
        }
        self.empty(&roster_partition(book)).await?;
        let ours = Change::only_if("edit_id = :edit").value(":edit", number(lease.edit));
        let removed = self.table.transact(vec![self.table.write_delete(&header_key(book), ours)?]).await?;
        removed.map_err(|_| EditError::Interrupted)
    }

    /// Waits for the edit under way: what it still writes has to be removed as well. An edit left
    /// unfinished needs no repair here. `None` where another request removed everything meanwhile.
    async fn take_for_removal(&self, book: BookKey, now: Timestamp) -> Result<Option<Lease>, StoreError> {
        let edit = random::token()?;
        let mut tries =
            Tries::of("taking a deleted book's lease", RetryPolicy { limit: Limit::Unlimited, ..WAIT });
        loop {
            let now = now.plus(Millis(tries.elapsed().as_millis() as i64));
            let change = lease_change(edit, now)
                .when("attribute_exists(deleted_at) AND (attribute_not_exists(edit_id) OR edit_id = :edit OR edit_until <= :now)")
                .value(":now", number(now.millis()));
            match self.table.update(&header_key(book), change).await? {
                Conditional::Applied => return Ok(Some(Lease { book, edit, counts: LeafCounts::default() })),
                Conditional::Refused(None) => return Ok(None),
                Conditional::Refused(Some(standing)) => {
                    check_form(WHAT, &standing)?;
                    tries.pause().await?;
                }
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
