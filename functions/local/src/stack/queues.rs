//! The queues, with their dead-letter queues and consumers, as `template.yaml` declares them; a test compares the two.

use std::{collections::HashMap, num::NonZeroUsize, sync::Arc, time::Duration};

use aws_sdk_sqs::{Client, operation::create_queue::CreateQueueError, types::QueueAttributeName};
use domain::lane::Lane;
use embedded_aws::Depth;
use lambda_emulator::{
    Invoke,
    event_source::{EventSource, Queue, Settings},
};
use serde_json::json;

use super::error::StackError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueSettings {
    /// How long a received message stays hidden: six times the consumer's timeout, as AWS advises
    /// (docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html), and the batching window. Only after a crash
    /// does the whole time pass.
    pub visibility: Duration,
    /// Deliveries of a message before it is a dead letter.
    pub max_receive_count: u32,
    /// The most messages of one invocation.
    pub batch_size: usize,
    /// How long a message may wait for others, so that one invocation gets them together.
    pub batching_window: Duration,
}

/// The queues of batches: an invocation gets the messages of one receive.
pub const BATCHES: QueueSettings = QueueSettings {
    visibility: Duration::from_secs(720),
    max_receive_count: 100,
    batch_size: 10,
    batching_window: Duration::ZERO,
};
/// The queue of reports. The reports of a batch are applied in one write, which is cheap for many reports together.
///
/// The window is a second here, and twenty in the template: a developer watches the reports come in, and writes cost
/// nothing here.
pub const RECEIPTS: QueueSettings = QueueSettings {
    visibility: Duration::from_secs(200),
    max_receive_count: 50,
    batch_size: 5_000,
    batching_window: Duration::from_secs(1),
};
/// How long a message is kept: SQS's default.
pub const RETENTION: Duration = Duration::from_secs(4 * 24 * 3600);
/// How long an event of AWS is kept. It has a phone number, so it is kept for at most a day, and in no dead-letter
/// queue.
pub const AWS_EVENTS_RETENTION: Duration = Duration::from_secs(24 * 3600);
/// How long a dead letter is kept: SQS's maximum.
pub const DEAD_RETENTION: Duration = Duration::from_secs(14 * 24 * 3600);
/// Concurrent invocations of each consumer. Two overlap the writes of one with the reads of the other; more would only
/// share the same processors.
const CONSUMERS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);

/// Test campaigns get the least, so that they use little of the concurrency of live sends.
const fn consumers_of(queue: QueueName) -> NonZeroUsize {
    match queue {
        QueueName::Batches(Lane::Test) => NonZeroUsize::MIN,
        _ => CONSUMERS,
    }
}

/// A queue of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueueName {
    /// Batches of a lane, to be dispatched.
    Batches(Lane),
    /// Messages of batches of all lanes that failed too often.
    DeadBatches,
    /// Delivery reports to be applied.
    Receipts,
    /// Reports that failed too often.
    DeadReceipts,
    /// Events of texts that AWS sends, to be applied as reports.
    AwsEvents,
}

/// The queues on an SQS.
pub(super) struct QueueSet {
    client: Client,
    small_batches: Queue,
    batches: Queue,
    test_batches: Queue,
    dead_batches: Queue,
    receipts: Queue,
    dead_receipts: Queue,
    aws_events: Queue,
}

impl QueueSet {
    /// Creates the missing queues, and configures all of them.
    pub(super) async fn create(client: Client, prefix: &str) -> Result<Self, StackError> {
        let dead = HashMap::from([kept(DEAD_RETENTION)]);
        let first = format!("{prefix}batches-dead");
        let url = create(&client, &first, dead.clone()).await?;
        let dead_batches = Queue { arn: arn(&client, &url).await?, url };
        // The ARNs of an account's queues differ in the name alone.
        let account = dead_batches.arn.strip_suffix(&first);
        let account = account.ok_or_else(|| StackError::QueueArn(dead_batches.arn.clone()))?;
        let queue = async |word: &str, attributes| {
            let name = format!("{prefix}{word}");
            let url = create(&client, &name, attributes).await?;
            Ok::<_, StackError>(Queue { url, arn: format!("{account}{name}") })
        };
        let dead_receipts = queue("receipts-dead", dead).await?;
        let (small_batches, batches, test_batches, receipts, aws_events) = tokio::try_join!(
            queue("small-batches", attributes_of(BATCHES, &dead_batches)),
            queue("batches", attributes_of(BATCHES, &dead_batches)),
            queue("test-batches", attributes_of(BATCHES, &dead_batches)),
            queue("receipts", attributes_of(RECEIPTS, &dead_receipts)),
            queue("aws-events", attributes_of_events()),
        )?;
        Ok(Self {
            client,
            small_batches,
            batches,
            test_batches,
            dead_batches,
            receipts,
            dead_receipts,
            aws_events,
        })
    }

    pub(super) fn url(&self, name: QueueName) -> &str {
        &self.queue(name).url
    }

