//! Follow-up actions of a call to a provider, beside its outcomes: a stop, a pause of the campaign, a hold of the
//! account.

use crate::{
    campaign::{Counts, breaks},
    journal::SlotOutcome,
    outcome::{AccountFault, CallSignals},
    pacing::CallNews,
    timestamp::Millis,
};

/// The hold of an account whose provider asked for a pause and did not name its length.
pub const DEFAULT_HOLD: Millis = Millis::from_secs(1);

/// Follow-up actions of a call. They are taken once the call's outcomes are stored, since they may fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FollowUp {
    /// Why the worker stops handing over recipients of this batch for now.
    pub stop: Option<Stop>,
    /// Why the campaign is to be paused.
    pub pause: Option<PauseReason>,
    /// How long every worker is to leave the account alone.
    pub hold: Option<Millis>,
    /// The news of the call for the account's doubt; `None` if no call was made.
    pub news: Option<CallNews>,
}

/// Why a worker stops before it has handed over every recipient of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// The worker's time is up, the campaign no longer sends, or the account has a fault.
    Ends,
    /// The provider did not look at a recipient.
    NotTaken {
        /// The pause that it asked for, if it named one.
        retry_after: Option<Millis>,
    },
    /// The provider looked at every recipient of the call and put each off.
    PutOff,
    /// The account's next turn is later than the worker can wait.
    Paced(Millis),
    /// Nothing is known of the call: the account is in doubt.
    Doubt,
    /// The account is in doubt, and its next probe may begin after this wait.
    InDoubt(Millis),
}

/// Why the dispatcher pauses a campaign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PauseReason {
    /// Every further call would fail alike.
    Fault(AccountFault),
    /// The circuit breaker: too many recipients were refused.
    TooManyRefusals,
}

impl PauseReason {
    /// The stable code that a customer reads.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fault(fault) => fault.code(),
            Self::TooManyRefusals => "too_many_refusals",
        }
    }
}

impl FollowUp {
    /// The follow-up of a call's outcomes and signals. `counts` are those that the circuit breaker judges, with these
    /// outcomes among them.
    pub fn of(outcomes: &[SlotOutcome], signals: CallSignals, news: CallNews, counts: &Counts) -> Self {
        let stop = match signals {
            _ if news == CallNews::NothingKnown => Some(Stop::Doubt),
            CallSignals { backoff: Some(backoff), .. } => {
                Some(Stop::NotTaken { retry_after: backoff.retry_after })
            }
            CallSignals { fault: Some(_), .. } => Some(Stop::Ends),
            _ if outcomes.contains(&SlotOutcome::NotTaken) => Some(Stop::NotTaken { retry_after: None }),
            // An accepted recipient shows that the provider works, so the rest of the batch need not wait.
            _ => outcomes.iter().all(|outcome| *outcome == SlotOutcome::PutOff).then_some(Stop::PutOff),
        };
        let pause = signals.fault.map(PauseReason::Fault);
        let pause = pause.or_else(|| breaks(counts).then_some(PauseReason::TooManyRefusals));
        let hold = signals.backoff.map(|backoff| backoff.retry_after.unwrap_or(DEFAULT_HOLD));
        Self { stop, pause, hold, news: Some(news) }
    }

