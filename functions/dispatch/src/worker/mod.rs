//! One batch, from claim to close.
//!
//! ```text
//! read ─► claim ─► ┌─ decide ─► write record (outcomes before, intent next) ─► submit ─► outcomes ─┐ ─► close
//!                  └──────────────────────────◄──────────────────────────────────────────────────┘
//! ```
//! If a worker crashes after writing an intent, the next worker records "unknown" for those recipients and never
//! sends to them again.

mod aside;
mod call;
mod campaign_accounts;
mod ending;
mod follow_up;
mod hand_over;
mod own_reports;
mod plan;
mod refresh;
mod stops;
mod turn;

use std::collections::BTreeSet;

use domain::{
    batch::BatchState,
    campaign::{CampaignStatus, Counts},
    dispatch::{Act, FollowUp, Group, Step, Stop, next_act},
    ids::{AccountName, Slot},
    journal::{JournalError, Record, SlotOutcome, Written},
    keys::BatchKey,
    pacing::Probe,
    timestamp::{Millis, Timestamp},
};
use futures_util::future::{join, join3};
use platform::random;
use providers::{CallTimeout, MAX_RECIPIENTS_PER_CALL};
use queue::ReportTask;
use stores::{
    StoreError,
    campaigns::{BatchRecord, CampaignHeader, CampaignText, Claimed},
};

use self::{call::Call, campaign_accounts::CampaignAccounts};
use crate::dispatcher::Dispatcher;

/// Time that a group may take: the provider's longest answer and the writes around it. With less left
/// before the deadline no group is begun.
pub const GROUP_TIME: Millis = Millis::from_secs(25);
const _: () = assert!(CallTimeout::MAX_MS as i64 + Millis::from_secs(5).0 <= GROUP_TIME.0);
/// Wait before a batch that another worker continued is looked at again.
const FENCED_WAIT: Millis = Millis::from_secs(1);

/// The result of a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dispatched {
    /// The batch needs no work, or another worker does it.
    Nothing,
    /// The campaign has no such batch.
    NoSuchBatch,
    /// The batch cannot be read. It stays set aside until an operator has repaired it.
    SetAside,
    /// The batch is closed.
    Closed,
    /// Another worker went on with the batch; this message comes back after a short wait.
    Fenced {
        /// How long to wait.
        wait: Millis,
    },
    /// Recipients are left; the batch must be taken up again after this wait.
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

/// A claimed batch, with everything that dispatching it needs.
struct Worker<'a> {
    dispatcher: &'a Dispatcher,
    accounts: CampaignAccounts,
    key: BatchKey,
    token: u64,
    deadline: Timestamp,
    header: CampaignHeader,
    text: CampaignText,
    batch: BatchRecord,
    opt_outs: OptOuts,
    /// The outcomes of this worker's own calls, which the campaign's counters do not have before the batch closes.
    handed_over: Counts,
    /// The permission of the next call, if it is a probe of an account in doubt or closed.
    probe: Option<Probe>,
    /// Most recipients of the next call, by the turn just taken.
    most: usize,
    /// Delivery reports that the provider's adapter made for the last call; queued once its outcomes are stored.
    own_reports: Vec<ReportTask>,
}

/// The outcomes and the follow-up of the last call (at first, of a call that an earlier worker lost), and why no other
/// call is made.
#[derive(Default)]
struct LastCall {
    /// The outcomes, until a record has them.
    outcomes: Vec<SlotOutcome>,
    /// The account and the follow-up, until it is carried out.
    follow_up: Option<(AccountName, FollowUp)>,
    stop: Option<Stop>,
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

impl Dispatcher {
    /// Hands over as many recipients of a batch as possible; a batch that cannot be read is set aside.
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
        let (connected, own) =
            join(self.accounts_of(stored.header.mode), self.own_routes(&stored.header)).await;
        let accounts = CampaignAccounts::new(connected?, own?, &stored.header, &stored.batch.plan);
        if self.take_up(key, &stored, &accounts.routed, token, deadline).await? == Claimed::Held {
            return Ok(Dispatched::Nothing);
        }
        self.worker(key, stored, accounts, token, deadline).work().await
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
        routed: &BTreeSet<AccountName>,
        token: u64,
        deadline: Timestamp,
    ) -> Result<Claimed, StoreError> {
        let StoredBatch { batch, header, .. } = stored;
        let (campaigns, now) = (&self.stores.campaigns, self.clock.now());
        if batch.head.state == BatchState::Closed {
            // The worker that closed the batch may have crashed before it could end the campaign.
            campaigns.finish(header, now).await?;
            return Ok(Claimed::Held);
        }
        let waits = matches!(header.state, CampaignStatus::Scheduled | CampaignStatus::Paused);
        if waits || batch.head.state == BatchState::SetAside || self.is_stopped(header, routed).await? {
            return Ok(Claimed::Held);
        }
        let claimed = campaigns.claim(header, key.batch, token, deadline, now).await?;
        if claimed == Claimed::Ours {
            campaigns.start(header, now).await?;
        }
        Ok(claimed)
    }

