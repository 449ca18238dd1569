//! A page's recipients, batch by batch.

use domain::ids::Slot;
use stores::{Position, campaigns::BatchRecord};

use super::place::position;

/// A part of a page: some of the recipients of one batch.
pub struct Part {
    pub record: BatchRecord,
    pub slots: Vec<Slot>,
}

impl Part {
    /// The position of its last recipient on the page.
    pub(super) fn last(&self) -> Option<Position> {
        self.slots.last().map(|slot| position(self.record.plan.number(), *slot))
    }
}

/// The recipients of a page, and their number on all pages.
pub struct Found {
    /// The number of recipients on all pages.
    pub total: u64,
    /// The recipients of this page, batch by batch.
    pub parts: Vec<Part>,
    /// Recipients whose batch cannot be read: if they belong on the page, they are missing.
    pub unreadable: u64,
    /// The recipient after which the next page begins.
    pub next: Option<Position>,
}

impl Found {
    /// No recipient: the campaign's have passed their retention, swept already or not.
    pub const FORGOTTEN: Self = Self { total: 0, parts: Vec::new(), unreadable: 0, next: None };
}
