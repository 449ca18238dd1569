//! The turns of a provider account, shared by every worker.
//!
//! [`AccountTurns`] is stored. A worker that wants to hand a group over takes a turn: a slice of at most one second of
//! the account's rate, which begins at once or soon. The rules:
//!
//! 1. No second, wherever it begins, carries more than the rate. A message that is longer than that goes alone.
//! 2. A turn begins at most [`LONGEST_WAIT`] after it is booked. A worker that would wait longer gives its batch back.
//! 3. A campaign has at most one turn booked ahead as long as another campaign wants turns.
//! 4. The campaign that was served longest ago comes next: first by organisation, then by campaign, small sends first.
//! 5. A batch that is given back stays away longer if more batches of its campaign are open: so a campaign asks a few
//!    times a second, and its batches finish one after another.
//! 6. A throttle halves the rate, which recovers by itself.
//! 7. A sender with a rate of its own keeps it beside the account's: a turn has room under both, or is not booked.
//!
//! While the account is in [doubt](Doubt) or [closed](Closure), turns are probes.

mod closure;
mod doubt;
mod flows;
mod limits;
mod micros;
mod pace;
mod slowdown;
mod turn;
mod window;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::{
    limits::{Bookings, Limit, opening_of_all},
    micros::Micros,
    slowdown::Slowdown,
    window::Opening,
};
use crate::{
    outcome::AccountFault,
    sender_id::SenderId,
    timestamp::{Millis, Timestamp},
};

pub use closure::{CLOSED_FOR, Closure};
pub use doubt::{CallNews, Doubt, LONGEST_DOUBT_WAIT, PROBE_RECIPIENTS, Probe};
pub use pace::Pace;
pub use turn::{LONGEST_WAIT, Turn, TurnRequest};

/// The turns of a provider account: what is booked and for which campaign, until when no turn begins, and whether the
/// account is in doubt. The default is an unused account.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct AccountTurns {
    #[serde(flatten)]
    bookings: Bookings,
    /// The bookings of senders that have a rate of their own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    senders: BTreeMap<SenderId, Bookings>,
    held_until: Timestamp,
    #[serde(flatten)]
    slowdown: Slowdown,
    #[serde(flatten)]
    doubt: Doubt,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closure: Option<Closure>,
}

/// Whether an account can be used at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// A turn or a probe can be taken.
    Open,
    /// The account's provider has asked for a pause, which lasts this long.
    Held(Millis),
    /// The account is in doubt: its next probe may begin after this wait.
    InDoubt(Millis),
    /// A fault has closed the account.
    Faulty(AccountFault),
}

