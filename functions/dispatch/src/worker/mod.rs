//! One batch, from claim to close.
//!
//! ```text
//! read ─► claim ─► ┌─ decide ─► write record (outcomes before, intent next) ─► submit ─► outcomes ─┐ ─► close
//!                  └──────────────────────────◄──────────────────────────────────────────────────┘
//! ```
//! If a worker crashes after writing an intent, the next worker records "unknown" for those recipients and never
//! sends to them again.

mod aside;
mod ending;
mod follow_up;
mod hand_over;
mod own_reports;
mod stops;
mod turn;

use std::sync::Arc;

use domain::{
    api_key::KeyMode,
    batch::BatchState,
    campaign::{CampaignStatus, Counts},
    dispatch::{FollowUp, HandOver, Situation, Step, Stop, has_queued, next_step},
    ids::Slot,
    journal::{Intent, JournalError, Record, SlotOutcome},
    keys::BatchKey,
    pacing::{PROBE_RECIPIENTS, Probe, Turn},
    timestamp::{Millis, Timestamp},
};
use futures_util::future::{OptionFuture, join3};
use platform::random;
use providers::{CallTimeout, MAX_RECIPIENTS_PER_CALL, Provider};
use queue::ReportTask;
use stores::{
    StoreError,
    campaigns::{BatchRecord, CampaignHeader, CampaignText, Claimed, StoredTurns, Written},
};

use crate::dispatcher::Dispatcher;

/// Time that a group may take: the provider's longest answer and the writes around it. With less left
/// before the deadline no group is begun.
pub const GROUP_TIME: Millis = Millis::from_secs(25);
const _: () = assert!(CallTimeout::MAX_MS as i64 + Millis::from_secs(5).0 <= GROUP_TIME.0);
/// How soon a batch that another worker went on with is looked at again.
const FENCED_WAIT: Millis = Millis::from_secs(1);

/// The result of a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dispatched {
    /// There was nothing to do, or others do it.
    Nothing,
    /// No such batch was ever planned.
    NoSuchBatch,
    /// The batch cannot be read. It is set aside: nothing is done about it until an operator has mended it.
    SetAside,
    /// The batch is closed.
    Closed,
    /// Another worker went on with the batch; it is looked at again soon.
    Fenced {
        /// How long to wait.
        wait: Millis,
    },
    /// Something is left, to be taken up again after this long.
    Left {
        /// How long to wait.
        wait: Millis,
    },
}

/// A batch and its campaign, as they are stored.
struct StoredBatch {
    batch: BatchRecord,
    header: CampaignHeader,
    text: CampaignText,
}

/// A claimed batch and everything it is worked off with.
struct Worker<'a> {
    dispatcher: &'a Dispatcher,
    provider: Arc<dyn Provider>,
    key: BatchKey,
    token: u64,
    deadline: Timestamp,
    header: CampaignHeader,
    text: CampaignText,
    batch: BatchRecord,
    opt_outs: OptOuts,
    /// The outcomes of this worker's own calls, which the campaign's counters do not have before the batch closes.
    handed_over: Counts,
    /// The permission under which the next call, or the one just made, is a probe of an account in doubt.
    probe: Option<Probe>,
    /// Recipients that the turn just taken is for.
    turn: Option<usize>,
    /// Delivery reports that the provider's adapter made for the last call; queued once its outcomes are stored.
    own_reports: Vec<ReportTask>,
}

/// Recipients that opted out, as of a version of the organisation's opt-outs, and those that were erased.
struct OptOuts {
    version: u64,
    slots: Vec<Slot>,
}

/// Slots whose recipients were erased: they have no number, and the person is opted out.
fn erased_slots(batch: &BatchRecord) -> Vec<Slot> {
    batch.plan.erased().keys().copied().collect()
}

/// Whether a look-up reads the account's turns too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ReadTurns {
    Yes,
    No,
}

impl Dispatcher {
    /// Works a batch off as far as it goes; one that cannot be read is set aside.
    pub async fn run(&self, key: BatchKey, deadline: Timestamp) -> Result<Dispatched, StoreError> {
        let token = random::token()?;
        match self.work_off(key, token, deadline).await {
            Err(StoreError::Unreadable { what, .. }) => self.set_aside(key, token, what).await,
            done => done,
        }
    }

    async fn work_off(
        &self,
        key: BatchKey,
        token: u64,
        deadline: Timestamp,
    ) -> Result<Dispatched, StoreError> {
        let Some(stored) = self.read(key).await? else { return Ok(Dispatched::NoSuchBatch) };
        if self.take_up(key, &stored, token, deadline).await? == Claimed::Held {
            return Ok(Dispatched::Nothing);
        }
        self.worker(key, stored, token, deadline).work().await
    }

