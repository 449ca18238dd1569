//! Doubt in a provider account. A call without a known result makes its recipients unconfirmed, so the first such call
//! stops every worker. After that one call at a time, a probe of a few recipients, finds out whether the provider
//! answers again.
//!
//! ```text
//! trusted ─ nothing known of a call ─► in doubt ─ wait ─► probe ─ answered ─► trusted
//!                                        ▲                  │
//!                                        └── nothing known ─┘ the wait doubles
//! ```
//! An outage makes only the calls that are under way when the doubt begins, and ten recipients for each probe,
//! unconfirmed. The doubt ends by itself: no person has to resume a campaign.

use serde::{Deserialize, Serialize};

use crate::{
    delivery::DeliveryStatus,
    journal::SlotOutcome,
    outcome::{AccountFault, CallSignals, Transmission},
    timestamp::{Millis, Timestamp},
};

pub const PROBE_RECIPIENTS: usize = 10;
/// Longest wait between two probes.
pub const LONGEST_DOUBT_WAIT: Millis = Millis::from_mins(5);
/// The time after which a probe whose worker crashed no longer delays the next one: longer than any call.
pub(super) const PROBE_LEASE: Millis = Millis::from_secs(30);
/// A doubt that begins within this time after the last one continues its wait, so that a provider that answers probes
/// and fails the calls after them is tried at growing intervals.
const RELAPSE: Millis = Millis::from_mins(10);

/// A call's evidence of the provider's health.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallNews {
    /// The outcome of at least one recipient is known: the provider answers.
    Answered,
    /// The answer names a fault of the account, which every campaign would meet.
    Fault(AccountFault),
    /// The answer names a fault of the campaign's sender or request: the provider answers, but says nothing about the
    /// account.
    RequestFault,
    /// No recipient that reached the provider has a known outcome.
    NothingKnown,
    /// No request was sent: no message is lost, and nothing is known about the provider.
    NeverSent,
}

impl CallNews {
    pub fn of(outcomes: &[SlotOutcome], signals: CallSignals) -> Self {
        match signals.transmission {
            Transmission::NeverSent => Self::NeverSent,
            Transmission::Sent if is_nothing_known(outcomes, signals) => Self::NothingKnown,
            Transmission::Sent => match signals.fault {
                Some(fault) if fault.is_of_every_campaign() => Self::Fault(fault),
                Some(_) => Self::RequestFault,
                None => Self::Answered,
            },
        }
    }

    /// Whether the news changes what other workers do, so that it must be stored before the next call.
    pub const fn is_urgent(self) -> bool {
        matches!(self, Self::Fault(_) | Self::NothingKnown)
    }
}

/// An outage may lose the answers of some requests of a call and refuse the connections of the others, whose recipients
/// are then not taken. A fault or a pause that the provider asked for shows that those were answered.
fn is_nothing_known(outcomes: &[SlotOutcome], signals: CallSignals) -> bool {
    let is_unknown = |outcome: &SlotOutcome| outcome.status() == Some(DeliveryStatus::Unconfirmed);
    let is_answered = signals.fault.is_some() || signals.backoff.is_some();
    let says_nothing = |outcome| is_unknown(outcome) || (!is_answered && *outcome == SlotOutcome::NotTaken);
    outcomes.iter().any(is_unknown) && outcomes.iter().all(says_nothing)
}

/// The permission for a probe. Only the news of a probe with it ends or deepens a doubt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Probe {
    pub(super) lease_ends: Timestamp,
}

/// The doubt in an account; the default is trust.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Doubt {
    /// Calls in a row without a known result. Kept after the doubt ends, for a relapse.
    #[serde(rename = "doubt")]
    calls: u32,
    /// When the last doubt began.
    doubted_at: Timestamp,
    /// When the last doubt ended; earlier than its beginning while it lasts.
    trusted_at: Timestamp,
    /// When the next probe may begin.
    next_probe_at: Timestamp,
}

impl Doubt {
    /// Whether the account is in doubt.
    pub fn lasts(&self) -> bool {
        self.doubted_at > self.trusted_at
    }

    /// When the doubt began, if it lasts.
    pub fn since(&self) -> Option<Timestamp> {
        self.lasts().then_some(self.doubted_at)
    }

    /// Calls in a row without a known result.
    pub const fn calls(&self) -> u32 {
        self.calls
    }

    /// When the next probe may begin.
    pub const fn next_probe_at(&self) -> Timestamp {
        self.next_probe_at
    }

    /// Begins a probe, if none is under way and the wait is over.
    pub(super) fn probe(self, now: Timestamp) -> Option<(Probe, Self)> {
        (self.lasts() && now >= self.next_probe_at).then(|| {
            let lease_ends = now.plus(PROBE_LEASE);
            (Probe { lease_ends }, Self { next_probe_at: lease_ends, ..self })
        })
    }

    /// Updates the doubt with the result of a call. A call that is not a probe began before the doubt: it can begin a
    /// doubt, but says nothing about one that lasts.
    pub(super) fn learn(self, news: CallNews, probe: Option<Probe>, now: Timestamp) -> Self {
        let is_probe = probe.is_some_and(|probe| self.lasts() && probe.lease_ends == self.next_probe_at);
        match news {
            CallNews::Answered | CallNews::Fault(_) | CallNews::RequestFault if is_probe => {
                Self { trusted_at: now.max(self.doubted_at), ..self }
            }
            CallNews::NothingKnown if is_probe => self.waiting(self.calls.saturating_add(1), now),
            CallNews::NeverSent if is_probe => self.waiting(self.calls, now),
            CallNews::NothingKnown if !self.lasts() => self.begin(now),
            CallNews::Answered
            | CallNews::Fault(_)
            | CallNews::RequestFault
            | CallNews::NothingKnown
            | CallNews::NeverSent => self,
        }
    }

