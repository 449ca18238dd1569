//! Removes the items of deleted address books, in the time that the campaigns of a run leave.

use std::time::Duration;

use domain::{
    keys::BookKey,
    timestamp::{Millis, Timestamp},
};
use platform::telemetry;
use stores::{
    StoreError,
    books::{LEASE, Removal},
};
use tokio::time::Instant;
use tracing::{Instrument, Span};

use crate::{Clockwork, RunCounts};

/// When a run stops removing: early enough to end before its function's time (60 s in `template.yaml`), and before a
/// lease that was taken at the beginning of the run runs out.
pub const REMOVALS_END: Duration = Duration::from_secs(45);
const _: () = assert!(Millis::from_secs(REMOVALS_END.as_secs() as i64 + 10).0 < LEASE.0);
const MILLIS_PER_RUN: i64 = 60_000;

impl Clockwork {
    /// Gives each deleted book an equal share of the remaining time. A removal that fails delays only itself.
    pub(crate) async fn remove_deleted_books(
        &self,
        now: Timestamp,
        started: Instant,
        looked: &mut RunCounts,
    ) {
        let mut books = match self.stores.books.removals().await {
            Ok(books) => books,
            Err(error) => {
                looked.errors += 1;
                return tracing::error!(%error, "the deleted address books could not be found");
            }
        };
        // Each run begins with another book, so that the same books are not always last.
        let first = (now.millis() / MILLIS_PER_RUN).unsigned_abs() as usize;
        let count = books.len();
        books.rotate_left(first.checked_rem(count).unwrap_or_default());
        for (place, book) in books.into_iter().enumerate() {
            let left = REMOVALS_END.saturating_sub(started.elapsed());
            let share = left / u32::try_from(count - place).unwrap_or(u32::MAX);
            let removed = match &book {
                Ok(key) => telemetry::organisation(key.organisation),
                Err(_) => Span::none(),
            };
            match self.remove(book, now, share).instrument(removed.clone()).await {
                Ok(Removal::Done) => looked.removed_books += 1,
                Ok(Removal::Unfinished) => looked.unfinished_removals += 1,
                Err(error) => {
                    looked.errors += 1;
                    removed.in_scope(|| {
                        tracing::error!(%error, "the items of a deleted address book are not all removed yet");
                    });
                }
            }
        }
    }

    async fn remove(
        &self,
        book: Result<BookKey, StoreError>,
        now: Timestamp,
        share: Duration,
    ) -> Result<Removal, StoreError> {
        let book = book?;
        if share.is_zero() {
            return Ok(Removal::Unfinished);
        }
        self.stores.books.remove_deleted(book, now, share).await
    }
}
