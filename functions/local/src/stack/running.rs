//! A stack that runs by itself: does what AWS does without a call.

use std::{ops::Deref, sync::Arc, time::Duration};

use dynoxide::Database;
use futures_util::future::join_all;
use lambda_emulator::{event_source::EventSource, schedule::Schedule};
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;

use super::system::Stack;

/// How often expired items are removed; DynamoDB does it within days.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// How long a stop waits for the invocations under way. One that is cut off loses nothing, but the recipients that it
/// was handing over stay unconfirmed.
const WORK_GRACE: Duration = Duration::from_secs(20);
/// How long a stop lets the sandbox send the reports that are only in its memory: enough for a hundred thousand texts.
/// Lost ones would only have reported a simulated delivery.
const REPORTS_GRACE: Duration = Duration::from_secs(10);

/// A stack that runs by itself until it is stopped; dropping it ends it at once.
pub struct Running {
    tasks: Tasks,
    stack: Stack,
}

/// The tasks that move a stack; they end with their owner.
struct Tasks {
    stop: CancellationToken,
    consumers: Vec<JoinHandle<()>>,
    reporter: JoinHandle<()>,
}

impl Running {
    /// Starts the event sources, the clock, delivery reports, and the removal of expired items.
    pub fn start(stack: Stack) -> Self {
        let stop = CancellationToken::new();
        let sources = stack.batches.iter().chain([&stack.receipts, &stack.aws_events]);
        let mut consumers: Vec<_> = sources.map(|source| consume(source, &stop)).collect();
        consumers.push(tokio::spawn(look(stack.schedule.clone(), stop.clone())));
        let database = stack.dynamodb().map(|dynamodb| dynamodb.database().clone());
        consumers.extend(database.map(|database| tokio::spawn(sweep(database, stop.clone()))));
        let sandbox = stack.sandbox.clone();
        let reporter = tokio::spawn(async move { sandbox.deliver_continuously().await });
        Self { tasks: Tasks { stop, consumers, reporter }, stack }
    }

    /// Stops it without a loss: work under way is finished, the sandbox's remaining reports are put into the queue, and
    /// everything else is already in the tables and queues.
    pub async fn stop(mut self) {
        self.tasks.stop.cancel();
        self.tasks.reporter.abort();
        if let Some(sqs) = self.stack.sqs() {
            sqs.queues().end_polls();
        }
        let consumers = std::mem::take(&mut self.tasks.consumers);
        if timeout(WORK_GRACE, join_all(consumers)).await.is_err() {
            tracing::warn!("invocations were cut off, since they did not end");
        }
        if timeout(REPORTS_GRACE, self.stack.sandbox.deliver_reports()).await.is_err() {
            tracing::warn!("delivery reports of the sandbox were left unsent");
        }
        self.stack.stop().await;
    }
}

impl Deref for Running {
    type Target = Stack;

    fn deref(&self) -> &Stack {
        &self.stack
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.stop.cancel();
        self.reporter.abort();
        self.consumers.iter().for_each(JoinHandle::abort);
    }
}

fn consume(source: &Arc<EventSource>, stop: &CancellationToken) -> JoinHandle<()> {
    let (source, stop) = (source.clone(), stop.clone());
    tokio::spawn(async move { source.run(stop).await })
}

async fn look(schedule: Arc<Schedule>, stop: CancellationToken) {
    schedule.run(stop).await;
}

/// Removes expired items. On a thread for blocking work, because it writes to SQLite directly.
async fn sweep(database: Database, stop: CancellationToken) {
    let mut ticks = interval(SWEEP_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let database = database.clone();
        match tokio::task::spawn_blocking(move || database.sweep_ttl()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "what has expired could not be removed"),
            Err(error) => tracing::warn!(%error, "the removal of what expired did not end"),
        }
    }
}
