//! One batch, from claim to close.
//!
//! ```text
//! read ─► claim ─► ┌─ decide ─► write record (outcomes before, intent next) ─► submit ─► outcomes ─┐ ─► close
//!                  └──────────────────────────◄──────────────────────────────────────────────────┘
//! ```
//! Who crashes between a record and the next leaves an intent without outcomes: whoever takes the batch
//! up after that writes "unknown" for it, and nobody in it is handed over again.

use std::sync::Arc;

use domain::{
    api_key::KeyMode,
    campaign::{CampaignStatus, breaks},
    ids::{MessageId, MessageReference, Slot},
    journal::{Record, SlotOutcome},
    msisdn::Msisdn,
    outcome::{NotTaken, RefusalReason, SubmitResult},
    retry::{self, RetryDecision},
    timestamp::{Millis, Timestamp},
};
use platform::random;
use providers::{MAX_RECIPIENTS_PER_CALL, Provider, Recipient, Submission, Submitted};
use queue::BatchTask;
use stores::{
    StoreError,
    campaigns::{BatchRecord, BatchState, CampaignHeader, CampaignText, Claimed, RETENTION, Written},
};

use crate::{
    Dispatcher,
    plan::{Situation, Step, has_queued, next_step},
};

/// Time that a group may take: the provider's longest answer and the writes around it. With less left
/// before the deadline no group is begun.
const GROUP_TIME: Millis = Millis::from_secs(25);
/// Tries of a close that meets delivery reports.
const CLOSE_ATTEMPTS: u32 = 5;
/// The pause that follows a campaign whose refusals passed the threshold.
const TOO_MANY_REFUSALS: &str = "too_many_refusals";

/// What became of a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dispatched {
    /// There was nothing to do, or others do it.
    Nothing,
    /// No such batch was ever planned.
    NoSuchBatch,
    /// The batch is closed.
    Closed,
    /// Somebody else went on with the batch.
    Fenced,
    /// Something is left, to be taken up again after this long.
    Left {
        /// How long to wait.
        wait: Millis,
    },
}

/// A claimed batch and everything it is worked off with.
struct Worker<'a> {
    dispatcher: &'a Dispatcher,
    provider: Arc<dyn Provider>,
    task: BatchTask,
    token: u64,
    deadline: Timestamp,
    header: CampaignHeader,
    text: CampaignText,
    batch: BatchRecord,
    opt_outs: OptOuts,
}

/// Recipients that opted out, as of a version of the organisation's opt-outs.
struct OptOuts {
    version: u64,
    slots: Vec<Slot>,
}

/// Why a worker stops before everybody is handed over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// The function's time is up.
    OutOfTime,
    /// The provider asked for time.
    AskedToWait(Option<Millis>),
}

impl Dispatcher {
    /// Works a batch off as far as it goes.
    pub async fn run(&self, task: BatchTask, deadline: Timestamp) -> Result<Dispatched, StoreError> {
        let campaigns = &self.stores.campaigns;
        let BatchTask { organisation, campaign, batch } = task;
        let Some(record) = campaigns.batch(organisation, campaign, batch).await? else {
            return Ok(Dispatched::NoSuchBatch);
        };
        let header = campaigns.header(organisation, campaign).await?;
        let text = campaigns.text(organisation, campaign).await?;
        let (Some(header), Some(text)) = (header, text) else { return Ok(Dispatched::NoSuchBatch) };
        if record.head.state == BatchState::Closed {
            // Its closer may have died before it could end the campaign.
            campaigns.finish(&header, self.clock.now()).await?;
            return Ok(Dispatched::Nothing);
        }
        if matches!(header.state, CampaignStatus::Scheduled | CampaignStatus::Paused) {
            return Ok(Dispatched::Nothing);
        }
        let (token, now) = (random::token()?, self.clock.now());
        if campaigns.claim(organisation, campaign, batch, token, deadline, now).await? == Claimed::Held {
            return Ok(Dispatched::Nothing);
        }
        campaigns.start(&header, now).await?;
        let provider = match header.mode {
            KeyMode::Live => self.live.clone(),
            KeyMode::Test => self.test.clone(),
        };
        let opt_outs = OptOuts { version: header.opt_outs_version, slots: Vec::new() };
        let dispatcher = self;
        Worker { dispatcher, provider, task, token, deadline, header, text, batch: record, opt_outs }
            .work()
            .await
    }
}

