//! The hand-over itself: one call to the provider for the recipients that the last record intends.

use std::collections::BTreeMap;

use domain::{
    api_key::KeyMode,
    campaign::Counts,
    dispatch::{FollowUp, Group},
    ids::Slot,
    journal::SlotOutcome,
    msisdn::Msisdn,
    opt_out::{OptOutOrigin, OptOutSource},
    outcome::{RefusalReason, SendOutcome},
    pacing::CallNews,
};
use platform::telemetry;
use providers::{Kind, Recipient, Submission};
use stores::StoreError;

use super::{Worker, call::Call, stops::not_made};

impl Worker<'_> {
    /// Builds the call for a group, with its recipients in order.
    pub(super) fn call(&mut self, group: &Group) -> Result<Call, StoreError> {
        let unreadable = |reason| StoreError::Unreadable { what: "a batch", reason };
        let Group { leg, slots } = group.clone();
        let recipients: Option<Vec<Recipient>> = slots.iter().map(|slot| self.recipient(*slot)).collect();
        let recipients = recipients.ok_or_else(|| unreadable("a slot has no number".to_owned()))?;
        let sender = leg.sender(&self.header.sender).clone();
        let submission = Submission::new(sender, self.text.message.clone(), recipients);
        let submission = submission.map_err(|error| unreadable(error.to_string()))?;
        let account =
            self.accounts.account(leg.account).ok_or(StoreError::Contended { operation: "calling" })?;
        let provider = account.provider.clone();
        Ok(Call { account: leg.account, provider, slots, submission, probe: self.probe.take() })
    }

    /// Calls the provider once, unless an operator has stopped it. Returns an outcome for each recipient, and the
    /// follow-up actions.
    pub(super) async fn hand_over(&mut self, call: &Call) -> (Vec<SlotOutcome>, FollowUp) {
        let Call { account, provider, submission, .. } = call;
        if let Some(follow_up) = self.may_not_call(*account).await {
            return (not_made(submission), follow_up);
        }
        let submitted = provider.submit(submission).await;
        self.take_own_reports(*account, provider.as_ref(), submission, &submitted);
        let signals = submitted.signals();
        let outcomes = self.settle(call, submitted.into_outcomes());
        if outcomes.contains(&SlotOutcome::NotTaken) {
            tracing::warn!(%account, ?signals, "the provider did not look at recipients of a call");
        }
        self.report_unlisted_codes(provider.kind(), &outcomes);
        self.count_unconfirmed(outcomes.iter().filter(|outcome| **outcome == SlotOutcome::Unknown).count());
        self.note_opt_outs(submission, &outcomes).await;
        if CallNews::of(&outcomes, signals) != CallNews::NothingKnown {
            let settled = Counts::of(outcomes.iter().filter_map(SlotOutcome::status));
            self.handed_over = self.handed_over.plus(settled);
        }
        // The circuit breaker counts this worker's outcomes together with those of closed batches.
        let counts = self.header.counts_since_resume().plus(self.handed_over);
        let follow_up = FollowUp::of(*account, &outcomes, signals, self.patience(), &counts);
        // A probe's fault is recorded even then: it decides whether the account stays closed.
        let is_told = self.accounts.routes.has_choice() || call.probe.is_some();
        let follow_up = if is_told { follow_up } else { follow_up.without_choice() };
        (outcomes, FollowUp { probe: call.probe, ..follow_up })
    }

    /// The outcome of each recipient: declined instead of refused if another account may take it.
    fn settle(&self, call: &Call, outcomes: Vec<SendOutcome>) -> Vec<SlotOutcome> {
        let settled = |(slot, outcome): (&Slot, SendOutcome)| {
            let declined_by = self.batch.progress.declined_by(*slot);
            self.accounts.routes.settle(*slot, outcome.into(), call.account, declined_by)
        };
        call.slots.iter().zip(outcomes).map(settled).collect()
    }

    /// Logs codes that the provider's documentation does not list, and counts their recipients.
    fn report_unlisted_codes(&self, provider: &Kind, outcomes: &[SlotOutcome]) {
        let mut recipients_by_code = BTreeMap::<&str, i64>::new();
        for code in outcomes.iter().filter_map(SlotOutcome::unlisted_code) {
            *recipients_by_code.entry(code).or_default() += 1;
        }
        if recipients_by_code.is_empty() {
            return;
        }
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
        let origin = OptOutOrigin::new(OptOutSource::Refusal, Some(submission.sender().clone()), now);
        if let Err(error) = opt_outs.add(self.key.campaign.organisation, &numbers, &origin).await {
            tracing::warn!(%error, "opt-outs reported by the provider could not be kept");
        }
    }
}
