//! The hand-over itself: one call to the provider for those whom the last record intends.

use domain::{
    api_key::KeyMode,
    ids::{MessageId, MessageReference, Slot},
    journal::SlotOutcome,
    msisdn::Msisdn,
    outcome::{NotTaken, RefusalReason, SubmitResult},
};
use providers::{Recipient, Submission, Submitted};
use queue::BatchTask;
use stores::StoreError;

use super::{Stop, Worker};

impl Worker<'_> {
    /// Calls the provider, once. Gives an outcome for each of the intent, and whether to stop here.
    pub(super) async fn hand_over(
        &self,
        intent: &[Slot],
    ) -> Result<(Vec<SlotOutcome>, Option<Stop>), StoreError> {
        let recipients: Vec<Recipient> = intent.iter().filter_map(|slot| self.recipient(*slot)).collect();
        let submission = Submission::new(self.header.sender.clone(), self.text.message.clone(), recipients);
        let submission = submission
            .map_err(|error| StoreError::Unreadable { what: "a batch", reason: error.to_string() })?;
        let Submitted { result, fault } = self.provider.submit(&submission).await;
        if let Some(fault) = fault {
            self.pause(fault.code()).await?;
        }
        match result {
            SubmitResult::Answered(outcomes) => {
                let outcomes: Vec<SlotOutcome> = outcomes.into_iter().map(SlotOutcome::from).collect();
                self.note_opt_outs(&submission, &outcomes).await;
                let put_off = outcomes.contains(&SlotOutcome::Returned).then_some(Stop::PutOff(None));
                Ok((outcomes, put_off))
            }
            SubmitResult::NotTaken(why) => {
                let stop = self.after_nobody_was_taken(&why).await?;
                Ok((vec![SlotOutcome::NotTaken; intent.len()], Some(stop)))
            }
        }
    }

    fn recipient(&self, slot: Slot) -> Option<Recipient> {
        let BatchTask { organisation, campaign, batch } = self.task;
        let reference = MessageReference { organisation, message: MessageId { campaign, batch, slot } };
        Some(Recipient { msisdn: self.batch.plan.recipient(slot)?, reference })
    }

    /// A provider that asks for time gets it from every worker of the account.
    async fn after_nobody_was_taken(&self, why: &NotTaken) -> Result<Stop, StoreError> {
        let provider = self.provider.name();
        tracing::warn!(%provider, ?why, "the provider took nobody of a call");
        match why {
            NotTaken::Throttled { retry_after } => {
                self.hold_account(*retry_after).await?;
                Ok(Stop::PutOff(*retry_after))
            }
            NotTaken::Unreachable => Ok(Stop::PutOff(None)),
            NotTaken::Account(_) => Ok(Stop::Ends),
        }
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
        if let Err(error) = opt_outs.add(self.task.organisation, &numbers).await {
            tracing::warn!(%error, "opt-outs reported by the provider could not be kept");
        }
    }
}