impl Worker<'_> {
    async fn work(mut self) -> Result<Dispatched, StoreError> {
        let mut outcomes = self.lost_outcomes();
        let mut stop = None;
        loop {
            stop = stop.or_else(|| self.out_of_time());
            self.look_up().await?;
            // A provider account's time is leased before the intent: waiting must not leave one open.
            let step = self.next_step(stop);
            if outcomes.is_empty() && step == Step::default() {
                break;
            }
            if !step.intent.is_empty() {
                self.wait_for_pace(step.intent.len()).await?;
            }
            if self.write(&step, std::mem::take(&mut outcomes)).await? == Written::Fenced {
                return Ok(Dispatched::Fenced);
            }
            if !step.intent.is_empty() {
                (outcomes, stop) = self.hand_over(&step.intent).await?;
            }
        }
        if self.batch.progress.is_done() { self.close().await } else { self.leave(stop).await }
    }

    /// What a predecessor handed over without learning, or writing, what came of it.
    fn lost_outcomes(&self) -> Vec<SlotOutcome> {
        let lost = self.batch.progress.in_flight().len();
        if lost > 0 {
            let (campaign, batch) = (self.task.campaign.get(), self.task.batch);
            tracing::warn!(campaign.id = campaign, batch.number = batch, lost, "a group was left in flight");
        }
        vec![SlotOutcome::Unknown; lost]
    }

    fn out_of_time(&self) -> Option<Stop> {
        let left = self.deadline.since(self.dispatcher.clock.now());
        (left < GROUP_TIME).then_some(Stop::OutOfTime)
    }

    /// Reads what may have changed since the last group: the campaign's state and the opt-outs.
    async fn look_up(&mut self) -> Result<(), StoreError> {
        let BatchTask { organisation, campaign, .. } = self.task;
        let stores = &self.dispatcher.stores;
        if let Some(header) = stores.campaigns.header(organisation, campaign).await? {
            self.header = header;
        }
        if !has_queued(&self.batch.progress) {
            return Ok(());
        }
        let version = stores.accounts.opt_outs.version(organisation).await?;
        if version != self.opt_outs.version {
            let recipients = self.batch.plan.recipients();
            let out = stores.accounts.opt_outs.contains_any(organisation, recipients).await?;
            let slot = |number: &u64| recipients.binary_search(number).ok().map(|slot| slot as Slot);
            self.opt_outs = OptOuts { version, slots: out.iter().filter_map(slot).collect() };
        }
        Ok(())
    }

    fn next_step(&self, stop: Option<Stop>) -> Step {
        let situation = Situation {
            campaign: self.header.state,
            valid_until: self.header.valid_until,
            opted_out: &self.opt_outs.slots,
            group: self.provider.max_recipients().min(MAX_RECIPIENTS_PER_CALL),
            stops: stop.is_some(),
            now: self.dispatcher.clock.now(),
        };
        next_step(&self.batch.progress, &situation)
    }

    async fn wait_for_pace(&self, recipients: usize) -> Result<(), StoreError> {
        let Some(pace) = self.dispatcher.pace.filter(|_| self.header.mode == KeyMode::Live) else {
            return Ok(());
        };
        let segments = recipients as u32 * u32::from(self.text.message.segments().get());
        let account = self.provider.name().to_string();
        let now = self.dispatcher.clock.now();
        let slice = self.dispatcher.stores.campaigns.lease_pace(&account, pace, segments, now).await?;
        tokio::time::sleep(std::time::Duration::from_millis(slice.wait.0.unsigned_abs())).await;
        Ok(())
    }

    /// Writes the next record and, where it is ours, folds it.
    async fn write(&mut self, step: &Step, outcomes: Vec<SlotOutcome>) -> Result<Written, StoreError> {
        let BatchTask { organisation, campaign, batch } = self.task;
        let record = Record {
            token: self.token,
            at: self.dispatcher.clock.now(),
            outcomes,
            dropped: step.dropped.clone(),
            intent: step.intent.clone(),
        };
        let place = self.batch.progress.next_record();
        let expires_at = self.header.created_at.plus(RETENTION);
        let campaigns = &self.dispatcher.stores.campaigns;
        let written =
            campaigns.write_record(organisation, campaign, batch, place, &record, expires_at).await?;
        if written == Written::Ours {
            self.batch
                .progress
                .apply(record)
                .map_err(|error| StoreError::Unreadable { what: "a journal", reason: error.to_string() })?;
        }
        Ok(written)
    }

    /// Calls the provider, once, with those whom the last record intends.
    async fn hand_over(&self, intent: &[Slot]) -> Result<(Vec<SlotOutcome>, Option<Stop>), StoreError> {
        let recipients: Vec<Recipient> = intent.iter().filter_map(|slot| self.recipient(*slot)).collect();
        let submission = Submission::new(self.header.sender.clone(), self.text.message.clone(), recipients);
        let submission = submission
            .map_err(|error| StoreError::Unreadable { what: "a batch", reason: error.to_string() })?;
        let submitted = self.provider.submit(&submission).await;
        let Submitted { result, fault } = submitted;
        if let Some(fault) = fault {
            self.pause(fault.code()).await?;
        }
        Ok(match result {
            SubmitResult::Answered(outcomes) => {
                let outcomes: Vec<SlotOutcome> = outcomes.into_iter().map(SlotOutcome::from).collect();
                self.note_opt_outs(&submission, &outcomes).await;
                let put_off = outcomes.contains(&SlotOutcome::Returned);
                (outcomes, put_off.then_some(Stop::AskedToWait(None)))
            }
            SubmitResult::NotTaken(why) => (vec![SlotOutcome::NotTaken; intent.len()], self.stop_after(&why)),
        })
    }

    fn recipient(&self, slot: Slot) -> Option<Recipient> {
        let BatchTask { organisation, campaign, batch } = self.task;
        let reference = MessageReference { organisation, message: MessageId { campaign, batch, slot } };
        Some(Recipient { msisdn: self.batch.plan.recipient(slot)?, reference })
    }

    fn stop_after(&self, why: &NotTaken) -> Option<Stop> {
        let provider = self.provider.name();
        tracing::warn!(%provider, ?why, "the provider took nobody of a call");
        match why {
            NotTaken::Throttled { retry_after } => Some(Stop::AskedToWait(*retry_after)),
            NotTaken::Unreachable => Some(Stop::AskedToWait(None)),
            NotTaken::Account(_) => Some(Stop::OutOfTime),
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

    async fn pause(&self, reason: &str) -> Result<(), StoreError> {
        let BatchTask { organisation, campaign, .. } = self.task;
        tracing::error!(campaign.id = campaign.get(), reason, "a campaign is paused");
        let now = self.dispatcher.clock.now();
        self.dispatcher.stores.campaigns.pause(organisation, campaign, Some(reason), now).await.map(drop)
    }

    /// Closes the batch, and the campaign where it was the last.
    async fn close(mut self) -> Result<Dispatched, StoreError> {
        let BatchTask { organisation, campaign, batch } = self.task;
        let campaigns = &self.dispatcher.stores.campaigns;
        for _ in 0..CLOSE_ATTEMPTS {
            let now = self.dispatcher.clock.now();
            if campaigns.close_batch(&self.header, &self.text, &self.batch, self.token, now).await? {
                self.after_close().await?;
                return Ok(Dispatched::Closed);
            }
            match campaigns.batch(organisation, campaign, batch).await? {
                Some(record) if record.head.state == BatchState::Closed => {
                    self.after_close().await?;
                    return Ok(Dispatched::Closed);
                }
                Some(record) => self.batch = record,
                None => return Ok(Dispatched::NoSuchBatch),
            }
        }
        Ok(Dispatched::Left { wait: Millis::from_secs(1) })
    }

    async fn after_close(&self) -> Result<(), StoreError> {
        let BatchTask { organisation, campaign, .. } = self.task;
        let campaigns = &self.dispatcher.stores.campaigns;
        let Some(header) = campaigns.header(organisation, campaign).await? else { return Ok(()) };
        if header.open_batches == 0 {
            campaigns.finish(&header, self.dispatcher.clock.now()).await?;
        } else if header.state.is_sending() && breaks(&header.report().counts) {
            self.pause(TOO_MANY_REFUSALS).await?;
        }
        Ok(())
    }

    /// Gives the batch back with what is left of it.
    async fn leave(self, stop: Option<Stop>) -> Result<Dispatched, StoreError> {
        let BatchTask { organisation, campaign, batch } = self.task;
        let now = self.dispatcher.clock.now();
        let wait = match stop {
            Some(Stop::AskedToWait(retry_after)) => {
                let left = self.header.valid_until.since(now);
                match retry::decide(self.batch.head.delays, random::jitter(), retry_after, left) {
                    RetryDecision::RetryIn(wait) => wait,
                    // The next worker finds the validity over and gives everybody up.
                    RetryDecision::GiveUp => left,
                }
            }
            Some(Stop::OutOfTime) | None => Millis(0),
        };
        let delay = matches!(stop, Some(Stop::AskedToWait(_))).then(|| now.plus(wait));
        let campaigns = &self.dispatcher.stores.campaigns;
        campaigns.give_back(organisation, campaign, batch, self.token, delay).await?;
        let paused = !self.header.state.is_sending();
        Ok(if paused { Dispatched::Nothing } else { Dispatched::Left { wait } })
    }
}