impl AccountTurns {
    /// Decides a request. The returned turns must be stored before the turn is used, unless they did not change.
    pub fn take_turn(&self, request: &TurnRequest<'_>) -> (Turn, Self) {
        if self.doubt.lasts() {
            return self.take_probe(request);
        }
        if let Some(closure) = self.closure {
            return self.take_probe_of(closure, request);
        }
        let mut limits = self.limits(request);
        let Some(rate) = limits.iter().map(|limit| limit.rate).min() else {
            return (self.unpaced(request), self.clone());
        };
        let (least, earliest) =
            (request.least_room(rate), Micros::from(request.now).max(self.held_until.into()));
        for limit in &mut limits {
            limit.alone = limit.bookings.window.opening(limit.rate, least, earliest).begins;
        }
        let opening = opening_of_all(&limits, least);
        let wait = opening.begins.wait_from(request.now);
        // A campaign waits under the limit that refuses it: others need not wait for its turn under the other one.
        let refuses = |limit: &Limit<'_>| {
            let wait = limit.alone.wait_from(request.now);
            wait > request.longest_wait() || !limit.bookings.admit(request.asker(), wait)
        };
        if wait <= request.longest_wait() && !limits.iter().any(refuses) {
            return self.book(request, limits, opening, wait);
        }
        let until_bookable = Millis(wait.0.saturating_sub(request.longest_wait().0));
        let later = until_bookable.max(request.absence(rate));
        (Turn::Later(later), self.refused(request, limits, refuses))
    }

    /// The limits that a request has to keep.
    fn limits<'a>(&self, request: &TurnRequest<'a>) -> Vec<Limit<'a>> {
        let rate = |pace| self.slowdown.rate(pace, request.now);
        let alone = Micros::from(request.now);
        let account = |pace| Limit { sender: None, rate: rate(pace), bookings: self.bookings.clone(), alone };
        let sender = |(sender, pace)| {
            let bookings = self.senders.get(sender).cloned().unwrap_or_default();
            Limit { sender: Some(sender), rate: rate(pace), bookings, alone }
        };
        request.pace.map(account).into_iter().chain(request.sender.map(sender)).collect()
    }

    fn with_limits<'a>(&self, limits: impl IntoIterator<Item = Limit<'a>>) -> Self {
        let mut next = self.clone();
        for Limit { sender, bookings, .. } in limits {
            match sender {
                None => next.bookings = bookings,
                Some(sender) => drop(next.senders.insert(sender.clone(), bookings)),
            }
        }
        next
    }

    fn refused(
        &self,
        request: &TurnRequest<'_>,
        limits: Vec<Limit<'_>>,
        refuses: impl Fn(&Limit<'_>) -> bool,
    ) -> Self {
        let none_refuses_alone = !limits.iter().any(&refuses);
        let refusing = limits.into_iter().filter(|limit| none_refuses_alone || refuses(limit));
        self.with_limits(refusing.map(|limit| limit.refused(request.asker())))
    }

    /// The turn of an account without a rate: only a hold makes a worker wait.
    fn unpaced(&self, request: &TurnRequest<'_>) -> Turn {
        let wait = Micros::from(self.held_until).wait_from(request.now);
        if wait > request.longest_wait() {
            return Turn::Later(wait);
        }
        Turn::Go { wait, recipients: request.recipients }
    }

    fn book(
        &self,
        request: &TurnRequest<'_>,
        limits: Vec<Limit<'_>>,
        opening: Opening,
        wait: Millis,
    ) -> (Turn, Self) {
        let fitting = opening.room / u32::from(request.segments).max(1);
        let recipients = request.recipients.min(fitting as usize);
        let segments = request.segments_of(recipients);
        let booked = limits.into_iter().map(|limit| {
            let limit = limit.with_slice(opening.begins, segments, request.now);
            limit.served(request.asker())
        });
        let mut next = self.with_limits(booked);
        next.senders.retain(|_, bookings| bookings.matter(request.now));
        (Turn::Go { wait, recipients }, next)
    }

    /// A worker does not wait for a probe, because by then another worker would have made it.
    fn take_probe(&self, request: &TurnRequest<'_>) -> (Turn, Self) {
        let wait = self.closed_until().since(request.now);
        let probe = (wait <= Millis(0)).then(|| self.doubt.probe(request.now)).flatten();
        let Some((probe, doubt)) = probe else { return (Turn::InDoubt(wait), self.clone()) };
        (Turn::Probe(probe), Self { doubt, ..self.with_probe(request) })
    }

    /// While the provider's pause lasts, no probe begins: recipients wait for the account only if no other is open.
    fn take_probe_of(&self, closure: Closure, request: &TurnRequest<'_>) -> (Turn, Self) {
        let wait = self.held_until.since(request.now);
        let is_held = wait > Millis(0);
        if is_held && request.last_resort {
            return (Turn::Later(wait), self.clone());
        }
        let probe = (!is_held).then(|| closure.probe(request.last_resort, request.now)).flatten();
        let Some((probe, closure)) = probe else {
            return (Turn::Faulty(closure.fault()), self.clone());
        };
        (Turn::Probe(probe), Self { closure: Some(closure), ..self.with_probe(request) })
    }

    /// A copy with the slice of a probe, which begins at once.
    fn with_probe(&self, request: &TurnRequest<'_>) -> Self {
        let segments = request.segments_of(request.recipients.min(PROBE_RECIPIENTS));
        let limits = self.limits(request).into_iter();
        self.with_limits(limits.map(|limit| limit.with_slice(request.now.into(), segments, request.now)))
    }

    /// Whether the account can be used now.
    pub fn standing(&self, now: Timestamp) -> Standing {
        let wait = self.closed_until().since(now);
        match self.closure {
            _ if self.doubt.lasts() && wait > Millis(0) => Standing::InDoubt(wait),
            Some(closure) if now < closure.next_probe_at() => Standing::Faulty(closure.fault()),
            _ if wait > Millis(0) => Standing::Held(wait),
            _ => Standing::Open,
        }
    }

    /// Until when no turn begins at any rate.
    pub fn closed_until(&self) -> Timestamp {
        if self.doubt.lasts() { self.held_until.max(self.doubt.next_probe_at()) } else { self.held_until }
    }

    /// The wait from an instant until the last booked turn begins; zero if none is ahead.
    pub fn booked_ahead(&self, now: Timestamp) -> Millis {
        self.bookings.window.booked_until().wait_from(now)
    }

    /// The doubt in the account.
    pub const fn doubt(&self) -> Doubt {
        self.doubt
    }

    /// The fault that closed the account, if it is closed.
    pub const fn closure(&self) -> Option<Closure> {
        self.closure
    }

    /// The turns after the news of a call; `probe` is its permission, if it was a probe.
    #[must_use]
    pub fn learn(&self, news: CallNews, probe: Option<Probe>, now: Timestamp) -> Self {
        let closure = match (self.closure, news) {
            (Some(closure), _) => closure.learn(news, probe, now),
            (None, CallNews::Fault(fault)) => Some(Closure::begin(fault, now)),
            (None, _) => None,
        };
        Self { doubt: self.doubt.learn(news, probe, now), closure, ..self.clone() }
    }

    /// Opens an account that was closed because of a fault.
    #[must_use]
    pub fn opened(&self) -> Self {
        Self { closure: None, ..self.clone() }
    }

    /// Lets no turn begin before an instant. Never shortens an earlier hold.
    #[must_use]
    pub fn hold(&self, until: Timestamp) -> Self {
        Self { held_until: self.held_until.max(until), ..self.clone() }
    }

    /// The turns after a throttle of the provider: [held](Self::hold), and at half the rate afterwards.
    #[must_use]
    pub fn throttled(&self, now: Timestamp, until: Timestamp) -> Self {
        Self { slowdown: self.slowdown.throttled(now), ..self.hold(until) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "a test fails by panicking")]

    use super::*;
    use crate::{
        ids::{CampaignId, OrganisationId},
        keys::CampaignKey,
    };

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn campaign(organisation: u128, number: u64) -> CampaignKey {
        let organisation = OrganisationId(uuid::Uuid::from_u128(organisation));
        CampaignKey { organisation, campaign: CampaignId::new(number).unwrap() }
    }

    fn request(pace: u32, recipients: usize, now: Timestamp) -> TurnRequest<'static> {
        TurnRequest {
            pace: Pace::per_second(pace),
            sender: None,
            campaign: campaign(1, 1),
            small: false,
            open_batches: 10,
            queued: 1_000,
            recipients,
            segments: 1,
            last_resort: false,
            longest_wait: Millis::from_mins(1),
            jitter: 0,
            now,
        }
    }

    const fn go(wait: i64, recipients: usize) -> Turn {
        Turn::Go { wait: Millis(wait), recipients }
    }

    fn at(millis: i64) -> Timestamp {
        NOW.plus(Millis(millis))
    }

    #[test]
    fn a_turn_is_at_most_a_second_of_the_rate_and_begins_soon() {
        let (first, turns) = AccountTurns::default().take_turn(&request(50, 100, NOW));
        assert_eq!(first, go(0, 50));
        let (second, turns) = turns.take_turn(&request(50, 100, NOW));
        assert_eq!(second, go(1_000, 50));
        let (third, noted) = turns.take_turn(&request(50, 100, NOW));
        assert_eq!(third, Turn::Later(Millis(500)), "it would begin after two seconds");
        let last = TurnRequest { jitter: u32::MAX, ..request(50, 100, NOW) };
        assert_eq!(turns.take_turn(&last).0, Turn::Later(Millis::from_secs(10)), "one of ten batches");
        assert_eq!(
            (&noted.bookings.window, noted.bookings == turns.bookings),
            (&turns.bookings.window, false),
            "nothing is booked"
        );
        let (idle, _) = turns.take_turn(&request(50, 100, at(10_000)));
        assert_eq!(idle, go(0, 50), "time not used is not saved up");
    }

    #[test]
    fn an_account_with_a_fault_is_closed_until_a_probe_is_answered() {
        let (fault, asks) =
            (AccountFault::BalanceEmpty, |seconds: i64| request(50, 100, at(seconds * 1_000)));
        let closed = AccountTurns::default().learn(CallNews::Fault(fault), None, NOW);
        assert_eq!(
            (closed.take_turn(&asks(299)).0, closed.standing(at(299_000))),
            (Turn::Faulty(fault), Standing::Faulty(fault))
        );
        assert_eq!(
            (closed.opened().take_turn(&asks(1)).0, closed.standing(at(300_000))),
            (go(0, 50), Standing::Open)
        );
        let last = TurnRequest { last_resort: true, ..asks(1) };
        for asks in [asks(300), last] {
            let (Turn::Probe(probe), probing) = closed.take_turn(&asks) else { panic!("no probe") };
            assert_eq!(probing.take_turn(&TurnRequest { last_resort: false, ..asks }).0, Turn::Faulty(fault));
            let answered = probing.learn(CallNews::Answered, Some(probe), asks.now);
            assert_eq!(
                (answered.closure(), answered.take_turn(&asks).0),
                (None, go(0, 40)),
                "a probe counts"
            );
            assert!(probing.learn(CallNews::NothingKnown, Some(probe), asks.now).doubt().lasts());
        }
    }

    #[test]
    fn the_standing_of_an_account_is_the_reason_why_it_cannot_be_used() {
        let held = AccountTurns::default().hold(at(500));
        assert_eq!(
            (held.standing(NOW), held.standing(at(500))),
            (Standing::Held(Millis(500)), Standing::Open)
        );
        let doubt = held.learn(CallNews::NothingKnown, None, NOW);
        assert_eq!(
            (doubt.standing(at(500)), doubt.standing(at(2_000))),
            (Standing::InDoubt(Millis(1_500)), Standing::Open)
        );
    }

    #[test]
    fn a_worker_without_time_to_wait_gets_only_a_turn_that_begins_at_once() {
        let (_, turns) = AccountTurns::default().take_turn(&request(1, 1, NOW));
        let impatient = |now| TurnRequest { longest_wait: Millis(-5), ..request(1, 1, now) };
        assert!(matches!(turns.take_turn(&impatient(at(999))).0, Turn::Later(_)));
        assert_eq!(turns.take_turn(&impatient(at(1_000))).0, go(0, 1));
    }

    #[test]
    fn room_in_a_second_is_used_only_if_it_is_large_enough() {
        let (_, turns) = AccountTurns::default().take_turn(&request(100, 40, NOW));
        assert_eq!(turns.take_turn(&request(100, 100, NOW)).0, go(0, 60));
        let (_, turns) = AccountTurns::default().take_turn(&request(100, 60, NOW));
        assert_eq!(turns.take_turn(&request(100, 100, NOW)).0, go(1_000, 100));
        assert_eq!(turns.take_turn(&request(100, 40, NOW)).0, go(0, 40));
    }

    #[test]
    fn a_message_that_is_longer_than_a_second_of_the_rate_goes_alone() {
        let long = |now| TurnRequest { segments: 10, ..request(4, 100, now) };
        let (first, turns) = AccountTurns::default().take_turn(&long(NOW));
        assert_eq!(first, go(0, 1));
        assert_eq!(turns.take_turn(&long(at(1_000))).0, go(1_500, 1), "2.5 seconds after the first");
        assert_eq!(turns.take_turn(&TurnRequest { segments: 1, ..long(at(1_000)) }).0, go(1_500, 4));
    }

    #[test]
    fn a_hold_is_waited_for_with_and_without_a_pace() {
        let turns = AccountTurns::default().hold(at(1_500)).hold(NOW);
        for pace in [0, 10] {
            assert_eq!(turns.take_turn(&request(pace, 1, NOW)).0, go(1_500, 1));
        }
        assert_eq!(turns.take_turn(&request(0, 1, NOW)).1, turns, "without a pace nothing is booked");
        let held = AccountTurns::default().hold(at(90_000));
        assert_eq!(held.take_turn(&request(0, 1, NOW)).0, Turn::Later(Millis(90_000)));
        assert_eq!(held.take_turn(&request(10, 1, NOW)).0, Turn::Later(Millis(88_500)));
    }

    #[test]
    fn a_throttle_halves_the_segments_of_a_turn() {
        let turns = AccountTurns::default().throttled(NOW, at(1_000));
        assert_eq!(turns.take_turn(&request(100, 100, NOW)).0, go(1_000, 50));
        assert_eq!(turns.take_turn(&request(100, 100, at(60_000))).0, go(0, 100));
    }

    #[test]
    fn the_campaign_that_was_served_longest_ago_comes_next_first_by_organisation() {
        let ask = |turns: &AccountTurns, campaign, now| {
            turns.take_turn(&TurnRequest { campaign, longest_wait: LONGEST_WAIT, ..request(100, 100, now) })
        };
        let (one, second, other) = (campaign(1, 1), campaign(1, 2), campaign(2, 1));
        let (turn, turns) = ask(&AccountTurns::default(), one, NOW);
        assert_eq!(turn, go(0, 100));
        let (turn, turns) = ask(&turns, one, at(10));
        assert_eq!(turn, go(990, 100), "alone, it books ahead");
        let (turn, turns) = ask(&turns, one, at(510));
        assert_eq!(turn, go(1_490, 100));
        let (turn, turns) = ask(&turns, other, at(520));
        assert!(matches!(turn, Turn::Later(_)), "{turn:?}");
        let (turn, turns) = ask(&turns, second, at(1_540));
        assert!(matches!(turn, Turn::Later(_)), "the other organisation comes first: {turn:?}");
        let (turn, turns) = ask(&turns, one, at(1_550));
        assert!(matches!(turn, Turn::Later(_)), "it has a turn ahead: {turn:?}");
        let (turn, turns) = ask(&turns, other, at(1_560));
        assert_eq!(turn, go(1_440, 100));
        let (turn, turns) = ask(&turns, one, at(2_570));
        assert!(matches!(turn, Turn::Later(_)), "the second campaign comes first: {turn:?}");
        assert_eq!(ask(&turns, second, at(2_580)).0, go(1_420, 100));
        assert_eq!(ask(&turns, one, at(3_600)).0, go(400, 100), "the second campaign may not ask so soon");
    }

    #[test]
    fn a_senders_own_rate_limits_its_turns_and_no_other_senders() {
        let senders = ["+15005550006", "+15005550009"].map(|sender| SenderId::parse(sender).unwrap());
        let ask = |turns: &AccountTurns, place: usize, campaign, pace: u32, now| {
            let sender = Some((&senders[place], Pace::per_second(1).unwrap()));
            turns.take_turn(&TurnRequest { sender, campaign, ..request(pace, 100, now) })
        };
        for pace in [0, 100] {
            let (turn, turns) = ask(&AccountTurns::default(), 0, campaign(1, 1), pace, NOW);
            assert_eq!(turn, go(0, 1));
            let (turn, turns) = ask(&turns, 0, campaign(1, 1), pace, NOW);
            assert_eq!(turn, go(1_000, 1));
            let (turn, turns) = ask(&turns, 0, campaign(1, 1), pace, NOW);
            assert!(matches!(turn, Turn::Later(_)), "{turn:?}");
            let (turn, turns) = ask(&turns, 1, campaign(2, 1), pace, NOW);
            assert_eq!(turn, go(0, 1), "the account does not wait for the first sender");
            assert_eq!(turns.senders.len(), 2);
            let (_, turns) = ask(&turns, 0, campaign(1, 1), pace, at(20_000));
            assert_eq!(turns.senders.len(), 1, "what no longer counts is not kept");
        }
        let (_, turns) = ask(&AccountTurns::default(), 0, campaign(1, 1), 2, NOW);
        let (turn, turns) = ask(&turns, 1, campaign(2, 1), 2, NOW);
        assert_eq!(turn, go(0, 1), "two senders have the account's two segments");
        assert_eq!(turns.take_turn(&request(2, 1, NOW)).0, go(1_000, 1));
        let stored = serde_json::to_string(&turns).unwrap();
        assert_eq!(serde_json::from_str::<AccountTurns>(&stored).unwrap(), turns);
    }

    #[test]
    fn an_account_in_doubt_gives_one_probe_of_ten_and_no_turn() {
        let doubted = AccountTurns::default().learn(CallNews::NothingKnown, None, NOW);
        let now = NOW.plus(Millis::from_secs(2));
        assert_eq!(
            doubted.take_turn(&request(10, 100, NOW)),
            (Turn::InDoubt(Millis(2_000)), doubted.clone())
        );
        let (turn, probing) = doubted.take_turn(&request(10, 100, now));
        let Turn::Probe(probe) = turn else { panic!("{turn:?}") };
        assert_eq!(probing.take_turn(&request(10, 100, now)).0, Turn::InDoubt(Millis(30_000)));
        let trusted = probing.learn(CallNews::Answered, Some(probe), now);
        assert_eq!(trusted.take_turn(&request(10, 1, now)).0, go(1_000, 1), "the probe booked ten segments");
    }

    #[test]
    fn a_hold_keeps_a_probe_waiting_too() {
        let doubted = AccountTurns::default().learn(CallNews::NothingKnown, None, NOW);
        let held = doubted.hold(NOW.plus(Millis::from_secs(120)));
        let late = NOW.plus(Millis::from_secs(60));
        assert_eq!(held.take_turn(&request(0, 1, late)).0, Turn::InDoubt(Millis(60_000)));
    }

    #[test]
    fn a_hold_keeps_a_closed_accounts_probe_waiting_too() {
        let fault = AccountFault::BalanceEmpty;
        let closed = AccountTurns::default().learn(CallNews::Fault(fault), None, NOW);
        let held = closed.hold(NOW.plus(Millis::from_secs(400)));
        let asks = |seconds| request(0, 1, NOW.plus(Millis::from_secs(seconds)));
        assert_eq!(held.take_turn(&asks(340)).0, Turn::Faulty(fault), "another account may be open");
        let last = TurnRequest { last_resort: true, ..asks(340) };
        assert_eq!(held.take_turn(&last), (Turn::Later(Millis(60_000)), held.clone()));
        assert!(matches!(held.take_turn(&asks(400)).0, Turn::Probe(_)));
    }
}
