//! Sending to the queues.

use aws_sdk_sqs::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    types::{ChangeMessageVisibilityBatchRequestEntry, QueueAttributeName, SendMessageBatchRequestEntry},
};
use domain::{ids::BatchNumber, keys::CampaignKey, lane::Lane};
use futures_util::{StreamExt, TryStreamExt, future::try_join_all, stream};
use platform::{aws::AwsSettings, environment::Environment, http::HttpClient};
use thiserror::Error;

use crate::task::{BatchTask, ReportTask, Task, encode};

/// Messages in one SendMessageBatch (SQS's limit).
const MESSAGES_PER_CALL: usize = 10;
/// Calls at the same time.
const CALLS: usize = 16;
/// Attempts for entries that SQS did not take.
const ATTEMPTS: u32 = 4;
/// The service's suffix of the standard endpoint variable, `AWS_ENDPOINT_URL_SQS`.
pub const SERVICE: &str = "SQS";

/// Why a message was not sent. For operators; contains nothing of the message.
#[derive(Debug, Error)]
pub enum QueueError {
    /// The queue could not be reached, or SQS refused the call.
    #[error("{operation} did not succeed: {code}")]
    Unavailable {
        /// The SQS operation.
        operation: &'static str,
        /// AWS's error code, or the connection's error.
        code: String,
    },
    /// SQS did not take this number of messages in any attempt.
    #[error("{0} messages were not taken")]
    NotTaken(usize),
}

/// A connection to SQS.
#[derive(Clone, Debug)]
pub struct Sqs(Client);

impl Sqs {
    /// Connects over the shared connector.
    pub fn connect(settings: &AwsSettings, http: &HttpClient) -> Self {
        Self(Client::new(&settings.connection(http.shared_http_client())))
    }

    /// A connection over a client that the caller has built, such as the operator's with its own credentials.
    pub const fn of(client: Client) -> Self {
        Self(client)
    }
}

/// Addresses of the queues.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueUrls {
    /// Batches of large live campaigns.
    pub batches: String,
    /// Batches of small live campaigns.
    pub small_batches: String,
    pub test_batches: String,
    /// Delivery reports to be applied.
    pub receipts: String,
    /// Events of texts that AWS sends.
    pub aws_events: String,
}

/// A queue of what providers report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReportQueue {
    /// Delivery reports that callbacks have queued.
    Receipts,
    /// Events of texts that AWS sends.
    AwsEvents,
}

impl QueueUrls {
    /// Reads the environment; the address of a variable that is not set is empty.
    fn read(environment: &mut Environment<'_>) -> Self {
        let url = |name| environment.optional(name).unwrap_or_default();
        Self {
            batches: url("BATCHES_QUEUE_URL"),
            small_batches: url("SMALL_BATCHES_QUEUE_URL"),
            test_batches: url("TEST_BATCHES_QUEUE_URL"),
            receipts: url("RECEIPTS_QUEUE_URL"),
            aws_events: url("AWS_EVENTS_QUEUE_URL"),
        }
    }

    /// The queue of a lane.
    pub fn of(&self, lane: Lane) -> &str {
        match lane {
            Lane::Small => &self.small_batches,
            Lane::Large => &self.batches,
            Lane::Test => &self.test_batches,
        }
    }

    fn of_reports(&self, queue: ReportQueue) -> &str {
        match queue {
            ReportQueue::Receipts => &self.receipts,
            ReportQueue::AwsEvents => &self.aws_events,
        }
    }

    /// Every queue that the product's own messages are in.
    fn all(&self) -> [&str; 4] {
        [&self.batches, &self.small_batches, &self.test_batches, &self.receipts]
    }

    /// The queue of batches that a message came from, by the ARN in its event: queue URL and ARN end in the queue's
    /// name. For an event without an ARN, which only tests make, the queue of large campaigns.
    fn by_arn(&self, arn: Option<&str>) -> &str {
        let name = arn.and_then(|arn| arn.rsplit(':').next());
        let is_named = |url: &&str| name.is_some() && url.rsplit('/').next() == name;
        Lane::ALL.map(|lane| self.of(lane)).into_iter().find(is_named).unwrap_or(&self.batches)
    }
}

