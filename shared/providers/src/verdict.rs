//! From what an answer says of each recipient to what came of the call. Pure.

use domain::outcome::{AccountFault, NotTaken, SendOutcome};

use crate::provider::Submitted;

/// What an answer says of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Something about the recipient.
    Outcome(SendOutcome),
    /// The recipient was not taken, for a reason that is the account's.
    Fault(AccountFault),
}

impl Verdict {
    /// Nothing that could be relied on.
    pub const UNKNOWN: Self = Self::Outcome(SendOutcome::Unknown);

    /// One verdict of two on the same recipient. Accepted twice is accepted; two that disagree leave
    /// nothing certain.
    pub fn and(self, other: Self) -> Self {
        let accepted = |verdict: &Self| matches!(verdict, Self::Outcome(SendOutcome::Accepted { .. }));
        if self == other || (accepted(&self) && accepted(&other)) { self } else { Self::UNKNOWN }
    }
}

/// What came of a call, of a verdict for each recipient in their order.
pub(crate) fn conclude(verdicts: Vec<Verdict>) -> Submitted {
    let fault = verdicts.iter().find_map(|verdict| match verdict {
        Verdict::Fault(fault) => Some(*fault),
        Verdict::Outcome(_) => None,
    });
    match fault {
        Some(fault) if verdicts.iter().all(|verdict| matches!(verdict, Verdict::Fault(_))) => {
            Submitted::not_taken(NotTaken::Account(fault))
        }
        fault => Submitted { fault, ..Submitted::answered(verdicts.into_iter().map(outcome).collect()) },
    }
}

fn outcome(verdict: Verdict) -> SendOutcome {
    match verdict {
        Verdict::Outcome(outcome) => outcome,
        Verdict::Fault(_) => SendOutcome::Throttled,
    }
}

#[cfg(test)]
mod tests {
    use domain::outcome::SubmitResult;

    use super::*;

    const ACCEPTED: SendOutcome = SendOutcome::Accepted { provider_message_id: None };
    const EMPTY: Verdict = Verdict::Fault(AccountFault::BalanceEmpty);

    #[test]
    fn a_fault_that_every_recipient_meets_is_the_calls() {
        let submitted = conclude(vec![EMPTY, EMPTY]);
        assert_eq!(submitted, Submitted::not_taken(NotTaken::Account(AccountFault::BalanceEmpty)));
        assert_eq!(submitted.fault, Some(AccountFault::BalanceEmpty));
    }

    #[test]
    fn a_fault_that_some_meet_returns_them_to_the_queue_and_is_still_named() {
        let submitted = conclude(vec![Verdict::Outcome(ACCEPTED), EMPTY, Verdict::UNKNOWN]);
        let outcomes = vec![ACCEPTED, SendOutcome::Throttled, SendOutcome::Unknown];
        assert_eq!(submitted.result, SubmitResult::Answered(outcomes));
        assert_eq!(submitted.fault, Some(AccountFault::BalanceEmpty));
    }

    #[test]
    fn verdicts_that_disagree_leave_nothing_certain() {
        let throttled = Verdict::Outcome(SendOutcome::Throttled);
        assert_eq!(throttled.clone().and(throttled.clone()), throttled);
        assert_eq!(throttled.and(Verdict::Outcome(ACCEPTED)), Verdict::UNKNOWN);
        let named = SendOutcome::Accepted { provider_message_id: Some("a".into()) };
        let both = Verdict::Outcome(named.clone()).and(Verdict::Outcome(ACCEPTED));
        assert_eq!(both, Verdict::Outcome(named));
    }
}
