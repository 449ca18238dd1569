//! The function `clock`, every minute: starts due campaigns, enqueues stalled batches again, finishes campaigns, ends
//! the wait for reports, repairs address books whose edits were killed, and removes the contacts of deleted ones.
//!
//! A batch whose message was lost, or was never enqueued because of a crash, is found in the tables and enqueued again,
//! so no message has to be reliable. Each step is a conditional write or a repeatable message, so two clocks at the
//! same time do no harm. It hands nothing to a provider: it enqueues batches whose leases ran out, and the worker that
//! claims one records recipients in flight as unconfirmed.

mod edits;
mod removals;

use std::sync::Arc;

use domain::{
    clock::{ClockAction, FoundBatch, Progress, SeenProgress, UNREADABLE_WAIT},
    ids::BatchNumber,
    keys::CampaignKey,
    stop::Stops,
    timestamp::Timestamp,
};
use lambda_runtime::{LambdaEvent, service_fn};
use platform::{
    clock::Clock,
    environment::{Environment, EnvironmentError},
    http::{HttpClient, Roots},
    telemetry,
};
use queue::{QueueError, Queues};
use serde_json::{Value, json};
use stores::{
    StoreError, Stores,
    campaigns::{CampaignHeader, Controlled, Due, EVERY_DUE_SHARD, Finish, Heads, Moved, UnknownItem},
};
use thiserror::Error;
use tokio::time::Instant;
use tracing::Instrument;

/// Why a run could not finish. The next run tries again.
#[derive(Debug, Error)]
pub enum ClockError {
    /// A table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue did not take a message.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// The clock's stores, queues and time.
#[derive(Clone, Debug)]
pub struct Clockwork {
    pub stores: Stores,
    pub queues: Queues,
    pub clock: Clock,
}

/// The findings of one run, for the metrics that alarms watch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunCounts {
    pub campaigns: usize,
    /// Scheduled campaigns started.
    pub launched: usize,
    /// Batches that were enqueued again.
    pub stalled_batches: usize,
    /// Campaigns ended.
    pub finished: usize,
    /// Address books whose unfinished edit was repaired.
    pub repaired_books: usize,
    /// Deleted address books whose last item was removed.
    pub removed_books: usize,
    /// Deleted address books that still have items, for the next run.
    pub unfinished_removals: usize,
    /// Campaigns and deleted address books that could not be read.
    pub errors: usize,
    /// How long the campaign that is idle for longest has made no progress.
    pub idle_seconds: i64,
}

impl RunCounts {
    /// Records how long a campaign is idle. One that waits only for batches that are set aside does not count, because
    /// another alarm reports these.
    fn note_idle(&mut self, header: &CampaignHeader, progress: SeenProgress, now: Timestamp) {
        if header.open_batches > header.set_aside {
            self.idle_seconds = self.idle_seconds.max(now.since(progress.since).secs_rounded_up());
        }
    }
}

/// The result of starting a scheduled campaign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Launch {
    /// The campaign's batches are enqueued.
    Started,
    /// The campaign has changed: it was cancelled, or another clock started it.
    NotAllowed,
}

impl Clockwork {
    /// Reads the process's environment.
    pub fn from_process() -> Result<Self, EnvironmentError> {
        let mut environment = Environment::new(&platform::environment::process);
        let http = environment.noted(HttpClient::new(Roots::Amazon));
        let clockwork = http.map(|http| Self {
            stores: Stores::read(&mut environment, &http),
            queues: Queues::read(&mut environment, &http),
            clock: Clock::machine(),
        });
        environment.finish(clockwork)
    }

    /// Carries out one run, called by the schedule.
    pub async fn invoke(&self, event: LambdaEvent<Value>) -> Result<Value, ClockError> {
        let span = telemetry::invocation(&event.context.request_id);
        let looked = self.tick().instrument(span).await?;
        Ok(json!({ "campaigns": looked.campaigns }))
    }

