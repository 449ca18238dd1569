//! The hand-over itself: one call to the provider for those whom the last record intends.

use domain::{
    api_key::KeyMode,
    ids::Slot,
    journal::SlotOutcome,
    msisdn::Msisdn,
    outcome::{AccountFault, NotTaken, RefusalReason, SubmitResult},
};
use providers::{Recipient, Submission, Submitted};
use stores::StoreError;

use super::{Stop, TOO_MANY_REFUSALS, Worker, aftermath::Aftermath};

impl Worker<'_> {
    /// Calls the provider, once. Gives an outcome for each of the intent, and what else there is to do.
    pub(super) async fn hand_over(
        &mut self,
        intent: &[Slot],
    ) -> Result<(Vec<SlotOutcome>, Aftermath), StoreError> {
        let recipients: Vec<Recipient> = intent.iter().filter_map(|slot| self.recipient(*slot)).collect();
        let submission = Submission::new(self.header.sender.clone(), self.text.message.clone(), recipients);
        let submission = submission
            .map_err(|error| StoreError::Unreadable { what: "a batch", reason: error.to_string() })?;
        let Submitted { result, fault } = self.provider.submit(&submission).await;
        let (outcomes, mut aftermath) = match result {
            SubmitResult::Answered(outcomes) => {
                let outcomes: Vec<SlotOutcome> = outcomes.into_iter().map(SlotOutcome::from).collect();
                self.note_opt_outs(&submission, &outcomes).await;
                let put_off = outcomes.contains(&SlotOutcome::Returned).then_some(Stop::PutOff(None));
                (outcomes, Aftermath { stop: put_off, ..Aftermath::default() })
            }
            SubmitResult::NotTaken(why) => {
                (vec![SlotOutcome::NotTaken; intent.len()], self.after_nobody_was_taken(&why))
            }
        };
        let too_many_refusals = self.breaks_off(&outcomes).then_some(TOO_MANY_REFUSALS);
        aftermath.pause = fault.map(AccountFault::code).or(too_many_refusals);
        Ok((outcomes, aftermath))
    }

    fn recipient(&self, slot: Slot) -> Option<Recipient> {
        Some(Recipient { msisdn: self.batch.plan.recipient(slot)?, reference: self.key.message(slot) })
    }

    /// A provider that asks for time gets it from every worker of the account.
    fn after_nobody_was_taken(&self, why: &NotTaken) -> Aftermath {
        let provider = self.provider.name();
        tracing::warn!(%provider, ?why, "the provider took nobody of a call");
        let (stop, hold) = match why {
            NotTaken::Throttled { retry_after } => (Stop::PutOff(*retry_after), Some(*retry_after)),
            NotTaken::Unreachable => (Stop::PutOff(None), None),
            NotTaken::Account(_) => (Stop::Ends, None),
        };
        Aftermath { stop: Some(stop), pause: None, hold }
    }

    /// Who has opted out with the provider has opted out with us. Where this cannot be written now, the
    /// provider refuses them the next time too.
    async fn note_opt_outs(&self, submission: &Submission, outcomes: &[SlotOutcome]) {
        let opted_out = |(recipient, outcome): (&Recipient, &SlotOutcome)| {
            matches!(outcome, SlotOutcome::Refused(RefusalReason::OptedOut, _)).then_some(recipient.msisdn)
        };
        let numbers: Vec<Msisdn> =
            submission.recipients().iter().zip(outcomes).filter_map(opted_out).collect();
        if numbers.is_empty() || self.header.mode == KeyMode::Test {
            return;
        }
        let opt_outs = &self.dispatcher.stores.accounts.opt_outs;
        if let Err(error) = opt_outs.add(self.key.campaign.organisation, &numbers).await {
            tracing::warn!(%error, "opt-outs reported by the provider could not be kept");
        }
    }
}