    fn queue(&self, name: QueueName) -> &Queue {
        match name {
            QueueName::Batches(Lane::Small) => &self.small_batches,
            QueueName::Batches(Lane::Large) => &self.batches,
            QueueName::Batches(Lane::Test) => &self.test_batches,
            QueueName::DeadBatches => &self.dead_batches,
            QueueName::Receipts => &self.receipts,
            QueueName::DeadReceipts => &self.dead_receipts,
            QueueName::AwsEvents => &self.aws_events,
        }
    }

    /// Joins a queue to its consumer.
    pub(super) fn event_source(
        &self,
        name: QueueName,
        client: &Client,
        function: Arc<dyn Invoke>,
    ) -> Result<EventSource, StackError> {
        let QueueSettings { batch_size, batching_window, .. } = match name {
            QueueName::Receipts | QueueName::DeadReceipts | QueueName::AwsEvents => RECEIPTS,
            QueueName::Batches(_) | QueueName::DeadBatches => BATCHES,
        };
        let settings = Settings {
            batch_size,
            batching_window,
            max_concurrency: consumers_of(name),
            report_batch_item_failures: true,
        };
        Ok(EventSource::new(client.clone(), self.queue(name).clone(), function, settings)?)
    }

    /// Puts messages into a queue, as a service of AWS does.
    pub(super) async fn put(&self, name: QueueName, bodies: Vec<String>) -> Result<(), StackError> {
        for body in bodies {
            let sent = self.client.send_message().queue_url(self.url(name)).message_body(body).send().await;
            sent.map_err(StackError::sqs("SendMessage"))?;
        }
        Ok(())
    }

    /// The name of a queue, which is the last part of its URL.
    pub(super) fn name(&self, name: QueueName) -> &str {
        self.url(name).rsplit('/').next().unwrap_or_default()
    }

    pub(super) async fn depth(&self, name: QueueName) -> Result<Depth, StackError> {
        use QueueAttributeName as Name;
        let names = [
            Name::ApproximateNumberOfMessages,
            Name::ApproximateNumberOfMessagesNotVisible,
            Name::ApproximateNumberOfMessagesDelayed,
        ];
        let told = attributes(&self.client, self.url(name), names.to_vec()).await?;
        let count = |name| told.get(&name).and_then(|count| count.parse().ok()).unwrap_or_default();
        let [visible, in_flight, delayed] = names.map(count);
        Ok(Depth { visible, in_flight, delayed })
    }
}

/// The attributes of a queue with a dead-letter queue.
fn attributes_of(settings: QueueSettings, dead: &Queue) -> HashMap<QueueAttributeName, String> {
    let QueueSettings { visibility, max_receive_count, .. } = settings;
    let redrive = json!({ "deadLetterTargetArn": dead.arn, "maxReceiveCount": max_receive_count });
    HashMap::from([
        kept(RETENTION),
        (QueueAttributeName::VisibilityTimeout, visibility.as_secs().to_string()),
        (QueueAttributeName::RedrivePolicy, redrive.to_string()),
    ])
}

fn attributes_of_events() -> HashMap<QueueAttributeName, String> {
    let visibility = RECEIPTS.visibility.as_secs().to_string();
    HashMap::from([kept(AWS_EVENTS_RETENTION), (QueueAttributeName::VisibilityTimeout, visibility)])
}

fn kept(time: Duration) -> (QueueAttributeName, String) {
    (QueueAttributeName::MessageRetentionPeriod, time.as_secs().to_string())
}

/// Creates a queue, or configures the one that there is; returns its URL.
async fn create(
    client: &Client,
    name: &str,
    configuration: HashMap<QueueAttributeName, String>,
) -> Result<String, StackError> {
    let request = client.create_queue().queue_name(name).set_attributes(Some(configuration.clone()));
    match request.send().await {
        Ok(created) => Ok(created.queue_url.unwrap_or_default()),
        Err(error) if error.as_service_error().is_some_and(CreateQueueError::is_queue_name_exists) => {
            let found = client.get_queue_url().queue_name(name).send().await;
            let url = found.map_err(StackError::sqs("GetQueueUrl"))?.queue_url.unwrap_or_default();
            let configured =
                client.set_queue_attributes().queue_url(&url).set_attributes(Some(configuration));
            configured.send().await.map_err(StackError::sqs("SetQueueAttributes"))?;
            Ok(url)
        }
        Err(error) => Err(StackError::sqs("CreateQueue")(error)),
    }
}

async fn arn(client: &Client, url: &str) -> Result<String, StackError> {
    let mut told = attributes(client, url, vec![QueueAttributeName::QueueArn]).await?;
    Ok(told.remove(&QueueAttributeName::QueueArn).unwrap_or_default())
}

async fn attributes(
    client: &Client,
    url: &str,
    names: Vec<QueueAttributeName>,
) -> Result<HashMap<QueueAttributeName, String>, StackError> {
    let asked = client.get_queue_attributes().queue_url(url).set_attribute_names(Some(names));
    let told = asked.send().await.map_err(StackError::sqs("GetQueueAttributes"))?;
    Ok(told.attributes.unwrap_or_default())
}