    /// Carries out one run. A campaign that cannot be read delays only itself: it is rescheduled.
    pub async fn tick(&self) -> Result<RunCounts, ClockError> {
        let (now, started) = (self.clock.now(), Instant::now());
        let mut looked = RunCounts::default();
        let stops = self.stops().await;
        for shard in EVERY_DUE_SHARD {
            for due in self.stores.campaigns.due(shard, now).await? {
                match due {
                    Due::Campaign(key) => {
                        let look = self.look_at(key, &stops, now, &mut looked);
                        look.instrument(telemetry::campaign(key)).await;
                    }
                    Due::Unknown(item) => self.put_off_unknown(&item, now, &mut looked).await,
                }
            }
        }
        self.finish_left_edits(now, started, &mut looked).await;
        self.remove_deleted_books(now, started, &mut looked).await;
        report(now, &looked);
        Ok(looked)
    }

    /// The stops. If they cannot be read, batches are enqueued although they may be stopped: each worker checks the
    /// stops itself.
    async fn stops(&self) -> Arc<Stops> {
        self.stores.accounts.stops.current(&self.clock).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the stops could not be read");
            Arc::default()
        })
    }

    async fn look_at(&self, key: CampaignKey, stops: &Stops, now: Timestamp, looked: &mut RunCounts) {
        looked.campaigns += 1;
        let Err(error) = self.look(key, stops, now, looked).await else { return };
        looked.errors += 1;
        tracing::error!(%error, "a campaign could not be checked");
        let until = match error {
            ClockError::Store(StoreError::Unreadable { .. }) => now.plus(UNREADABLE_WAIT),
            _ => now,
        };
        if let Err(error) = self.stores.campaigns.put_off(key, until).await {
            tracing::error!(%error, "a campaign could not be put off");
        }
    }

    /// Logs a due item whose key is not a campaign's and reschedules it.
    async fn put_off_unknown(&self, item: &UnknownItem, now: Timestamp, looked: &mut RunCounts) {
        looked.errors += 1;
        tracing::error!("a due item is not a campaign");
        if let Err(error) = self.stores.campaigns.put_off_unknown(item, now.plus(UNREADABLE_WAIT)).await {
            tracing::error!(%error, "a due item that is not a campaign could not be rescheduled");
        }
    }

    async fn look(
        &self,
        key: CampaignKey,
        stops: &Stops,
        now: Timestamp,
        looked: &mut RunCounts,
    ) -> Result<(), ClockError> {
        let campaigns = &self.stores.campaigns;
        let Some(header) = campaigns.header(key).await? else { return Ok(()) };
        let is_held_back = stops.hold_back(key.organisation, header.state, header.valid_until, now);
        match header.progress().clock_action(now) {
            ClockAction::WaitForStart => {}
            ClockAction::Launch => {
                looked.launched += usize::from(self.launch(&header, now).await? == Launch::Started);
            }
            ClockAction::Finish => {
                looked.finished += usize::from(campaigns.finish(&header, now).await? == Finish::Ended);
            }
            ClockAction::WaitForReports { until } => campaigns.wait_for_reports(key, until).await?,
            ClockAction::EndReportWait => self.settle(&header, now).await?,
            ClockAction::EndPause => {
                tracing::warn!("a campaign was paused for too long; it is cancelled");
                campaigns.cancel(key, now).await?;
            }
            ClockAction::AskAgain if !is_held_back => {
                let heads = campaigns.heads(key, 0..header.batches()).await?;
                looked.stalled_batches += self.ask_again(&header, &heads, now).await?;
                let progress = self.progress(&header, now).await?;
                looked.note_idle(&header, progress, now);
                campaigns.look_again(&header, progress, now).await?;
            }
            // No worker may work on the campaign, so it is not idle.
            ClockAction::LeavePaused | ClockAction::AskAgain => {
                let left = SeenProgress::at(now, header.counts.dispatched(), None);
                campaigns.look_again(&header, left, now).await?;
            }
        }
        Ok(())
    }

    /// The progress of a campaign under way. Its begun batches are read only if no batch was closed since the last
    /// check.
    async fn progress(&self, header: &CampaignHeader, now: Timestamp) -> Result<SeenProgress, StoreError> {
        let counts = match Progress::since(header.seen_open, header.open_batches) {
            Progress::Made => header.counts,
            Progress::None => self.stores.campaigns.follow(header.clone()).await?.report.counts,
        };
        Ok(SeenProgress::at(now, counts.dispatched(), header.seen_progress()))
    }

    /// Starts a campaign whose time has come. The state is written first: if enqueueing then fails, the clock finds the
    /// campaign like any other under way.
    async fn launch(&self, header: &CampaignHeader, now: Timestamp) -> Result<Launch, ClockError> {
        let launched = self.stores.campaigns.launch(header.key, now).await?;
        if !matches!(launched, Controlled::Now(_)) {
            return Ok(Launch::NotAllowed);
        }
        self.queues.enqueue_batches(header.key, header.lane(), 0..header.batches()).await?;
        Ok(Launch::Started)
    }

    /// Enqueues every batch that is not done and that no worker holds.
    async fn ask_again(
        &self,
        header: &CampaignHeader,
        heads: &Heads,
        now: Timestamp,
    ) -> Result<usize, ClockError> {
        let headway = Progress::since(header.seen_open, header.open_batches);
        let is_stalled = |batch: &BatchNumber| headway.asks_for(found(heads, *batch), now);
        let stalled: Vec<BatchNumber> = (0..header.batches()).filter(is_stalled).collect();
        let count = stalled.len();
        self.queues.enqueue_batches(header.key, header.lane(), stalled).await?;
        Ok(count)
    }

    /// Ends the wait for reports of a finished campaign: releases the money that it still holds.
    async fn settle(&self, header: &CampaignHeader, now: Timestamp) -> Result<(), ClockError> {
        let campaigns = &self.stores.campaigns;
        if header.held().is_positive() {
            let heads = campaigns.heads(header.key, 0..header.batches()).await?;
            let mut all_released = true;
            for (batch, head) in heads.read.into_iter().filter(|(_, head)| head.held.is_positive()) {
                let released = campaigns.release_unconfirmed(header, batch, head.held, now).await?;
                all_released &= released == Moved::Applied;
            }
            // A report came in between: the rest of the held money is still due, and the next check finds it.
            if !all_released {
                return Ok(());
            }
            // The money of a batch with an unreadable head is still due, too.
            if !heads.unreadable.is_empty() {
                let reason = "money may be held by it".to_owned();
                return Err(StoreError::Unreadable { what: "a batch's head", reason }.into());
            }
        }
        Ok(campaigns.forget(header.key).await?)
    }
}