/// The queues of batches and of delivery reports.
#[derive(Clone, Debug)]
pub struct Queues {
    client: Client,
    urls: QueueUrls,
}

impl Queues {
    pub fn new(sqs: &Sqs, urls: QueueUrls) -> Self {
        Self { client: sqs.0.clone(), urls }
    }

    /// Reads the environment. A function that uses no batches has only the address of the reports' queue.
    pub fn read(environment: &mut Environment<'_>, http: &HttpClient) -> Self {
        let settings = AwsSettings::read(environment, SERVICE);
        let urls = QueueUrls::read(environment);
        let lanes = Lane::ALL.into_iter().filter(|lane| !urls.of(*lane).is_empty()).count();
        if lanes == 0 && urls.receipts.is_empty() {
            environment.problem("neither BATCHES_QUEUE_URL nor RECEIPTS_QUEUE_URL is set".to_owned());
        }
        if lanes > 0 && lanes < Lane::ALL.len() {
            let names = "BATCHES_QUEUE_URL, SMALL_BATCHES_QUEUE_URL and TEST_BATCHES_QUEUE_URL";
            environment.problem(format!("{names} must all be set, or none"));
        }
        Self::new(&Sqs::connect(&settings, http), urls)
    }

    /// Puts batches of a campaign into the queue of a lane. The messages of an organisation are one message group, so
    /// that a fair queue delivers an organisation's few batches before the rest of another organisation's many.
    pub async fn enqueue_batches(
        &self,
        campaign: CampaignKey,
        lane: Lane,
        batches: impl IntoIterator<Item = BatchNumber>,
    ) -> Result<(), QueueError> {
        let group = campaign.organisation.to_string();
        let tasks = batches.into_iter().map(|batch| BatchTask { batch: campaign.batch(batch) });
        let bodies = tasks.map(|task| body(&task)).collect::<Result<Vec<_>, _>>()?;
        self.send(self.urls.of(lane), Some(&group), bodies).await
    }

    /// Puts delivery reports into their queue. They have no message group: reports of all organisations are applied by
    /// the thousand, so none waits long, and the surcharge of a fair queue would add a tenth to the cost of each
    /// report.
    pub async fn enqueue_reports(&self, reports: &[ReportTask]) -> Result<(), QueueError> {
        let bodies = reports.iter().map(body).collect::<Result<Vec<_>, _>>()?;
        self.send(&self.urls.receipts, None, bodies).await
    }

    /// Makes a batch message, received from the queue with this ARN, visible again after `seconds` instead of the
    /// queue's visibility timeout.
    pub async fn delay_batch(
        &self,
        arn: Option<&str>,
        receipt_handle: &str,
        seconds: i64,
    ) -> Result<(), QueueError> {
        let request = self.client.change_message_visibility().queue_url(self.urls.by_arn(arn));
        let request = request.receipt_handle(receipt_handle).visibility_timeout(whole_seconds(seconds));
        request.send().await.map(drop).map_err(unavailable("ChangeMessageVisibility"))
    }

    /// Makes each received report visible again after its number of seconds, instead of the queue's visibility timeout.
    /// A report is named by its receipt handle.
    pub async fn delay_reports(
        &self,
        queue: ReportQueue,
        reports: &[(String, i64)],
    ) -> Result<(), QueueError> {
        let url = self.urls.of_reports(queue);
        let calls = reports.chunks(MESSAGES_PER_CALL).map(|chunk| self.delay_call(url, chunk));
        stream::iter(calls.collect::<Vec<_>>()).buffer_unordered(CALLS).try_collect().await
    }

    async fn delay_call(&self, url: &str, reports: &[(String, i64)]) -> Result<(), QueueError> {
        let entry = |(place, (receipt_handle, seconds)): (usize, &(String, i64))| {
            let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(place.to_string());
            let entry = entry.receipt_handle(receipt_handle).visibility_timeout(whole_seconds(*seconds));
            entry.build().map_err(|_| unbuilt("ChangeMessageVisibilityBatch"))
        };
        let entries = reports.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
        let request = self.client.change_message_visibility_batch().queue_url(url);
        let output = request.set_entries(Some(entries)).send().await;
        let failed = output.map_err(unavailable("ChangeMessageVisibilityBatch"))?.failed.len();
        if failed == 0 { Ok(()) } else { Err(QueueError::NotTaken(failed)) }
    }

