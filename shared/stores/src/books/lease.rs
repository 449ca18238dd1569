//! The edits of one book run one after another: each under a lease in the book's header.
//!
//! ```text
//! take the lease ── write contacts and leaves ── finish: new counts, lease gone (one write)
//!        │                     └ a crash: the lease stays, and runs out ──┐
//!        └ held by another: wait; run out: repair it first  ◄─────────────┘
//! ```
//! A lease lasts longer than any edit: [`LEASE`] exceeds [`LONGEST_EDIT`], after which an edit stops itself, by more
//! than a call under way and differences between clocks may take. An import stops before the deadline of its function
//! instead, which is also earlier than the end of its lease. No function that edits runs as long as a lease lasts
//! either: an edit stops early enough to answer before the function's time (29 s in `template.yaml`) is over.

use std::time::Duration;

use aws_sdk_dynamodb::{
    primitives::Blob,
    types::{AttributeValue, ReturnValue},
};
use domain::{
    keys::BookKey,
    timestamp::{Millis, Timestamp},
};
use platform::{backoff::Backoff, random};
use tokio::time::timeout;

use super::{
    error::EditError,
    header::{Edit, Header, ImportProgress, LEASE, LeafCounts},
    keys::header_key,
    store::AddressBooks,
};
use crate::{
    error::StoreError,
    item::{Item, number},
    retry::{Limit, RetryPolicy, Tries},
    table::{Change, Conditional},
};

/// How long an edit may take, waiting for another one included, before it stops itself.
pub const LONGEST_EDIT: Duration = Duration::from_secs(20);
/// How much of that time an edit may wait for another one.
const LONGEST_WAIT: Duration = Duration::from_secs(8);
/// `Timeout` of the function that edits, in `template.yaml`.
const FUNCTION_SECS: u64 = 29;
// Five seconds to authenticate, to read 5 MB and to answer.
const _: () = assert!(LONGEST_EDIT.as_secs() + 5 <= FUNCTION_SECS && LEASE.0 > 1_000 * FUNCTION_SECS as i64);
// An edit that has waited still has time to write.
const _: () = assert!(LONGEST_WAIT.as_secs() < LONGEST_EDIT.as_secs() / 2);
/// Longest pause between two checks of a lease that another edit holds.
const LONGEST_PAUSE: Duration = Duration::from_millis(300);
/// For an edit that waits for another one.
pub(super) const WAIT: RetryPolicy = RetryPolicy {
    backoff: Backoff { first: LONGEST_PAUSE, longest: LONGEST_PAUSE },
    limit: Limit::Elapsed(LONGEST_WAIT),
};

/// The right to edit a book, and the book as it was when the right was given.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    pub(super) book: BookKey,
    pub(super) edit: u64,
    pub(super) counts: LeafCounts,
}

/// The result of asking for a lease.
enum LeaseRequest {
    Given(Lease),
    Held(Edit),
    /// The book has no marker that lasts until the lease would end.
    Unmarked,
    Missing,
}

impl AddressBooks {
    /// Takes the lease of a book for an edit of some leaves, and repairs the edit before if it was left unfinished.
    pub(super) async fn take(
        &self,
        book: BookKey,
        leaves: &[u8],
        now: Timestamp,
    ) -> Result<Lease, EditError> {
        let (mut tries, mut marker) = (Tries::of("taking a book's lease", WAIT), None);
        loop {
            let now = now.plus(Millis(tries.elapsed().as_millis() as i64));
            match self.ask(book, leaves, now, marker).await? {
                LeaseRequest::Given(lease) => return Ok(lease),
                LeaseRequest::Unmarked => marker = Some(self.mark(book, now).await?),
                LeaseRequest::Missing => return Err(EditError::NotFound),
                LeaseRequest::Held(edit) if edit.until <= now => {
                    Box::pin(self.repair(book, &edit, now)).await?
                }
                LeaseRequest::Held(edit) => tries.pause().await.map_err(|_| busy(&edit, now))?,
            }
        }
    }

    /// Asks for the lease of a book that has a marker: a new one, or one that its header records.
    async fn ask(
        &self,
        book: BookKey,
        leaves: &[u8],
        now: Timestamp,
        marker: Option<Timestamp>,
    ) -> Result<LeaseRequest, StoreError> {
        let edit = random::token()?;
        let change = asking_change(edit, leaves, now, marker);
        let given = self.table.update_returning(&header_key(book), change, ReturnValue::AllNew).await?;
        let item: Option<Item> = given.map_or_else(|refused| refused, Some);
        let Some(header) = item.map(Header::from_item).transpose()?.filter(|header| !header.deleted) else {
            return Ok(LeaseRequest::Missing);
        };
        Ok(match header.edit {
            // The second attempt of a call whose first succeeded is refused, although this edit holds the lease.
            Some(held) if held.id == edit => LeaseRequest::Given(Lease { book, edit, counts: header.counts }),
            Some(held) => LeaseRequest::Held(held),
            None if marker.is_none() && header.marked_until < Some(now.plus(LEASE)) => LeaseRequest::Unmarked,
            None => return Err(StoreError::Contended { operation: "taking a lease" }),
        })
    }