    async fn read(&self, key: BatchKey) -> Result<Option<StoredBatch>, StoreError> {
        let campaigns = &self.stores.campaigns;
        let (batch, header, text) =
            join3(campaigns.batch(key), campaigns.header(key.campaign), campaigns.text(key.campaign)).await;
        let (Some(batch), Some(header), Some(text)) = (batch?, header?, text?) else { return Ok(None) };
        Ok(Some(StoredBatch { batch, header, text }))
    }

    /// Claims the batch and starts its campaign, unless the batch is closed, set aside or held by another worker, its
    /// campaign waits, or an operator has stopped dispatching.
    async fn take_up(
        &self,
        key: BatchKey,
        stored: &StoredBatch,
        token: u64,
        deadline: Timestamp,
    ) -> Result<Claimed, StoreError> {
        let StoredBatch { batch, header, .. } = stored;
        let (campaigns, now) = (&self.stores.campaigns, self.clock.now());
        if batch.head.state == BatchState::Closed {
            // The worker that closed it may have crashed before it could end the campaign.
            campaigns.finish(header, now).await?;
            return Ok(Claimed::Held);
        }
        let waits = matches!(header.state, CampaignStatus::Scheduled | CampaignStatus::Paused);
        if waits || batch.head.state == BatchState::SetAside || self.is_stopped(header).await? {
            return Ok(Claimed::Held);
        }
        let claimed = campaigns.claim(header, key.batch, token, deadline, now).await?;
        if claimed == Claimed::Ours {
            campaigns.start(header, now).await?;
        }
        Ok(claimed)
    }

    fn worker(&self, key: BatchKey, stored: StoredBatch, token: u64, deadline: Timestamp) -> Worker<'_> {
        let StoredBatch { batch, header, text } = stored;
        let provider = match header.mode {
            KeyMode::Live => self.live.clone(),
            KeyMode::Test => self.test.clone(),
        };
        Worker {
            dispatcher: self,
            provider,
            key,
            token,
            deadline,
            opt_outs: OptOuts { version: header.opt_outs_version, slots: erased_slots(&batch) },
            header,
            text,
            batch,
            handed_over: Counts::default(),
            probe: None,
            turn: None,
            own_reports: Vec::new(),
        }
    }
}

