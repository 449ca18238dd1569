//! The SQS event source mapping: receives messages, invokes a function with them, deletes what it
//! did not report as failed.
//!
//! ```text
//! receive (≤ batch size, ≤ window) ─► invoke ─► verdict ─┬─ done   ─► delete
//!                                                        └─ failed ─► left: visible again after
//!                                                                     the visibility timeout, dead
//!                                                                     after maxReceiveCount
//! ```
//!
//! Works on any SQS endpoint. Run by the local command; pumped by tests, one poll at a time. It
//! never changes a message's visibility, never reads a body, and never deletes what failed.
//! Source of the rules: docs.aws.amazon.com/lambda/latest/dg/with-sqs.html and
//! services-sqs-errorhandling.html.

mod error;
mod event;
mod settings;
mod verdict;

pub use error::{PollError, SettingsError};
use settings::CALL_MESSAGES_MAX;
pub use settings::Settings;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use aws_sdk_sqs::{
    Client,
    error::DisplayErrorContext,
    types::{DeleteMessageBatchRequestEntry, MessageSystemAttributeName},
};
use event::{Record, event_of, within_payload};
use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;
use verdict::Verdict;

use crate::invoke::Invoke;

/// How long an idle poller's receive may wait. Short, because a stop waits for it: a receive that is cut off could hide
/// messages for a whole visibility timeout.
const IDLE_WAIT_SECONDS: u64 = 1;

/// The pause after a call to SQS that failed beyond the client's own retries.
const ERROR_PAUSE: Duration = Duration::from_secs(1);

/// The queue that messages come from.
#[derive(Clone, Debug)]
pub struct Queue {
    /// The queue's URL.
    pub url: String,
    /// The ARN, for the events; its fourth part is their `awsRegion`.
    pub arn: String,
}

/// The counts of one poll: `received = deleted + failed`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Polled {
    /// Messages received and given to the function.
    pub received: usize,
    /// Messages done with.
    pub deleted: usize,
    /// Messages left for another delivery: reported as failed, or not deleted although done.
    pub failed: usize,
}

/// An event source mapping between one queue and one function.
pub struct EventSource {
    client: Client,
    queue: Queue,
    function: Arc<dyn Invoke>,
    settings: Settings,
}

impl EventSource {
    /// Joins a queue to a function.
    ///
    /// # Errors
    /// If AWS would refuse the settings.
    pub fn new(
        client: Client,
        queue: Queue,
        function: Arc<dyn Invoke>,
        settings: Settings,
    ) -> Result<Self, SettingsError> {
        settings.check()?;
        Ok(Self { client, queue, function, settings })
    }

    /// Receives one batch, waiting up to `wait_seconds` (at most 20) for its first message, and processes it. For
    /// tests: it takes the visible messages and does not wait for the batching window.
    ///
    /// # Errors
    /// If SQS cannot be called; an error of the function is a failed batch, not an error.
    pub async fn poll_once(&self, wait_seconds: u64) -> Result<Polled, PollError> {
        self.poll(wait_seconds, Duration::ZERO).await
    }

    /// Polls, with one poller for each concurrent invocation, until `stop`; batches under way are then finished.
    pub async fn run(&self, stop: CancellationToken) {
        join_all((0..self.settings.max_concurrency.get()).map(|_| self.poll_until(&stop))).await;
    }

    async fn poll_until(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.poll(IDLE_WAIT_SECONDS, self.settings.batching_window).await {
                tracing::warn!(queue = %self.queue.url, error = %DisplayErrorContext(&error), "polling failed");
                stop.run_until_cancelled(tokio::time::sleep(ERROR_PAUSE)).await;
            }
        }
    }

    async fn poll(&self, wait_seconds: u64, window: Duration) -> Result<Polled, PollError> {
        let batch = self.gather(wait_seconds, window).await?;
        let mut polled = Polled::default();
        for part in within_payload(batch) {
            let received = part.len();
            let deleted = self.deliver(part).await?;
            polled.received += received;
            polled.deleted += deleted;
            polled.failed += received - deleted;
        }
        Ok(polled)
    }

    /// Fills a batch. Without a batching window it is what one receive brings, as on AWS.
    async fn gather(&self, wait_seconds: u64, window: Duration) -> Result<Vec<Record>, PollError> {
        let mut batch = self.receive(wait_seconds, self.settings.batch_size).await?;
        let closes = Instant::now() + window;
        while self.settings.has_window() && !batch.is_empty() && batch.len() < self.settings.batch_size {
            let left = closes.saturating_duration_since(Instant::now());
            // The messages already received must not wait for their visibility timeout because of a failed receive.
            let Ok(more) = self.receive(left.as_secs(), self.settings.batch_size - batch.len()).await else {
                break;
            };
            if more.is_empty() && left < Duration::from_secs(1) {
                break;
            }
            batch.extend(more);
        }
        Ok(batch)
    }

    async fn receive(&self, wait_seconds: u64, messages_max: usize) -> Result<Vec<Record>, PollError> {
        let received = self
            .client
            .receive_message()
            .queue_url(&self.queue.url)
            .max_number_of_messages(messages_max.min(CALL_MESSAGES_MAX) as i32)
            .wait_time_seconds(wait_seconds.min(20) as i32)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await
            .map_err(|error| PollError::Receive(Box::new(error)))?;
        let messages = received.messages.unwrap_or_default();
        messages.into_iter().map(|message| Record::new(message, &self.queue.arn)).collect()
    }

    /// Invokes the function with one event and deletes the processed messages; returns their number.
    async fn deliver(&self, batch: Vec<Record>) -> Result<usize, PollError> {
        let answer = self.function.invoke(event_of(&batch)).await;
        let verdict = match &answer {
            Ok(answer) => Verdict::of(answer, &batch, self.settings.report_batch_item_failures),
            Err(error) => Verdict::AllFailed(error.to_string()),
        };
        if let Verdict::AllFailed(reason) = &verdict {
            tracing::warn!(queue = %self.queue.url, messages = batch.len(), reason, "a batch failed");
        }
        let done: Vec<_> = batch.iter().filter(|record| !verdict.failed(&record.message_id)).collect();
        self.delete(&done).await
    }

    /// Deletes messages; one that cannot be deleted is delivered again, as at-least-once allows.
    async fn delete(&self, done: &[&Record]) -> Result<usize, PollError> {
        let mut deleted = 0;
        for call in done.chunks(CALL_MESSAGES_MAX) {
            deleted += self.delete_batch(call).await?;
        }
        Ok(deleted)
    }

    async fn delete_batch(&self, done: &[&Record]) -> Result<usize, PollError> {
        let entries = done.iter().enumerate().map(|(place, record)| {
            let entry = DeleteMessageBatchRequestEntry::builder().id(place.to_string());
            entry.receipt_handle(&record.receipt_handle).build()
        });
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        let call = self.client.delete_message_batch().queue_url(&self.queue.url).set_entries(Some(entries));
        let result = call.send().await.map_err(|error| PollError::Delete(Box::new(error)))?;
        for failed in &result.failed {
            tracing::warn!(queue = %self.queue.url, code = %failed.code, "a message was not deleted");
        }
        Ok(result.successful.len())
    }
}