fn found(heads: &Heads, batch: BatchNumber) -> FoundBatch {
    match heads.read.get(&batch) {
        Some(head) => FoundBatch::Claimed(head.availability()),
        None if heads.unreadable.contains(&batch) => FoundBatch::Unreadable,
        None => FoundBatch::Unclaimed,
    }
}

fn report(now: Timestamp, looked: &RunCounts) {
    let counts = [
        ("CampaignsLookedAt", looked.campaigns as i64),
        ("CampaignsLaunched", looked.launched as i64),
        ("StalledBatches", looked.stalled_batches as i64),
        ("CampaignsFinished", looked.finished as i64),
        ("BooksRepaired", looked.repaired_books as i64),
        ("BooksRemoved", looked.removed_books as i64),
        ("BookRemovalsUnfinished", looked.unfinished_removals as i64),
        (telemetry::CLOCK_ERRORS, looked.errors as i64),
        (telemetry::IDLE_CAMPAIGN_SECONDS, looked.idle_seconds),
    ];
    telemetry::metrics(now.millis(), "clock", &counts);
}

/// Runs the function until Lambda ends it.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    telemetry::start()?;
    let clockwork = Clockwork::from_process()?;
    let clockwork = &clockwork;
    let tick =
        service_fn(|event| async move { Ok::<_, lambda_runtime::Error>(clockwork.invoke(event).await?) });
    lambda_runtime::run(tick).await
}
