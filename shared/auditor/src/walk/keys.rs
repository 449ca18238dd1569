//! Keys that several parts of an audit read.

/// The partition of an organisation's own items, in every table.
pub fn partition(id: &str) -> String {
    format!("ORG#{id}")
}

/// The partition of the markers of deleted books, of all organisations.
pub const REMOVALS: &str = "REMOVALS";
/// The partition of the markers of edits of books.
pub const EDITS: &str = "EDITS";
