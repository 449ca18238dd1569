//! Follow-up actions of a call to a provider, beside its outcomes: a stop, a pause of the campaign, a hold of the
//! account or its closure.

use super::{Stop, Unavailable};
use crate::{
    campaign::{Counts, breaks, deadlines::patience_ends},
    ids::AccountName,
    journal::SlotOutcome,
    outcome::{AccountFault, CallSignals, Transmission},
    pacing::{CallNews, Probe},
    timestamp::{Millis, Timestamp},
};

/// The hold of an account whose provider asked for a pause and did not name its length.
pub const DEFAULT_HOLD: Millis = Millis::from_secs(1);

/// Follow-up actions of a call. They are taken once the call's outcomes are stored, since they may fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FollowUp {
    /// Why the worker stops handing over recipients of this batch for now.
    pub stop: Option<Stop>,
    /// Why the worker must not call this account again for now.
    pub unavailable: Option<Unavailable>,
    /// Why the campaign is to be paused at once.
    pub pause: Option<PauseReason>,
    /// How long no worker may use the account.
    pub hold: Option<Millis>,
    /// The news of the call for the account's doubt or closure; `None` if no call was made.
    pub news: Option<CallNews>,
    /// The permission of the call, if it was a probe.
    pub probe: Option<Probe>,
}

/// Whether a campaign's recipients wait for an account that throttles, or go to the next one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Patience {
    Lasts,
    IsOver,
}

impl Patience {
    /// Decides by the end of a campaign's validity.
    pub fn of(valid_until: Timestamp, now: Timestamp) -> Self {
        if now < patience_ends(valid_until) { Self::Lasts } else { Self::IsOver }
    }

    /// Why the recipients of an account that throttles are not handed over to it.
    pub const fn throttled(self, stop: Stop) -> Unavailable {
        match self {
            Self::Lasts => Unavailable::Waits(stop),
            Self::IsOver => Unavailable::Closed(stop),
        }
    }
}

