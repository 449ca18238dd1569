//! The pace of a provider account, shared by every worker.
//!
//! [`AccountTurns`] says until when an account is booked, and until when it is held. `booked_until` is
//! when everything booked so far will have been handed over at the agreed rate (the theoretical arrival time of
//! GCRA, ITU-T I.371). A worker takes a turn by moving it on, and waits until its turn begins. While the account is
//! in [doubt](Doubt), turns are probes.

mod doubt;

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::timestamp::{Millis, Timestamp};

pub use doubt::{CallNews, Doubt, LONGEST_DOUBT_WAIT, PROBE_RECIPIENTS, Probe};

const MICROS_PER_MILLI: i64 = 1_000;
const MICROS_PER_SECOND: i64 = 1_000_000;

/// A provider account's rate, in segments a second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace(NonZeroU32);

impl Pace {
    /// A rate; `None` for no limit.
    pub fn per_second(segments: u32) -> Option<Self> {
        NonZeroU32::new(segments).map(Self)
    }

    /// The rate.
    pub const fn segments_per_second(self) -> u32 {
        self.0.get()
    }

    /// The duration of some segments at this rate, in microseconds.
    fn micros_of(self, segments: u32) -> i64 {
        div_ceil(i64::from(segments) * MICROS_PER_SECOND, i64::from(self.0.get()))
    }
}

/// An instant in microseconds since the epoch: at a fast pace, a segment takes less than a millisecond.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Micros(i64);

impl From<Timestamp> for Micros {
    fn from(instant: Timestamp) -> Self {
        Self(instant.millis().saturating_mul(MICROS_PER_MILLI))
    }
}

/// The turns of a provider account: until when they are booked, until when none begins, and whether the account is in
/// doubt. The default is that of an unused account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct AccountTurns {
    booked_until: Micros,
    held_until: Timestamp,
    #[serde(flatten)]
    doubt: Doubt,
}

/// A worker's wish to hand a group over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TurnRequest {
    /// The account's rate; `None` for no limit.
    pub pace: Option<Pace>,
    /// Recipients of the group.
    pub recipients: usize,
    /// Segments of each message.
    pub segments: u8,
    /// How long the worker can wait.
    pub longest_wait: Millis,
    /// The current time.
    pub now: Timestamp,
}

/// The answer to a [`TurnRequest`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// The turn is booked, and begins after this wait.
    Go {
        /// Zero if it begins at once.
        wait: Millis,
    },
    /// The account is in doubt: the worker may hand over at most [`PROBE_RECIPIENTS`], at once.
    Probe(Probe),
    /// Nothing is booked: the turn would begin after this wait, which is longer than the worker can wait.
    Later(Millis),
    /// Nothing is booked: the account is in doubt, and its next probe may begin after this wait.
    InDoubt(Millis),
}

impl AccountTurns {
    /// Decides a request. What is returned has to be stored before the turn is used, unless nothing
    /// changed.
    pub fn take_turn(self, request: &TurnRequest) -> (Turn, Self) {
        if self.doubt.lasts() {
            return self.take_probe(request);
        }
        let now = Micros::from(request.now);
        let free = match request.pace {
            Some(_) => self.booked_until.max(self.held_until.into()),
            None => self.held_until.into(),
        };
        let begins = free.max(now);
        let wait = Millis(div_ceil(begins.0.saturating_sub(now.0), MICROS_PER_MILLI));
        if wait > request.longest_wait.max(Millis(0)) {
            return (Turn::Later(wait), self);
        }
        (Turn::Go { wait }, self.booked(request, begins, request.recipients))
    }

    /// A worker does not wait for a probe: it would only find that another worker has made it.
    fn take_probe(self, request: &TurnRequest) -> (Turn, Self) {
        let wait = self.closed_until().since(request.now);
        let probe = (wait <= Millis(0)).then(|| self.doubt.probe(request.now)).flatten();
        let Some((probe, doubt)) = probe else { return (Turn::InDoubt(wait), self) };
        let begins = self.booked_until.max(request.now.into());
        let turns = self.booked(request, begins, request.recipients.min(PROBE_RECIPIENTS));
        (Turn::Probe(probe), Self { doubt, ..turns })
    }

    fn booked(self, request: &TurnRequest, begins: Micros, recipients: usize) -> Self {
        let segments = recipients as u32 * u32::from(request.segments);
        let booked_until = match request.pace {
            Some(pace) => Micros(begins.0.saturating_add(pace.micros_of(segments))),
            None => self.booked_until,
        };
        Self { booked_until, ..self }
    }

