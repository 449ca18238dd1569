//! The limits that a turn keeps: the account's rate and, if it has one, that of the sender. Both are booked in one step, so
//! that no turn waits for one of them while it holds the other.

use serde::{Deserialize, Serialize};

use super::{
    flows::{Asker, Flows},
    micros::Micros,
    window::{Opening, Window},
};
use crate::{
    sender_id::SenderId,
    timestamp::{Millis, Timestamp},
};

/// The slices that are booked under one limit, and the campaigns that want turns under it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Bookings {
    #[serde(flatten)]
    pub(super) window: Window,
    flows: Flows,
}

/// A limit with its bookings.
pub(super) struct Limit<'a> {
    /// The sender that has this rate; `None` for the rate of the account.
    pub(super) sender: Option<&'a SenderId>,
    /// Segments a second.
    pub(super) rate: u32,
    pub(super) bookings: Bookings,
    /// When a turn may begin by this limit alone. Turns of others begin from then on, although this one waits for another
    /// limit.
    pub(super) alone: Micros,
}

impl Bookings {
    /// Whether the bookings still matter: a slice counts, or a campaign wants turns.
    pub(super) fn matter(&self, now: Timestamp) -> bool {
        self.window.counts_at(now.into()) || self.flows.wants_at(now)
    }

    pub(super) fn admit(&self, asker: Asker, wait: Millis) -> bool {
        self.flows.admit(asker, wait)
    }
}

impl Limit<'_> {
    /// The bookings after a refusal of a campaign under this limit.
    pub(super) fn refused(mut self, asker: Asker) -> Self {
        self.bookings.flows = self.bookings.flows.refused(asker);
        self
    }

    /// The bookings after a turn of a campaign.
    pub(super) fn served(mut self, asker: Asker) -> Self {
        self.bookings.flows = self.bookings.flows.served(asker, self.alone);
        self
    }

    /// A copy with one more slice.
    pub(super) fn with_slice(mut self, begins: Micros, segments: u32, now: Timestamp) -> Self {
        let window = &self.bookings.window;
        self.bookings.window = window.with(self.rate, begins, segments, now.into(), self.alone);
        self
    }
}

/// The first instant at which each limit has room for `least` segments, and the room that all have.
pub(super) fn opening_of_all(limits: &[Limit<'_>], least: u32) -> Opening {
    let mut begins = limits.iter().map(|limit| limit.alone).max().unwrap_or_default();
    loop {
        let openings = || limits.iter().map(|limit| limit.bookings.window.opening(limit.rate, least, begins));
        let latest = openings().map(|opening| opening.begins).max().unwrap_or(begins);
        if latest == begins {
            return Opening { begins, room: openings().map(|opening| opening.room).min().unwrap_or(least) };
        }
        begins = latest;
    }
}
