//! Why an edit of a book failed, or may have been done in part.

use std::time::Duration;

use thiserror::Error;

use super::header::LEASE;
use crate::error::StoreError;

/// An edit that was not finished.
#[derive(Debug, Error)]
pub enum EditError {
    /// The organisation has no such book, or it was deleted.
    #[error("there is no such address book")]
    NotFound,
    /// Another request edits the book. Nothing was changed.
    #[error("another edit of the address book is under way")]
    Busy {
        /// Seconds until the other edit has ended, or its lease has run out.
        retry_after_secs: u32,
    },
    /// An import ended before it was done. Repeating it does the rest.
    #[error("the import was cut short after {stored} contacts, {remaining} remain")]
    CutShort {
        /// Contacts of the request that are stored.
        stored: u64,
        /// The other contacts of the request; some of them may be stored.
        remaining: u64,
        /// Seconds until it can be repeated.
        retry_after_secs: u32,
    },
    /// The edit took too long. It may be done in part; repeating it does the rest.
    #[error("the edit of the address book was cut short")]
    Interrupted,
    /// The table failed. The edit may be done in part; repeating it does the rest.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl EditError {
    /// The error of an import whose slice failed after others were stored. `elapsed` is the time since the slice began:
    /// its lease, if it is still held, runs out [`LEASE`] after that.
    pub(super) fn after_slices(self, stored: u64, remaining: u64, elapsed: Duration) -> Self {
        let retry_after_secs = match self {
            Self::Busy { retry_after_secs } if stored > 0 => retry_after_secs,
            Self::Interrupted => rest_of_lease_secs(elapsed),
            Self::Store(error) if !error.is_about_an_item() => {
                tracing::error!(%error, "an import into an address book failed");
                rest_of_lease_secs(elapsed)
            }
            other => return other,
        };
        Self::CutShort { stored, remaining, retry_after_secs }
    }
}

fn rest_of_lease_secs(elapsed: Duration) -> u32 {
    let lease = Duration::from_millis(LEASE.0.unsigned_abs());
    u32::try_from(lease.saturating_sub(elapsed).as_secs()).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(error: EditError, stored: u64, elapsed_secs: u64) -> EditError {
        error.after_slices(stored, 100 - stored, Duration::from_secs(elapsed_secs))
    }

    #[test]
    fn the_error_of_a_failed_slice_has_the_stored_count_and_the_end_of_its_lease() {
        let interrupted = after(EditError::Interrupted, 40, 20);
        assert!(matches!(
            interrupted,
            EditError::CutShort { stored: 40, remaining: 60, retry_after_secs: 41 }
        ));
        let late = after(EditError::Interrupted, 40, 100);
        assert!(matches!(late, EditError::CutShort { retry_after_secs: 1, .. }));
        let busy = || EditError::Busy { retry_after_secs: 7 };
        assert!(matches!(after(busy(), 40, 1), EditError::CutShort { stored: 40, retry_after_secs: 7, .. }));
        assert!(matches!(after(busy(), 0, 1), EditError::Busy { .. }), "nothing was changed");
        assert!(matches!(after(EditError::NotFound, 40, 1), EditError::NotFound));
    }
}
