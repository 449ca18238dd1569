//! The scope of an audit.

/// The scope of an audit, and its clock.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The present time, in milliseconds since the epoch, for deadlines.
    pub now_millis: i64,
    /// One organisation by its id; all of them, and items of no organisation, if there is no id.
    pub organisation: Option<String>,
}
