//! The result of a hand-over, which always has an outcome for each recipient.

use domain::{
    outcome::{AccountFault, Backoff, CallSignals, SendOutcome, Transmission},
    timestamp::Millis,
};

use crate::submission::{Recipient, Submission};

/// The result of handing over a submission: one outcome for each of its recipients, in their order, and signals about
/// the account.
///
/// Every constructor takes the submission, so that no recipient can be missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    outcomes: Vec<SendOutcome>,
    signals: CallSignals,
}

impl Submitted {
    pub fn of_each(submission: &Submission, outcome: impl FnMut(&Recipient) -> SendOutcome) -> Self {
        let outcomes = submission.recipients().iter().map(outcome).collect();
        Self { outcomes, signals: CallSignals::default() }
    }

    /// A call whose answer was lost or proves nothing.
    pub fn unknown(submission: &Submission) -> Self {
        Self::of_each(submission, |_| SendOutcome::Unknown)
    }

    /// A call that the provider did not take because of a fault of the account.
    pub fn account_fault(submission: &Submission, fault: AccountFault) -> Self {
        Self::not_taken(submission, CallSignals { fault: Some(fault), ..CallSignals::default() })
    }

    /// A call that the provider did not take because the account must slow down.
    pub fn throttled(submission: &Submission, retry_after: Option<Millis>) -> Self {
        let backoff = Some(Backoff { retry_after });
        Self::not_taken(submission, CallSignals { backoff, ..CallSignals::default() })
    }

    /// A call for which no connection could be made.
    pub fn never_sent(submission: &Submission) -> Self {
        let transmission = Transmission::NeverSent;
        Self::not_taken(submission, CallSignals { transmission, ..CallSignals::default() })
    }

    fn not_taken(submission: &Submission, signals: CallSignals) -> Self {
        Self { signals, ..Self::of_each(submission, |_| SendOutcome::NotTaken) }
    }

    /// Adds a fault of the account that the answer names besides outcomes.
    ///
    /// An answer may take some recipients and not the others because the balance ran out between them. The others are
    /// [`SendOutcome::NotTaken`], and the fault pauses the campaign.
    pub const fn with_fault(mut self, fault: AccountFault) -> Self {
        self.signals.fault = Some(fault);
        self
    }

    /// Adds a pause that the provider asks for.
    pub const fn with_backoff(mut self, backoff: Backoff) -> Self {
        self.signals.backoff = Some(backoff);
        self
    }

    /// Removes a fault of the account that is over: the recipients that were not taken are handed over again.
    pub const fn without_fault(mut self) -> Self {
        self.signals.fault = None;
        self
    }

    /// Replaces the signals about the account.
    pub(crate) const fn with_signals(mut self, signals: CallSignals) -> Self {
        self.signals = signals;
        self
    }

    /// One outcome for each recipient, in the order of [`Submission::recipients`].
    pub fn outcomes(&self) -> &[SendOutcome] {
        &self.outcomes
    }

    /// The signals about the account.
    pub const fn signals(&self) -> CallSignals {
        self.signals
    }

    /// The outcomes, owned.
    pub fn into_outcomes(self) -> Vec<SendOutcome> {
        self.outcomes
    }
}
