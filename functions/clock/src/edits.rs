//! Repairs address books whose edits were killed, in the time that is left after the campaigns of a run.

use std::time::Duration;

use domain::timestamp::Timestamp;
use stores::{
    StoreError,
    books::{LONGEST_EDIT, LeftEdit, LeftEditFound},
};
use tokio::time::Instant;

use crate::{Clockwork, RunCounts, removals::REMOVALS_END};

/// When a run begins no more repairs: one takes at most as long as an edit.
const REPAIRS_END: Duration = REMOVALS_END.saturating_sub(LONGEST_EDIT);

impl Clockwork {
    /// Repairs each book whose marker's time is over. A book that cannot be repaired delays only itself.
    pub(crate) async fn finish_left_edits(&self, now: Timestamp, started: Instant, looked: &mut RunCounts) {
        let left = match self.stores.books.left_edits(now).await {
            Ok(left) => left,
            Err(error) => {
                looked.errors += 1;
                return tracing::error!(%error, "the edited address books could not be found");
            }
        };
        for left in left {
            if started.elapsed() >= REPAIRS_END {
                return;
            }
            match self.finish(left, now).await {
                Ok(LeftEditFound::Repaired) => looked.repaired_books += 1,
                Ok(LeftEditFound::Whole | LeftEditFound::UnderWay) => {}
                Err(error) => {
                    looked.errors += 1;
                    tracing::error!(%error, "an unfinished edit of an address book could not be repaired");
                }
            }
        }
    }

    async fn finish(
        &self,
        left: Result<LeftEdit, StoreError>,
        now: Timestamp,
    ) -> Result<LeftEditFound, StoreError> {
        self.stores.books.finish_left(left?, now).await
    }
}
