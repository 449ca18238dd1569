//! The hand-over itself: one call to the provider for the recipients that the last record intends.

use std::collections::BTreeMap;

use domain::{
    api_key::KeyMode,
    campaign::Counts,
    dispatch::FollowUp,
    ids::Slot,
    journal::SlotOutcome,
    msisdn::Msisdn,
    opt_out::{OptOutOrigin, OptOutSource},
    outcome::RefusalReason,
    pacing::CallNews,
};
use platform::telemetry;
use providers::{Recipient, Submission};
use stores::StoreError;

use super::{Worker, stops::not_made};

impl Worker<'_> {
    /// The submission of an intent: each of its recipients, in its order. `None` if the intent is empty.
    pub(super) fn submission(&self, intent: &[Slot]) -> Result<Option<Submission>, StoreError> {
        if intent.is_empty() {
            return Ok(None);
        }
        let unreadable = |reason| StoreError::Unreadable { what: "a batch", reason };
        let recipients: Option<Vec<Recipient>> = intent.iter().map(|slot| self.recipient(*slot)).collect();
        let recipients = recipients.ok_or_else(|| unreadable("a slot has no number".to_owned()))?;
        let submission = Submission::new(self.header.sender.clone(), self.text.message.clone(), recipients);
        submission.map(Some).map_err(|error| unreadable(error.to_string()))
    }

    /// Calls the provider once, unless that is stopped. Gives an outcome for each recipient, and the follow-up actions.
    pub(super) async fn hand_over(&mut self, submission: &Submission) -> (Vec<SlotOutcome>, FollowUp) {
        if self.may_not_call().await {
            return not_made(submission);
        }
        let submitted = self.provider.submit(submission).await;
        self.take_own_reports(submission, &submitted);
        let signals = submitted.signals();
        let outcomes: Vec<SlotOutcome> =
            submitted.into_outcomes().into_iter().map(SlotOutcome::from).collect();
        if outcomes.contains(&SlotOutcome::NotTaken) {
            let provider = self.provider.kind();
            tracing::warn!(%provider, ?signals, "the provider did not look at recipients of a call");
        }
        self.report_unlisted_codes(&outcomes);
        self.count_unconfirmed(outcomes.iter().filter(|outcome| **outcome == SlotOutcome::Unknown).count());
        self.note_opt_outs(submission, &outcomes).await;
        let news = CallNews::of(&outcomes, signals);
        if news != CallNews::NothingKnown {
            let settled = Counts::of(outcomes.iter().filter_map(SlotOutcome::status));
            self.handed_over = self.handed_over.plus(settled);
        }
        // The circuit breaker: what this worker saw counts with what closed batches say.
        let counts = self.header.counts_since_resume().plus(self.handed_over);
        let follow_up = FollowUp::of(&outcomes, signals, news, &counts);
        (outcomes, follow_up)
    }

    /// Names the codes that the provider's documentation does not list, and counts the recipients that got one.
    fn report_unlisted_codes(&self, outcomes: &[SlotOutcome]) {
        let mut recipients_by_code = BTreeMap::<&str, i64>::new();
        for code in outcomes.iter().filter_map(SlotOutcome::unlisted_code) {
            *recipients_by_code.entry(code).or_default() += 1;
        }
        if recipients_by_code.is_empty() {
            return;
        }
        let provider = self.provider.kind();
        for (code, recipients) in &recipients_by_code {
            tracing::warn!(%provider, provider.code = code, recipients, "an unlisted code");
        }
        let count = recipients_by_code.values().sum();
        let now = self.dispatcher.clock.now().millis();
        telemetry::metrics(now, crate::FUNCTION, &[(telemetry::UNLISTED_CODES, count)]);
    }

    /// Counts the recipients of a call whose outcome is unknown.
    pub(super) fn count_unconfirmed(&self, recipients: usize) {
        if recipients > 0 && self.uses_account() {
            let now = self.dispatcher.clock.now().millis();
            let counts = [(telemetry::UNCONFIRMED_RECIPIENTS, recipients as i64)];
            telemetry::metrics(now, crate::FUNCTION, &counts);
        }
    }

    fn recipient(&self, slot: Slot) -> Option<Recipient> {
        Some(Recipient {
            msisdn: self.batch.plan.recipient(slot)?,
            reference: self.key.message(slot),
            times_put_off: self.batch.progress.times_put_off(slot),
        })
    }

    /// Adds recipients that the provider refuses as opted out to the organisation's opt-outs. If that fails, the
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
        let (opt_outs, now) = (&self.dispatcher.stores.accounts.opt_outs, self.dispatcher.clock.now());
        let origin = OptOutOrigin::new(OptOutSource::Refusal, Some(self.header.sender.clone()), now);
        if let Err(error) = opt_outs.add(self.key.campaign.organisation, &numbers, &origin).await {
            tracing::warn!(%error, "opt-outs reported by the provider could not be kept");
        }
    }
}
