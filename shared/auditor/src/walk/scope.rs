//! The arguments of every part of an audit.

use crate::tables::Tables;

/// The options of an audit's caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// The report alone.
    Report,
    /// The report, and the campaigns with their recipients.
    ReportAndPicture,
}

/// The arguments of every part of an audit.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub tables: &'a Tables,
    pub now: i64,
    pub keep: Keep,
}
