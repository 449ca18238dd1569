//! From the verdicts of single recipients to the result of the call. Pure.

use std::{collections::HashMap, hash::Hash};

use domain::outcome::{AccountFault, Backoff, SendOutcome};

use crate::{
    submission::{Recipient, Submission},
    submitted::Submitted,
};

/// The verdict of an answer about one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// An outcome of the recipient.
    Outcome(SendOutcome),
    /// The recipient was not taken because of a fault of the account.
    Fault(AccountFault),
    /// The recipient was not taken because the account must slow down.
    Throttled,
}

impl Verdict {
    /// Nothing reliable is known.
    pub const UNKNOWN: Self = Self::Outcome(SendOutcome::Unknown);

    /// The combination of two verdicts about one recipient. Accepted twice is accepted; two different verdicts make it
    /// unknown.
    fn and(self, other: Self) -> Self {
        let accepted = |verdict: &Self| matches!(verdict, Self::Outcome(SendOutcome::Accepted { .. }));
        if self == other || (accepted(&self) && accepted(&other)) { self } else { Self::UNKNOWN }
    }
}

/// The verdicts of an answer by the recipients' names, each once.
pub(crate) fn by_name<N: Eq + Hash>(said: impl IntoIterator<Item = (N, Verdict)>) -> HashMap<N, Verdict> {
    let mut verdicts: HashMap<N, Verdict> = HashMap::new();
    for (name, verdict) in said {
        let verdict = match verdicts.remove(&name) {
            Some(earlier) => earlier.and(verdict),
            None => verdict,
        };
        verdicts.insert(name, verdict);
    }
    verdicts
}

/// The result of a call, of a verdict for each recipient; the gravest fault is the call's.
pub(crate) fn conclude(submission: &Submission, mut verdict: impl FnMut(&Recipient) -> Verdict) -> Submitted {
    let (mut gravest, mut is_throttled): (Option<AccountFault>, bool) = (None, false);
    let submitted = Submitted::of_each(submission, |recipient| match verdict(recipient) {
        Verdict::Outcome(outcome) => outcome,
        Verdict::Fault(fault) => {
            gravest = Some(gravest.map_or(fault, |other| other.graver(fault)));
            SendOutcome::NotTaken
        }
        Verdict::Throttled => {
            is_throttled = true;
            SendOutcome::NotTaken
        }
    });
    let submitted = match gravest {
        Some(fault) => submitted.with_fault(fault),
        None => submitted,
    };
    if is_throttled { submitted.with_backoff(Backoff { retry_after: None }) } else { submitted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::submission;

    const ACCEPTED: SendOutcome = SendOutcome::Accepted { provider_message_id: None };
    const EMPTY: Verdict = Verdict::Fault(AccountFault::BalanceEmpty);

    fn concluded(verdicts: &[Verdict]) -> Submitted {
        let numbers: Vec<u64> = (254_711_000_001..).take(verdicts.len()).collect();
        let mut verdicts = verdicts.iter().cloned();
        conclude(&submission("Habari", &numbers), |_| verdicts.next().unwrap())
    }

    #[test]
    fn a_fault_that_applies_to_every_recipient_is_the_calls() {
        let submission = submission("Habari", &[254_711_000_001, 254_711_000_002]);
        let expected = Submitted::account_fault(&submission, AccountFault::BalanceEmpty);
        assert_eq!(concluded(&[EMPTY, EMPTY]), expected);
    }

    #[test]
    fn a_fault_that_applies_to_some_recipients_leaves_them_not_taken_and_is_reported() {
        let submitted = concluded(&[Verdict::Outcome(ACCEPTED), EMPTY, Verdict::UNKNOWN]);
        assert_eq!(submitted.outcomes(), [ACCEPTED, SendOutcome::NotTaken, SendOutcome::Unknown]);
        assert_eq!(submitted.signals().fault, Some(AccountFault::BalanceEmpty));
    }

    #[test]
    fn different_verdicts_about_a_recipient_make_it_unknown() {
        let one = |said: [Verdict; 2]| by_name(said.map(|verdict| ((), verdict))).remove(&()).unwrap();
        let put_off = Verdict::Outcome(SendOutcome::PutOff);
        assert_eq!(one([put_off.clone(), put_off.clone()]), put_off);
        assert_eq!(one([put_off, Verdict::Outcome(ACCEPTED)]), Verdict::UNKNOWN);
        let named = SendOutcome::Accepted { provider_message_id: Some("a".into()) };
        let both = one([Verdict::Outcome(named.clone()), Verdict::Outcome(ACCEPTED)]);
        assert_eq!(both, Verdict::Outcome(named));
    }
}