    /// Until when no turn begins, at any pace.
    pub fn closed_until(&self) -> Timestamp {
        if self.doubt.lasts() { self.held_until.max(self.doubt.next_probe_at()) } else { self.held_until }
    }

    /// The doubt in the account.
    pub const fn doubt(&self) -> Doubt {
        self.doubt
    }

    /// Learns from a call, which was a probe if it has the permission for one.
    pub fn learn(self, news: CallNews, probe: Option<Probe>, now: Timestamp) -> Self {
        Self { doubt: self.doubt.learn(news, probe, now), ..self }
    }

    /// Has no turn begin before an instant. Never shortens an earlier hold.
    pub fn hold(self, until: Timestamp) -> Self {
        Self { held_until: self.held_until.max(until), ..self }
    }
}

fn div_ceil(dividend: i64, divisor: i64) -> i64 {
    dividend.div_euclid(divisor).saturating_add(i64::from(dividend.rem_euclid(divisor) > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn request(pace: u32, recipients: usize, now: Timestamp) -> TurnRequest {
        let (pace, longest_wait) = (Pace::per_second(pace), Millis::from_mins(1));
        TurnRequest { pace, recipients, segments: 1, longest_wait, now }
    }

    const fn go(wait: i64) -> Turn {
        Turn::Go { wait: Millis(wait) }
    }

    #[test]
    fn turns_follow_each_other_at_the_rate() {
        let (first, turns) = AccountTurns::default().take_turn(&request(50, 100, NOW));
        assert_eq!(first, go(0));
        let (second, turns) = turns.take_turn(&request(50, 100, NOW));
        assert_eq!(second, go(2_000));
        let (later, _) = turns.take_turn(&request(50, 1, Timestamp::from_secs(1_010)));
        assert_eq!(later, go(0), "time not used is not saved up");
    }

    #[test]
    fn a_turn_that_the_worker_cannot_wait_for_books_nothing() {
        let (_, turns) = AccountTurns::default().take_turn(&request(1, 60, NOW));
        let patient = request(1, 1, NOW);
        assert_eq!(turns.take_turn(&patient).0, go(60_000));
        let impatient = TurnRequest { longest_wait: Millis(59_999), ..patient };
        assert_eq!(turns.take_turn(&impatient), (Turn::Later(Millis(60_000)), turns));
        let late = TurnRequest { longest_wait: Millis(-5), ..request(1, 1, Timestamp::from_secs(1_060)) };
        assert_eq!(turns.take_turn(&late).0, go(0), "no time to wait, and none needed");
    }

    #[test]
    fn a_hold_is_waited_for_with_and_without_a_pace() {
        let turns = AccountTurns::default().hold(Timestamp::from_secs(1_007)).hold(NOW);
        for pace in [0, 10] {
            assert_eq!(turns.take_turn(&request(pace, 1, NOW)).0, go(7_000));
        }
        assert_eq!(turns.take_turn(&request(0, 1, NOW)).1, turns, "without a pace nothing is booked");
    }

    #[test]
    fn a_fast_pace_is_kept_below_the_millisecond() {
        let (_, turns) = AccountTurns::default().take_turn(&request(3_000, 4, NOW));
        assert_eq!(turns.take_turn(&request(3_000, 1, NOW)).0, go(2), "1,334 microseconds, rounded up");
    }

    #[test]
    fn an_account_in_doubt_gives_one_probe_of_ten_and_no_turn() {
        let doubted = AccountTurns::default().learn(CallNews::NothingKnown, None, NOW);
        let now = NOW.plus(Millis::from_secs(2));
        assert_eq!(doubted.take_turn(&request(10, 100, NOW)), (Turn::InDoubt(Millis(2_000)), doubted));
        let (turn, probing) = doubted.take_turn(&request(10, 100, now));
        let Turn::Probe(probe) = turn else { panic!("{turn:?}") };
        assert_eq!(probing.take_turn(&request(10, 100, now)).0, Turn::InDoubt(Millis(30_000)));
        let trusted = probing.learn(CallNews::Answered, Some(probe), now);
        assert_eq!(trusted.take_turn(&request(10, 1, now)).0, go(1_000), "the probe booked ten segments");
    }

    #[test]
    fn a_hold_keeps_a_probe_waiting_too() {
        let doubted = AccountTurns::default().learn(CallNews::NothingKnown, None, NOW);
        let held = doubted.hold(NOW.plus(Millis::from_secs(120)));
        let late = NOW.plus(Millis::from_secs(60));
        assert_eq!(held.take_turn(&request(0, 1, late)).0, Turn::InDoubt(Millis(60_000)));
    }
}
