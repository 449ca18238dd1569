//! The closure of an account that has a fault: used-up balance, refused credentials. Its recipients go to the next account
//! of their routes meanwhile, so that no campaign has to be paused.
//!
//! The account is tried again after some minutes by a single call of a few recipients, a probe, or as soon as no other
//! account is open. An answer without a fault opens it. An operator can open it at once.

use serde::{Deserialize, Serialize};

use super::doubt::{CallNews, PROBE_LEASE, Probe};
use crate::{
    outcome::AccountFault,
    timestamp::{Millis, Timestamp},
};

/// How long an account with a fault is closed.
pub const CLOSED_FOR: Millis = Millis::from_mins(5);

/// A fault that closed an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Closure {
    fault: AccountFault,
    since: Timestamp,
    /// When the next probe may begin.
    next_probe_at: Timestamp,
}

impl Closure {
    pub(super) fn begin(fault: AccountFault, now: Timestamp) -> Self {
        Self { fault, since: now, next_probe_at: now.plus(CLOSED_FOR) }
    }

    /// The last fault.
    pub const fn fault(&self) -> AccountFault {
        self.fault
    }

    /// When the account was closed.
    pub const fn since(&self) -> Timestamp {
        self.since
    }

    /// When the next probe may begin.
    pub const fn next_probe_at(&self) -> Timestamp {
        self.next_probe_at
    }

    /// Begins a probe when it is due, or at once if no other account is open.
    pub(super) fn probe(self, last_resort: bool, now: Timestamp) -> Option<(Probe, Self)> {
        (last_resort || now >= self.next_probe_at).then(|| {
            let lease_ends = now.plus(PROBE_LEASE);
            (Probe { lease_ends }, Self { next_probe_at: lease_ends, ..self })
        })
    }

    /// The closure after the news of a call; `None` if the account is open again. Only the news of the last probe
    /// counts.
    pub(super) fn learn(self, news: CallNews, probe: Option<Probe>, now: Timestamp) -> Option<Self> {
        let is_probe = probe.is_some_and(|probe| probe.lease_ends == self.next_probe_at);
        match news {
            CallNews::Answered | CallNews::NothingKnown if is_probe => None,
            CallNews::Fault(fault) if is_probe => Some(Self { fault, ..self.waiting(now) }),
            CallNews::NeverSent if is_probe => Some(self.waiting(now)),
            CallNews::Answered
            | CallNews::Fault(_)
            | CallNews::RequestFault
            | CallNews::NothingKnown
            | CallNews::NeverSent => Some(self),
        }
    }

    fn waiting(self, now: Timestamp) -> Self {
        Self { next_probe_at: now.plus(CLOSED_FOR), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CallNews::{Answered, Fault, NeverSent, NothingKnown, RequestFault};

    const NOW: Timestamp = Timestamp::from_secs(1_000);
    const EMPTY: AccountFault = AccountFault::BalanceEmpty;

    fn at(seconds: i64) -> Timestamp {
        NOW.plus(Millis::from_secs(seconds))
    }

    #[test]
    fn one_probe_at_a_time_tries_the_account_after_five_minutes() {
        let closure = Closure::begin(EMPTY, NOW);
        assert_eq!((closure.fault(), closure.since(), closure.next_probe_at()), (EMPTY, NOW, at(300)));
        assert_eq!(closure.probe(false, at(299)), None);
        let (probe, probing) = closure.probe(false, at(300)).unwrap();
        assert_eq!(probing.probe(false, at(301)), None, "one is under way");
        assert_eq!(probing.learn(Answered, Some(probe), at(301)), None);
        let on_hold = probing.learn(Fault(AccountFault::OnHold), Some(probe), at(301)).unwrap();
        assert_eq!((on_hold.fault(), on_hold.next_probe_at()), (AccountFault::OnHold, at(601)));
        assert_eq!(probing.learn(NeverSent, Some(probe), at(301)).unwrap().next_probe_at(), at(601));
        let refused = probing.learn(RequestFault, Some(probe), at(301));
        assert_eq!(refused, Some(probing), "one campaign's sender neither opens nor prolongs it");
        assert!(probing.probe(false, at(330)).is_some(), "the worker of the first crashed");
    }

    #[test]
    fn the_last_account_is_tried_at_once_and_calls_that_began_before_its_closure_are_ignored() {
        let closure = Closure::begin(EMPTY, NOW);
        let (_, probing) = closure.probe(true, at(1)).unwrap();
        let (probe, second) = probing.probe(true, at(2)).unwrap();
        for news in [Answered, Fault(EMPTY), RequestFault, NothingKnown, NeverSent] {
            assert_eq!(second.learn(news, None, at(3)), Some(second), "{news:?}");
        }
        assert_eq!(second.learn(Answered, Some(probe), at(3)), None);
    }
}
