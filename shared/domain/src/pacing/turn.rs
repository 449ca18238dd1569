//! A worker's request for a turn, and the answer.

use super::{doubt::Probe, flows::Asker, pace::Pace};
use crate::{
    keys::CampaignKey,
    outcome::AccountFault,
    retry,
    sender_id::SenderId,
    timestamp::{Millis, Timestamp},
};

/// The longest wait for a turn: waiting workers cost money, and a shorter wait leaves no room for the campaign that
/// comes next if it does not ask at that moment.
pub const LONGEST_WAIT: Millis = Millis(1_500);
/// The longest time that a batch stays away because of other campaigns' turns: less than the time between two checks of
/// the clock, which enqueues batches that no worker holds.
const LONGEST_ABSENCE: Millis = Millis::from_secs(75);
const MILLIS_PER_SECOND: i64 = 1_000;

/// A worker's request to hand a group over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TurnRequest<'a> {
    /// The account's rate; `None` for no limit.
    pub pace: Option<Pace>,
    /// The sender of the group and its own rate, if it has one.
    pub sender: Option<(&'a SenderId, Pace)>,
    /// The campaign of the group.
    pub campaign: CampaignKey,
    /// Whether the campaign is a small send.
    pub small: bool,
    /// Batches of the campaign that are not closed.
    pub open_batches: u32,
    /// Recipients of the batch that are not handed over yet.
    pub queued: usize,
    /// Recipients of the group.
    pub recipients: usize,
    /// Segments of each message.
    pub segments: u8,
    /// Random, so that batches that are given back do not all return at once.
    pub jitter: u32,
    /// Whether no other account is open: one that has a fault is then tried at once.
    pub last_resort: bool,
    /// How long the worker can wait; it never waits longer than [`LONGEST_WAIT`].
    pub longest_wait: Millis,
    /// The current time.
    pub now: Timestamp,
}

/// The answer to a [`TurnRequest`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// The turn is booked.
    Go {
        /// Time until it begins; zero for at once.
        wait: Millis,
        /// Recipients that it is for, at most those of the request.
        recipients: usize,
    },
    /// The account is in doubt or closed: the worker may hand over at most [`PROBE_RECIPIENTS`](super::PROBE_RECIPIENTS), at once.
    Probe(Probe),
    /// Nothing is booked: the batch must come back after this wait.
    Later(Millis),
    /// Nothing is booked: the account is in doubt, and its next probe may begin after this wait.
    InDoubt(Millis),
    /// Nothing is booked: the account is closed because of a fault, and its next probe is not due.
    Faulty(AccountFault),
}

impl TurnRequest<'_> {
    pub(super) fn asker(&self) -> Asker {
        Asker { campaign: self.campaign, small: self.small, now: self.now }
    }

    pub(super) fn segments_of(&self, recipients: usize) -> u32 {
        u32::try_from(recipients).unwrap_or(u32::MAX).saturating_mul(u32::from(self.segments))
    }

    /// The least room for which a call is made: half of what the group could use, so that turns do not become too
    /// small.
    pub(super) fn least_room(&self, rate: u32) -> u32 {
        let wanted = self.segments_of(self.recipients).min(rate);
        (wanted / 2).max(u32::from(self.segments)).max(1)
    }

    pub(super) fn longest_wait(&self) -> Millis {
        self.longest_wait.clamp(Millis(0), LONGEST_WAIT)
    }

    /// How long the batch stays away, so that its campaign asks about twice a second, or once in the time that a batch
    /// takes.
    pub(super) fn absence(&self, rate: u32) -> Millis {
        let batch_millis =
            i64::from(self.segments_of(self.queued)) * MILLIS_PER_SECOND / i64::from(rate.max(1));
        let between_looks = batch_millis.min(MILLIS_PER_SECOND);
        let absence = Millis(between_looks.saturating_mul(i64::from(self.open_batches))).min(LONGEST_ABSENCE);
        retry::after_others(absence, self.jitter)
    }
}
