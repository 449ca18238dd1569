//! The scope of an audit.

/// The scope of an audit, and its clock.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The present time, in milliseconds since the epoch, for deadlines.
    pub now_millis: i64,
    /// The id of one organisation. Without it the audit covers all organisations, and items of no organisation.
    pub organisation: Option<String>,
}