    /// Ends an edit: one write stores the new counts and removes the lease. `changed` says whether the book changed.
    /// The `progress` of an import is stored; any other edit removes it.
    pub(super) async fn finish(
        &self,
        lease: &Lease,
        counts: &LeafCounts,
        changed: Option<Timestamp>,
        progress: Option<ImportProgress>,
    ) -> Result<(), EditError> {
        let mut update = "SET leaf_counts = :counts, last_edit = :edit".to_owned();
        if changed.is_some() {
            update.push_str(", updated_at = :now");
        }
        if progress.is_some() {
            update.push_str(", import_rows = :rows, import_slices = :slices");
        }
        update.push_str(" REMOVE edit_id, edit_until, edit_leaves");
        if progress.is_none() {
            update.push_str(", import_rows, import_slices");
        }
        let mut change = Change::new(update)
            .when("edit_id = :edit AND attribute_not_exists(deleted_at)")
            .value(":edit", number(lease.edit))
            .value(":counts", binary(counts.to_bytes()));
        if let Some(now) = changed {
            change = change.value(":now", number(now.millis()));
        }
        if let Some(ImportProgress { rows, slices }) = progress {
            change = change.value(":rows", binary(rows.to_vec())).value(":slices", number(slices));
        }
        match self.table.update(&header_key(lease.book), change).await? {
            Conditional::Applied => Ok(()),
            Conditional::Refused(standing) => self.account_for_refusal(lease, standing).await,
        }
    }

    /// Why an edit could not be finished: it is finished already, its book was deleted, or its lease is lost.
    async fn account_for_refusal(&self, lease: &Lease, standing: Option<Item>) -> Result<(), EditError> {
        let Some(header) = standing.map(Header::from_item).transpose()? else {
            return Err(EditError::NotFound);
        };
        let ours = header.edit.as_ref().is_some_and(|edit| edit.id == lease.edit);
        if header.last_edit == Some(lease.edit) {
            return Ok(());
        }
        if header.deleted {
            if ours {
                self.let_go(lease).await?;
            }
            return Err(EditError::NotFound);
        }
        Err(EditError::Interrupted)
    }

    /// Gives the lease of a deleted book back, so that its items can be removed.
    pub(super) async fn let_go(&self, lease: &Lease) -> Result<(), StoreError> {
        let change = Change::new("REMOVE edit_id, edit_until, edit_leaves")
            .when("edit_id = :edit")
            .value(":edit", number(lease.edit));
        self.table.update(&header_key(lease.book), change).await.map(drop)
    }
}

/// Sets an edit's id and lease; the condition is the caller's.
pub(super) fn lease_change(edit: u64, now: Timestamp) -> Change {
    Change::new("SET edit_id = :edit, edit_until = :until")
        .value(":edit", number(edit))
        .value(":until", number(now.plus(LEASE).millis()))
}

/// Sets an edit's id, lease and leaves on a book that no edit holds and that has a marker.
fn asking_change(edit: u64, leaves: &[u8], now: Timestamp, marker: Option<Timestamp>) -> Change {
    const FREE: &str =
        "attribute_exists(pk) AND attribute_not_exists(deleted_at) AND attribute_not_exists(edit_id)";
    let change = lease_change(edit, now).value(":leaves", binary(leaves.to_vec()));
    let update = format!("{}, edit_leaves = :leaves", change.update);
    match marker {
        Some(marker) => Change { update: format!("{update}, marked_until = :marker"), ..change }
            .when(FREE)
            .value(":marker", number(marker.millis())),
        None => Change { update, ..change }.when(format!("{FREE} AND marked_until >= :until")),
    }
}

/// Runs an edit, including the wait for its lease, and stops it before its function's time is over or its lease runs
/// out.
pub(super) async fn within_time<T>(
    work: impl Future<Output = Result<T, EditError>> + Send,
) -> Result<T, EditError> {
    // On the heap: an edit's state has tens of kilobytes, which every enclosing future would copy.
    timeout(LONGEST_EDIT, Box::pin(work)).await.unwrap_or(Err(EditError::Interrupted))
}

pub(super) fn busy(edit: &Edit, now: Timestamp) -> EditError {
    let seconds = edit.until.since(now).secs_rounded_up().max(1);
    EditError::Busy { retry_after_secs: u32::try_from(seconds).unwrap_or(u32::MAX) }
}

pub(super) fn binary(bytes: Vec<u8>) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_edit_that_takes_too_long_stops_itself() {
        let started = Instant::now();
        let endless = within_time(std::future::pending::<Result<(), EditError>>()).await;
        assert!(matches!(endless, Err(EditError::Interrupted)));
        assert!(started.elapsed() < LONGEST_EDIT + Duration::from_millis(10));
    }
}