/// Why the dispatcher pauses a campaign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PauseReason {
    /// Every further call would fail in the same way.
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
    /// Derives the follow-up of a call from its outcomes and signals. `counts` are for the circuit breaker and include
    /// these outcomes.
    pub fn of(
        account: AccountName,
        outcomes: &[SlotOutcome],
        signals: CallSignals,
        patience: Patience,
        counts: &Counts,
    ) -> Self {
        let news = CallNews::of(outcomes, signals);
        let not_taken =
            Stop::NotTaken { retry_after: signals.backoff.and_then(|backoff| backoff.retry_after) };
        let unavailable = match signals {
            CallSignals { fault: Some(fault), .. } => Some(Unavailable::Closed(Stop::Fault(fault))),
            _ if news == CallNews::NothingKnown => Some(Unavailable::Closed(Stop::Doubt(account))),
            CallSignals { backoff: Some(_), .. } => Some(patience.throttled(not_taken)),
            CallSignals { transmission: Transmission::NeverSent, .. } => Some(Unavailable::Closed(not_taken)),
            _ if outcomes.contains(&SlotOutcome::NotTaken) => Some(Unavailable::Waits(not_taken)),
            // An accepted recipient shows that the provider works, so the rest of the batch need not wait.
            _ if outcomes.iter().all(|outcome| *outcome == SlotOutcome::PutOff) => {
                Some(Unavailable::Waits(Stop::PutOff))
            }
            _ => None,
        };
        let pause = breaks(counts).then_some(PauseReason::TooManyRefusals);
        let hold = signals.backoff.map(|backoff| backoff.retry_after.unwrap_or(DEFAULT_HOLD));
        Self { stop: None, unavailable, pause, hold, news: Some(news), probe: None }
    }

    /// A copy for an account without an alternative: its fault pauses the campaign and does not close the account.
    #[must_use]
    pub fn without_choice(self) -> Self {
        let news =
            self.news.map(|news| if let CallNews::Fault(_) = news { CallNews::Answered } else { news });
        Self { news, ..self }
    }

    /// Whether an action has to be taken before the next recipients are handed over.
    pub fn is_due(self) -> bool {
        self.pause.is_some()
            || self.hold.is_some()
            || self.probe.is_some()
            || self.news.is_some_and(CallNews::is_urgent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        outcome::{Backoff, RefusalReason},
        pacing::AccountTurns,
    };

    /// The follow-up of an answered call that needs no action.
    const ANSWERED: FollowUp = FollowUp {
        stop: None,
        unavailable: None,
        pause: None,
        hold: None,
        news: Some(CallNews::Answered),
        probe: None,
    };
    const NONE: CallSignals = CallSignals { fault: None, backoff: None, transmission: Transmission::Sent };
    const ACCOUNT: AccountName = AccountName::new("at-ke");

    fn of(outcomes: &[SlotOutcome], signals: CallSignals) -> FollowUp {
        FollowUp::of(ACCOUNT, outcomes, signals, Patience::Lasts, &Counts::default())
    }

    #[test]
    fn settled_outcomes_lead_to_nothing() {
        let refused = SlotOutcome::Refused(RefusalReason::OptedOut, "406".into());
        let declined = SlotOutcome::Declined(RefusalReason::NotRouted, "407".into());
        let outcomes = [SlotOutcome::Accepted(None), refused, declined.clone(), SlotOutcome::Unknown];
        assert_eq!(of(&outcomes, NONE), ANSWERED);
        assert_eq!(of(&[declined], NONE), ANSWERED);
        assert!(!of(&outcomes, NONE).is_due());
    }

    #[test]
    fn a_call_of_which_nothing_is_known_puts_the_account_in_doubt() {
        let unlisted = SlotOutcome::Unlisted("199".into());
        let doubt = of(&[SlotOutcome::Unknown, unlisted], NONE);
        let unavailable = Some(Unavailable::Closed(Stop::Doubt(ACCOUNT)));
        let expected = FollowUp { unavailable, news: Some(CallNews::NothingKnown), ..ANSWERED };
        assert_eq!(doubt, expected);
        assert!(doubt.is_due());
        let backoff = Some(Backoff { retry_after: Some(Millis(90_000)) });
        let held = of(&[SlotOutcome::Unknown], CallSignals { backoff, ..NONE });
        assert_eq!(held, FollowUp { hold: Some(Millis(90_000)), ..expected });
        assert_eq!(of(&[SlotOutcome::Unknown, SlotOutcome::Accepted(None)], NONE), ANSWERED);
    }

    #[test]
    fn recipients_that_were_not_taken_or_put_off_wait_for_the_account() {
        let waits = |stop| FollowUp { unavailable: Some(Unavailable::Waits(stop)), ..ANSWERED };
        let not_taken = of(&[SlotOutcome::Accepted(None), SlotOutcome::NotTaken], NONE);
        assert_eq!(not_taken, waits(Stop::NotTaken { retry_after: None }));
        assert_eq!(of(&[SlotOutcome::PutOff, SlotOutcome::PutOff], NONE), waits(Stop::PutOff));
        assert_eq!(of(&[SlotOutcome::Accepted(None), SlotOutcome::PutOff], NONE), ANSWERED);
    }

    #[test]
    fn recipients_of_a_request_that_was_never_sent_go_to_the_next_account_at_once() {
        let signals = CallSignals { transmission: Transmission::NeverSent, ..NONE };
        let unavailable = Some(Unavailable::Closed(Stop::NotTaken { retry_after: None }));
        let expected = FollowUp { unavailable, news: Some(CallNews::NeverSent), ..ANSWERED };
        assert_eq!(of(&[SlotOutcome::NotTaken], signals), expected, "the account is not held for it");
        assert!(!expected.is_due());
    }

    #[test]
    fn a_requested_pause_holds_the_account_and_its_recipients_wait_until_patience_is_over() {
        for (retry_after, hold) in [(None, DEFAULT_HOLD), (Some(Millis(7_000)), Millis(7_000))] {
            let signals = CallSignals { backoff: Some(Backoff { retry_after }), ..NONE };
            let stop = Stop::NotTaken { retry_after };
            for (patience, unavailable) in
                [(Patience::Lasts, Unavailable::Waits(stop)), (Patience::IsOver, Unavailable::Closed(stop))]
            {
                let outcomes = [SlotOutcome::NotTaken];
                let follow_up = FollowUp::of(ACCOUNT, &outcomes, signals, patience, &Counts::default());
                let unavailable = Some(unavailable);
                assert_eq!(follow_up, FollowUp { unavailable, hold: Some(hold), ..ANSWERED });
            }
        }
        let valid_until = Timestamp::from_secs(100_000);
        let patience = |now| Patience::of(valid_until, Timestamp::from_secs(now));
        assert_eq!((patience(22_239), patience(22_240)), (Patience::Lasts, Patience::IsOver));
    }

    #[test]
    fn a_fault_closes_the_account_even_if_other_recipients_of_the_call_were_taken() {
        let signals = CallSignals { fault: Some(AccountFault::BalanceEmpty), ..NONE };
        let unavailable = Some(Unavailable::Closed(Stop::Fault(AccountFault::BalanceEmpty)));
        let news = Some(CallNews::Fault(AccountFault::BalanceEmpty));
        let follow_up = of(&[SlotOutcome::Accepted(None), SlotOutcome::NotTaken], signals);
        assert_eq!(follow_up, FollowUp { unavailable, news, ..ANSWERED });
        assert_eq!(
            follow_up.without_choice(),
            FollowUp { unavailable, ..ANSWERED },
            "no other account is told"
        );
        assert_eq!(PauseReason::Fault(AccountFault::BalanceEmpty).code(), "provider_balance_empty");
    }

    #[test]
    fn a_fault_of_the_campaigns_sender_or_request_leaves_the_account_open_for_others() {
        for fault in [AccountFault::SenderRefused, AccountFault::RequestRefused] {
            let follow_up = of(&[SlotOutcome::NotTaken], CallSignals { fault: Some(fault), ..NONE });
            let unavailable = Some(Unavailable::Closed(Stop::Fault(fault)));
            let news = CallNews::RequestFault;
            assert_eq!(follow_up, FollowUp { unavailable, news: Some(news), ..ANSWERED });
            assert!(!follow_up.is_due());
            let turns = AccountTurns::default();
            assert_eq!(turns.learn(news, None, Timestamp::from_secs(1)), turns, "{fault:?}");
        }
    }

    #[test]
    fn too_many_refusals_pause_the_campaign() {
        let refused = SlotOutcome::Refused(RefusalReason::Rejected, "502".into());
        let counts = Counts { sent: 1, failed: 999, ..Counts::default() };
        let follow_up = FollowUp::of(ACCOUNT, &[refused], NONE, Patience::Lasts, &counts);
        assert_eq!(follow_up, FollowUp { pause: Some(PauseReason::TooManyRefusals), ..ANSWERED });
        assert!(follow_up.is_due());
    }
}