impl Worker<'_> {
    async fn work(mut self) -> Result<Dispatched, StoreError> {
        let mut outcomes = self.lost_outcomes();
        let mut follow_up = FollowUp::default();
        let mut stop = None;
        loop {
            let planned = self.plan(&mut stop, follow_up).await;
            let planned = planned.and_then(|step| Ok((self.submission(&step.intent)?, step)));
            // Known outcomes are written even if planning fails: unwritten, they would be unknown for ever.
            let ((submission, step), failure) =
                planned.map_or_else(|error| (Default::default(), Some(error)), |planned| (planned, None));
            if outcomes.is_empty() && step == Step::default() {
                failure.map_or(Ok(()), Err)?;
                break;
            }
            if self.write(&step, std::mem::take(&mut outcomes)).await? == Written::Fenced {
                return self.fenced().await;
            }
            self.queue_own_reports().await;
            failure.map_or(Ok(()), Err)?;
            self.carry_out(std::mem::take(&mut follow_up)).await?;
            if let Some(submission) = submission {
                (outcomes, follow_up) = self.hand_over(&submission).await;
                stop = follow_up.stop;
            }
        }
        if self.batch.progress.is_done() { self.close().await } else { self.leave(stop).await }
    }

    /// The next step, by what has changed meanwhile. No recipient is handed over while a follow-up is due.
    async fn plan(&mut self, stop: &mut Option<Stop>, follow_up: FollowUp) -> Result<Step, StoreError> {
        *stop = stop.or_else(|| self.out_of_time());
        self.turn = None;
        let is_due = follow_up.is_due() || self.probe.is_some();
        let hand_over = if is_due { HandOver::Stops } else { HandOver::after(*stop) };
        let needs_turn = self.uses_account() && !self.next_step(hand_over).intent.is_empty();
        let read_turns = if needs_turn { ReadTurns::Yes } else { ReadTurns::No };
        let turns = self.look_up(read_turns).await?;
        if self.dispatcher.is_stopped(&self.header).await? {
            *stop = stop.or(Some(Stop::Ends));
        }
        let hand_over = if is_due { HandOver::Stops } else { HandOver::after(*stop) };
        let step = self.next_step(hand_over);
        if step.intent.is_empty() || !self.uses_account() {
            return Ok(step);
        }
        let turns = match turns {
            Some(turns) => turns,
            None => self.account_turns().await?,
        };
        // The turn is taken before the intent is written: a wait must not leave one open.
        let now = self.dispatcher.clock.now();
        match self.wait_for_turn(turns, step.intent.len(), now).await? {
            Turn::Go { wait, recipients } => {
                self.turn = Some(recipients);
                if wait > Millis(0) {
                    *stop = self.after_waiting(now.plus(wait)).await?;
                }
            }
            Turn::Probe(probe) => self.probe = Some(probe),
            Turn::Later(wait) => *stop = Some(Stop::Paced(wait)),
            Turn::InDoubt(wait) => *stop = Some(Stop::InDoubt(wait)),
        }
        Ok(self.next_step(HandOver::after(*stop)))
    }

    /// What may have changed while a worker waited for its turn. A campaign that was
    /// cancelled or a recipient that opted out must not be handed over, and nothing to an account that is now closed
    /// beyond the turn's beginning.
    async fn after_waiting(&mut self, began: Timestamp) -> Result<Option<Stop>, StoreError> {
        let stored = self.look_up(ReadTurns::Yes).await?.unwrap_or_default();
        let turns = stored.turns();
        let closed_for = turns.closed_until().since(began);
        Ok((closed_for > Millis(0)).then_some(match turns.doubt().lasts() {
            true => Stop::InDoubt(closed_for),
            false => Stop::Paced(closed_for),
        }))
    }

    /// "Unknown" for each recipient that an earlier worker handed over without writing the outcome.
    fn lost_outcomes(&self) -> Vec<SlotOutcome> {
        let lost = self.batch.progress.in_flight().len();
        if lost > 0 {
            tracing::warn!(lost, "a group was left in flight");
            self.count_unconfirmed(lost);
        }
        vec![SlotOutcome::Unknown; lost]
    }

    fn out_of_time(&self) -> Option<Stop> {
        (self.time_left() < GROUP_TIME).then_some(Stop::Ends)
    }

    fn time_left(&self) -> Millis {
        self.deadline.since(self.dispatcher.clock.now())
    }

    /// Reads together what may have changed since the last group: the campaign's state, the opt-outs, and the
    /// account's turns if they are needed.
    async fn look_up(&mut self, read_turns: ReadTurns) -> Result<Option<StoredTurns>, StoreError> {
        let stores = &self.dispatcher.stores;
        let (campaign, organisation) = (self.key.campaign, self.key.campaign.organisation);
        let version =
            has_queued(&self.batch.progress).then(|| stores.accounts.opt_outs.version(organisation));
        let (header, version, turns) = join3(
            stores.campaigns.header(campaign),
            OptionFuture::from(version),
            OptionFuture::from((read_turns == ReadTurns::Yes).then(|| self.account_turns())),
        )
        .await;
        if let Some(header) = header? {
            self.header = header;
        }
        if let Some(version) = version.transpose()? {
            self.read_opt_outs(version).await?;
        }
        turns.transpose()
    }

    async fn read_opt_outs(&mut self, version: u64) -> Result<(), StoreError> {
        let stores = &self.dispatcher.stores;
        let organisation = self.key.campaign.organisation;
        if version != self.opt_outs.version {
            let recipients = self.batch.plan.recipients();
            let out = stores.accounts.opt_outs.contains_any(organisation, recipients).await?;
            let slots = out.into_iter().filter_map(|number| self.batch.plan.slot_of(number));
            self.opt_outs = OptOuts { version, slots: slots.chain(erased_slots(&self.batch)).collect() };
        }
        Ok(())
    }

    fn next_step(&self, hand_over: HandOver) -> Step {
        let most = if self.probe.is_some() { PROBE_RECIPIENTS } else { MAX_RECIPIENTS_PER_CALL };
        let situation = Situation {
            campaign: self.header.state,
            valid_until: self.header.valid_until,
            opted_out: &self.opt_outs.slots,
            token: self.token,
            group: self.provider.max_recipients().min(most).min(self.turn.unwrap_or(most)),
            hand_over,
            now: self.dispatcher.clock.now(),
        };
        next_step(&self.batch.progress, &situation)
    }

    /// Writes the next record and, if it is ours, folds it.
    async fn write(&mut self, step: &Step, outcomes: Vec<SlotOutcome>) -> Result<Written, StoreError> {
        let record = Record {
            token: self.token,
            at: self.dispatcher.clock.now(),
            outcomes,
            dropped: step.dropped.clone(),
            intent: Intent::new(self.provider.account(), step.intent.clone()),
        };
        let unreadable =
            |error: JournalError| StoreError::Unreadable { what: "a journal", reason: error.to_string() };
        let checked = self.batch.progress.check(record).map_err(unreadable)?;
        let expires_at = self.header.kept_until;
        let campaigns = &self.dispatcher.stores.campaigns;
        // Before the record: what it says is part of the campaign's counts at once.
        campaigns.begin(&self.header, self.key.batch).await?;
        self.header.begun.insert(self.key.batch);
        let written = campaigns.write_record(self.key, &checked, expires_at).await?;
        if written == Written::Ours {
            self.batch.progress.apply(checked.into_record()).map_err(unreadable)?;
        }
        Ok(written)
    }
}