    fn worker(
        &self,
        key: BatchKey,
        stored: StoredBatch,
        accounts: CampaignAccounts,
        token: u64,
        deadline: Timestamp,
    ) -> Worker<'_> {
        let StoredBatch { batch, header, text } = stored;
        Worker {
            dispatcher: self,
            accounts,
            key,
            token,
            deadline,
            opt_outs: OptOuts { version: header.opt_outs_version, slots: erased_slots(&batch) },
            header,
            text,
            batch,
            handed_over: Counts::default(),
            probe: None,
            most: MAX_RECIPIENTS_PER_CALL,
            own_reports: Vec::new(),
        }
    }
}

impl Worker<'_> {
    async fn work(mut self) -> Result<Dispatched, StoreError> {
        let mut last = LastCall { outcomes: self.lost_outcomes(), ..LastCall::default() };
        loop {
            let follow_up = last.follow_up.map(|(_, follow_up)| follow_up).unwrap_or_default();
            // Boxed, because the future of planning is much larger than the rest of a worker.
            let planned = Box::pin(self.plan(&mut last.stop, follow_up)).await;
            let planned = planned
                .and_then(|step| Ok((step.group.as_ref().map(|group| self.call(group)).transpose()?, step)));
            // Known outcomes are written even if planning fails: without a record they would be unknown for ever.
            let ((call, step), failure) =
                planned.map_or_else(|error| (Default::default(), Some(error)), |planned| (planned, None));
            if last.outcomes.is_empty() && step == Step::default() {
                failure.map_or(Ok(()), Err)?;
                break;
            }
            let Some(after) = self.carry_out_step(&step, call, last).await? else {
                return self.fenced().await;
            };
            last = after;
            failure.map_or(Ok(()), Err)?;
        }
        if self.batch.progress.is_done() { self.close().await } else { self.leave(last.stop).await }
    }

    /// Writes the record of a step, and makes the step's call. `None` if another worker has the batch.
    async fn carry_out_step(
        &mut self,
        step: &Step,
        mut call: Option<Call>,
        mut before: LastCall,
    ) -> Result<Option<LastCall>, StoreError> {
        let mut after = LastCall { stop: before.stop, ..LastCall::default() };
        let mut written = None;
        loop {
            match next_act(written, call.is_some()) {
                Act::Write => written = Some(self.write_after_call(step, std::mem::take(&mut before)).await?),
                Act::Call => {
                    if let Some(call) = call.take() {
                        after = self.make_call(&call).await;
                    }
                }
                Act::Decide => return Ok(Some(after)),
                Act::Leave => return Ok(None),
            }
        }
    }

    /// Writes the record of a step with the outcomes of the last call, and carries out that call's follow-up.
    async fn write_after_call(&mut self, step: &Step, last: LastCall) -> Result<Written, StoreError> {
        let written = self.write(step, last.outcomes).await;
        if matches!(written, Ok(Written::Ours)) {
            self.queue_own_reports().await;
        }
        // The news of a call about its account holds even if planning or this write fails, or another worker has the
        // batch: otherwise an account in doubt would get the next batch at full size.
        let carried_out = match last.follow_up {
            Some((account, follow_up)) => self.carry_out(account, follow_up).await,
            None => Ok(()),
        };
        let written = written?;
        carried_out?;
        Ok(written)
    }

    /// Makes a call, and marks its account if the account cannot be used any more.
    async fn make_call(&mut self, call: &Call) -> LastCall {
        let (outcomes, follow_up) = self.hand_over(call).await;
        if let Some(unavailable) = follow_up.unavailable {
            self.accounts.usable.mark(call.account, unavailable);
        }
        LastCall { outcomes, stop: follow_up.stop, follow_up: Some((call.account, follow_up)) }
    }

    /// "Unknown" for each recipient that an earlier worker handed over without writing the outcome.
    fn lost_outcomes(&self) -> Vec<SlotOutcome> {
        let lost = self.batch.progress.in_flight().len();
        if lost > 0 {
            tracing::warn!(lost, "a group was handed over without recorded outcomes");
            self.count_unconfirmed(lost);
        }
        vec![SlotOutcome::Unknown; lost]
    }

    /// Writes the next record; if this worker was first, adds it to the batch's progress.
    async fn write(&mut self, step: &Step, outcomes: Vec<SlotOutcome>) -> Result<Written, StoreError> {
        let record = Record {
            token: self.token,
            at: self.dispatcher.clock.now(),
            outcomes,
            dropped: step.dropped.clone(),
            intent: step.group.as_ref().and_then(Group::intent),
        };
        let unreadable =
            |error: JournalError| StoreError::Unreadable { what: "a journal", reason: error.to_string() };
        let checked = self.batch.progress.check(record).map_err(unreadable)?;
        let expires_at = self.header.kept_until;
        let campaigns = &self.dispatcher.stores.campaigns;
        // Before the record, because its outcomes are part of the campaign's counts at once.
        campaigns.begin(&self.header, self.key.batch).await?;
        self.header.begun.insert(self.key.batch);
        let written = campaigns.write_record(self.key, &checked, expires_at).await?;
        if written == Written::Ours {
            self.batch.progress.apply(checked.into_record()).map_err(unreadable)?;
        }
        Ok(written)
    }
}
