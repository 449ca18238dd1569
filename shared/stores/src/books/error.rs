//! Why an edit of a book came to nothing, or may have come to a part.

use thiserror::Error;

use crate::error::StoreError;

/// An edit that was not finished.
#[derive(Debug, Error)]
pub enum EditError {
    /// The organisation has no such book, or it was deleted meanwhile.
    #[error("there is no such address book")]
    NotFound,
    /// Somebody else edits the book. Nothing was changed.
    #[error("another edit of the address book is under way")]
    Busy {
        /// Seconds until the other edit is over at the latest, by itself or by being repaired.
        retry_after_secs: u32,
    },
    /// The edit took longer than an edit may. A part of it may stand; repeating it does the rest.
    #[error("the edit of the address book was cut short")]
    Interrupted,
    /// The table failed. A part of the edit may stand; repeating it does the rest.
    #[error(transparent)]
    Store(#[from] StoreError),
}