    /// Whether an action has to be taken before the next recipients are handed over.
    pub const fn is_due(self) -> bool {
        self.pause.is_some() || self.hold.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{Backoff, RefusalReason, Transmission};

    /// The follow-up of an answered call that leads to nothing.
    const ANSWERED: FollowUp =
        FollowUp { stop: None, pause: None, hold: None, news: Some(CallNews::Answered) };
    const NONE: CallSignals = CallSignals { fault: None, backoff: None, transmission: Transmission::Sent };

    fn of(outcomes: &[SlotOutcome], signals: CallSignals) -> FollowUp {
        FollowUp::of(outcomes, signals, CallNews::of(outcomes, signals), &Counts::default())
    }

    #[test]
    fn settled_outcomes_lead_to_nothing() {
        let refused = SlotOutcome::Refused(RefusalReason::OptedOut, "406".into());
        let outcomes = [SlotOutcome::Accepted(None), refused, SlotOutcome::Unknown];
        assert_eq!(of(&outcomes, NONE), ANSWERED);
        assert!(!of(&outcomes, NONE).is_due());
    }

    #[test]
    fn a_call_of_which_nothing_is_known_puts_the_account_in_doubt() {
        let unlisted = SlotOutcome::Unlisted("199".into());
        let doubt = of(&[SlotOutcome::Unknown, unlisted], NONE);
        let expected = FollowUp { stop: Some(Stop::Doubt), news: Some(CallNews::NothingKnown), ..ANSWERED };
        assert_eq!(doubt, expected);
        let backoff = Some(Backoff { retry_after: Some(Millis(90_000)) });
        let held = of(&[SlotOutcome::Unknown], CallSignals { backoff, ..NONE });
        assert_eq!(held, FollowUp { hold: Some(Millis(90_000)), ..expected });
        assert_eq!(of(&[SlotOutcome::Unknown, SlotOutcome::Accepted(None)], NONE), ANSWERED);
    }

    #[test]
    fn a_recipient_that_was_not_taken_stops_the_worker_and_so_do_recipients_that_were_all_put_off() {
        let stopped = |stop| FollowUp { stop: Some(stop), ..ANSWERED };
        let not_taken = of(&[SlotOutcome::Accepted(None), SlotOutcome::NotTaken], NONE);
        assert_eq!(not_taken, stopped(Stop::NotTaken { retry_after: None }));
        assert_eq!(of(&[SlotOutcome::PutOff, SlotOutcome::PutOff], NONE), stopped(Stop::PutOff));
        assert_eq!(of(&[SlotOutcome::Accepted(None), SlotOutcome::PutOff], NONE), ANSWERED);
        let never_sent = CallSignals { transmission: Transmission::NeverSent, ..NONE };
        let unreachable = of(&[SlotOutcome::NotTaken], never_sent);
        let expected = FollowUp { news: Some(CallNews::NeverSent), ..of(&[SlotOutcome::NotTaken], NONE) };
        assert_eq!(unreachable, expected, "the account is not held for it");
    }

    #[test]
    fn a_requested_pause_holds_the_account_for_as_long_as_it_says() {
        for (retry_after, hold) in [(None, DEFAULT_HOLD), (Some(Millis(7_000)), Millis(7_000))] {
            let signals = CallSignals { backoff: Some(Backoff { retry_after }), ..NONE };
            let stop = Some(Stop::NotTaken { retry_after });
            let expected = FollowUp { stop, hold: Some(hold), ..ANSWERED };
            assert_eq!(of(&[SlotOutcome::NotTaken], signals), expected);
        }
    }

    #[test]
    fn a_fault_pauses_the_campaign_beside_those_who_were_taken() {
        let signals = CallSignals { fault: Some(AccountFault::BalanceEmpty), ..NONE };
        let pause = Some(PauseReason::Fault(AccountFault::BalanceEmpty));
        let expected = FollowUp { stop: Some(Stop::Ends), pause, ..ANSWERED };
        assert_eq!(of(&[SlotOutcome::Accepted(None), SlotOutcome::NotTaken], signals), expected);
        assert_eq!(pause.map(PauseReason::code), Some("provider_balance_empty"));
    }

    #[test]
    fn too_many_refusals_pause_the_campaign_unless_the_account_has_a_fault() {
        let refused = SlotOutcome::Refused(RefusalReason::Rejected, "502".into());
        let counts = Counts { sent: 1, failed: 999, ..Counts::default() };
        let follow_up = FollowUp::of(std::slice::from_ref(&refused), NONE, CallNews::Answered, &counts);
        assert_eq!((follow_up.stop, follow_up.pause), (None, Some(PauseReason::TooManyRefusals)));
        let signals = CallSignals { fault: Some(AccountFault::OnHold), ..NONE };
        let follow_up = FollowUp::of(&[refused], signals, CallNews::Answered, &counts);
        assert_eq!(follow_up.pause, Some(PauseReason::Fault(AccountFault::OnHold)));
    }
}
