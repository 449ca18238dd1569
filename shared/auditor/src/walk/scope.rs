//! What every part of an audit is given.

use crate::tables::Tables;

/// What the caller of an audit wants to have of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// The report alone.
    Report,
    /// The report, and the campaigns with their recipients.
    ReportAndPicture,
}

/// What every part of an audit needs.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub tables: &'a Tables,
    pub now: i64,
    pub keep: Keep,
}