    fn begin(self, now: Timestamp) -> Self {
        let relapsed = self.calls > 0 && now.since(self.trusted_at) < RELAPSE;
        let calls = if relapsed { self.calls.saturating_add(1) } else { 1 };
        Self { doubted_at: now.max(self.trusted_at.plus(Millis(1))), ..self }.waiting(calls, now)
    }

    fn waiting(self, calls: u32, now: Timestamp) -> Self {
        let wait = Millis::from_secs(1 << calls.min(16)).min(LONGEST_DOUBT_WAIT);
        Self { calls, next_probe_at: now.plus(wait), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Backoff;
    use CallNews::{Answered, Fault, NeverSent, NothingKnown, RequestFault};

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn at(seconds: i64) -> Timestamp {
        NOW.plus(Millis::from_secs(seconds))
    }

    fn begun() -> Doubt {
        Doubt::default().learn(NothingKnown, None, NOW)
    }

    #[test]
    fn a_call_with_unknown_and_not_taken_recipients_is_a_call_without_a_known_result() {
        const NONE: CallSignals =
            CallSignals { fault: None, backoff: None, transmission: Transmission::Sent };
        let mixed = [SlotOutcome::NotTaken, SlotOutcome::Unknown, SlotOutcome::NotTaken];
        assert_eq!(CallNews::of(&mixed, NONE), NothingKnown);
        assert_eq!(CallNews::of(&[SlotOutcome::Unknown], NONE), NothingKnown);
        assert_eq!(
            CallNews::of(&[SlotOutcome::NotTaken], NONE),
            Answered,
            "the provider refused to look at it"
        );
        let accepted = [SlotOutcome::Unknown, SlotOutcome::NotTaken, SlotOutcome::Accepted(None)];
        assert_eq!(CallNews::of(&accepted, NONE), Answered);
        let throttled = CallSignals { backoff: Some(Backoff { retry_after: None }), ..NONE };
        assert_eq!(CallNews::of(&mixed, throttled), Answered);
        let empty = AccountFault::BalanceEmpty;
        assert_eq!(CallNews::of(&mixed, CallSignals { fault: Some(empty), ..NONE }), Fault(empty));
    }

    #[test]
    fn one_call_without_a_known_result_begins_a_doubt_and_further_calls_under_way_do_not_deepen_it() {
        assert!(!Doubt::default().lasts() && begun().lasts());
        assert_eq!((begun().calls(), begun().since(), begun().next_probe_at()), (1, Some(NOW), at(2)));
        for news in [Answered, NothingKnown, NeverSent] {
            assert_eq!(begun().learn(news, None, at(1)), begun(), "{news:?}");
        }
        assert_eq!(Doubt::default().learn(Answered, None, NOW), Doubt::default());
        assert_eq!(Doubt::default().learn(NeverSent, None, NOW), Doubt::default());
    }

    #[test]
    fn one_probe_is_under_way_at_a_time_and_its_answer_ends_the_doubt() {
        assert_eq!(begun().probe(at(1)), None);
        let (probe, probing) = begun().probe(at(2)).unwrap();
        assert_eq!(probing.probe(at(3)), None);
        let trusted = probing.learn(Answered, Some(probe), at(3));
        assert!(!trusted.lasts());
        let faulty = probing.learn(Fault(AccountFault::OnHold), Some(probe), at(3));
        assert!(!faulty.lasts(), "it answers");
        assert!(!probing.learn(RequestFault, Some(probe), at(3)).lasts(), "it answers");
        assert_eq!(trusted.probe(at(60)), None);
    }

    #[test]
    fn the_wait_doubles_with_each_probe_up_to_five_minutes() {
        let (mut doubt, mut now) = (begun(), NOW);
        let mut waits = Vec::new();
        for _ in 0..10 {
            waits.push(doubt.next_probe_at().since(now).0 / 1_000);
            now = doubt.next_probe_at();
            let (probe, probing) = doubt.probe(now).unwrap();
            doubt = probing.learn(NothingKnown, Some(probe), now);
        }
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }

    #[test]
    fn a_probe_that_was_never_sent_is_repeated_after_the_same_wait() {
        let (probe, probing) = begun().probe(at(2)).unwrap();
        let doubt = probing.learn(NeverSent, Some(probe), at(2));
        assert_eq!((doubt.calls(), doubt.next_probe_at()), (1, at(4)));
    }

    #[test]
    fn a_probe_whose_worker_crashed_is_replaced_and_its_late_result_is_ignored() {
        let (late, probing) = begun().probe(at(2)).unwrap();
        assert_eq!(probing.probe(at(31)), None);
        let (probe, probing) = probing.probe(at(32)).unwrap();
        assert_eq!(probing.learn(Answered, Some(late), at(33)), probing);
        assert!(!probing.learn(Answered, Some(probe), at(33)).lasts());
    }

    #[test]
    fn a_doubt_that_begins_again_soon_continues_its_wait() {
        let (probe, probing) = begun().probe(at(2)).unwrap();
        let trusted = probing.learn(Answered, Some(probe), at(3));
        assert_eq!(trusted.learn(NothingKnown, None, at(4)).calls(), 2);
        assert_eq!(trusted.learn(NothingKnown, None, at(3 + 600)).calls(), 1);
        assert!(trusted.learn(NothingKnown, None, at(3)).lasts(), "in the same instant");
    }
}
