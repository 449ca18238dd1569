//! The states of a recipient, and how a report moves them.
//!
//! ```text
//! queued ─► failed · cancelled · unconfirmed · sent
//! unconfirmed ─► sent ─► undelivered ─► delivered
//! ```

use std::fmt;

/// The status of a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Queued,
    Sent,
    Delivered,
    Failed,
    Undelivered,
    Unconfirmed,
    Cancelled,
}

/// A provider's report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    InTransit,
    Undelivered,
    Delivered,
}

impl Status {
    /// Whether the provider accepted it, even if it was reported as undelivered later.
    pub const fn was_accepted(self) -> bool {
        matches!(self, Self::Sent | Self::Delivered | Self::Undelivered)
    }

    /// The status after a report; `None` if the recipient was not handed over, so that a report about it is wrong.
    pub const fn after(self, reported: Reported) -> Option<Self> {
        match (self, reported) {
            (Self::Sent | Self::Unconfirmed, Reported::InTransit) => Some(Self::Sent),
            (Self::Sent | Self::Unconfirmed, Reported::Undelivered) => Some(Self::Undelivered),
            (Self::Sent | Self::Unconfirmed, Reported::Delivered) => Some(Self::Delivered),
            _ => None,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Undelivered => "undelivered",
            Self::Unconfirmed => "unconfirmed",
            Self::Cancelled => "cancelled",
        })
    }
}
