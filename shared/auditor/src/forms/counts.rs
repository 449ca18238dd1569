//! Recipients by status, as campaigns and closed batches store them. `sent` counts all that were accepted; `delivered`
//! and `undelivered` are parts of it.

use std::fmt;

use super::{Fields, Unreadable, status::Status};

/// Recipients by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub sent: i64,
    pub delivered: i64,
    pub undelivered: i64,
    pub failed: i64,
    pub unconfirmed: i64,
    pub cancelled: i64,
}

impl Counts {
    pub fn read(fields: Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            sent: fields.integer("sent")?,
            delivered: fields.integer("delivered")?,
            undelivered: fields.integer("undelivered")?,
            failed: fields.integer("failed")?,
            unconfirmed: fields.integer("unconfirmed")?,
            cancelled: fields.integer("cancelled")?,
        })
    }

    pub fn of(statuses: &[Status]) -> Self {
        let count = |wanted: Status| statuses.iter().filter(|status| **status == wanted).count() as i64;
        let (delivered, undelivered) = (count(Status::Delivered), count(Status::Undelivered));
        Self {
            sent: count(Status::Sent) + delivered + undelivered,
            delivered,
            undelivered,
            failed: count(Status::Failed),
            unconfirmed: count(Status::Unconfirmed),
            cancelled: count(Status::Cancelled),
        }
    }

    pub const fn plus(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            delivered: self.delivered + other.delivered,
            undelivered: self.undelivered + other.undelivered,
            failed: self.failed + other.failed,
            unconfirmed: self.unconfirmed + other.unconfirmed,
            cancelled: self.cancelled + other.cancelled,
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, delivered, undelivered, failed, unconfirmed, cancelled } = self;
        write!(
            f,
            "{sent} sent ({delivered} delivered, {undelivered} undelivered), {failed} failed, \
             {unconfirmed} unconfirmed, {cancelled} cancelled"
        )
    }
}