    /// Whether every known queue answers. At a cold start this also opens the connection.
    pub async fn reachable(&self) -> Result<(), QueueError> {
        let known = self.urls.all().into_iter().filter(|url| !url.is_empty());
        let asked = known.map(|url| {
            let request = self.client.get_queue_attributes().queue_url(url);
            request.attribute_names(QueueAttributeName::ApproximateNumberOfMessages).send()
        });
        try_join_all(asked).await.map(drop).map_err(unavailable("GetQueueAttributes"))
    }

    async fn send(&self, url: &str, group: Option<&str>, bodies: Vec<String>) -> Result<(), QueueError> {
        let calls = bodies.chunks(MESSAGES_PER_CALL).map(|chunk| self.send_call(url, group, chunk.to_vec()));
        stream::iter(calls.collect::<Vec<_>>()).buffer_unordered(CALLS).try_collect().await
    }

    async fn send_call(&self, url: &str, group: Option<&str>, bodies: Vec<String>) -> Result<(), QueueError> {
        let mut left: Vec<(String, String)> =
            bodies.into_iter().enumerate().map(|(place, body)| (place.to_string(), body)).collect();
        for _ in 0..ATTEMPTS {
            let entries =
                left.iter().map(|(id, body)| entry(id, group, body)).collect::<Result<Vec<_>, _>>()?;
            let request = self.client.send_message_batch().queue_url(url).set_entries(Some(entries));
            let output = request.send().await.map_err(unavailable("SendMessageBatch"))?;
            left.retain(|(id, _)| output.failed().iter().any(|failed| failed.id() == id));
            if left.is_empty() {
                return Ok(());
            }
        }
        Err(QueueError::NotTaken(left.len()))
    }
}

fn whole_seconds(seconds: i64) -> i32 {
    i32::try_from(seconds.max(0)).unwrap_or(i32::MAX)
}

fn entry(id: &str, group: Option<&str>, body: &str) -> Result<SendMessageBatchRequestEntry, QueueError> {
    let entry = SendMessageBatchRequestEntry::builder().id(id).message_body(body);
    entry.set_message_group_id(group.map(str::to_owned)).build().map_err(|_| unbuilt("SendMessageBatch"))
}

fn body(task: &impl Task) -> Result<String, QueueError> {
    encode(task).map_err(|_| unbuilt("SendMessageBatch"))
}

fn unbuilt(operation: &'static str) -> QueueError {
    QueueError::Unavailable { operation, code: "request could not be built".to_owned() }
}

fn unavailable<E: ProvideErrorMetadata, R>(operation: &'static str) -> impl Fn(SdkError<E, R>) -> QueueError {
    move |error| {
        let code = match &error {
            SdkError::ServiceError(service) => service.err().code().unwrap_or("unknown").to_owned(),
            SdkError::TimeoutError(_) => "timeout".to_owned(),
            SdkError::DispatchFailure(_) => "connection failed".to_owned(),
            _ => "unreadable answer".to_owned(),
        };
        QueueError::Unavailable { operation, code }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delayed_message_stays_in_the_queue_that_it_came_from() {
        let url = |name: &str| format!("https://sqs.eu-west-1.amazonaws.com/123456789012/{name}");
        let urls = QueueUrls {
            batches: url("sms-batches"),
            small_batches: url("sms-small-batches"),
            test_batches: url("sms-test-batches"),
            receipts: url("sms-receipts"),
            ..QueueUrls::default()
        };
        for (lane, name) in [
            (Lane::Small, "sms-small-batches"),
            (Lane::Large, "sms-batches"),
            (Lane::Test, "sms-test-batches"),
        ] {
            let arn = format!("arn:aws:sqs:eu-west-1:123456789012:{name}");
            assert_eq!(urls.by_arn(Some(&arn)), urls.of(lane));
        }
        assert_eq!(urls.by_arn(None), urls.batches);
    }
}
