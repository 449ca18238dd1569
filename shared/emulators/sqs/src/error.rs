//! Errors for the owner of the server. A client of the queue gets a `Refusal`.

/// The server cannot be opened, or cannot answer about a queue.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another server has the file open. Two servers on one file would each wake only their own pollers, so the second
    /// is refused.
    #[error("the queue file is in use by another server")]
    InUse,
    /// The file was written by another version of this crate.
    #[error("the queue file has layout {found}, this version reads layout {expected}")]
    Layout {
        /// The layout number found in the file.
        found: i64,
        /// The layout number that this version writes.
        expected: i64,
    },
    /// There is no queue of this name.
    #[error("no queue is named {0}")]
    NoSuchQueue(String),
    #[error("the queue store failed")]
    Storage(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => Self::InUse,
            _ => Self::Storage(error),
        }
    }
}
