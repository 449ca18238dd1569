//! Moves dead letters back to their queue, after the cause of their failure was removed.
//!
//! Each message is sent before it is deleted: a crash in between leaves it in both queues, never in neither, and a
//! batch or a report that comes twice changes nothing. At most as many messages are moved as were in the queue at the
//! start, so messages that fail again meanwhile are left.

use aws_sdk_sqs::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    types::{Message, MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry},
};
use thiserror::Error;

/// Messages of one call (SQS's limit).
const MESSAGES_PER_CALL: u64 = 10;
/// Long enough to send and delete the messages of one call.
const VISIBILITY_SECS: i32 = 60;
/// A receive without a wait asks only some of SQS's servers, and may miss a message.
const WAIT_SECS: i32 = 1;
/// Receives in a row without a message, after which the other counted messages are assumed to be received by another
/// consumer.
const EMPTY_RECEIVES: u32 = 3;

/// Why dead letters were not, or not all, moved. The others stay in the dead-letter queue.
#[derive(Debug, Error)]
pub enum RedriveError {
    /// The queue could not be reached, or refused.
    #[error("{operation} failed ({code})")]
    Unavailable {
        operation: &'static str,
        /// AWS's error code, or the connection's error.
        code: String,
    },
    #[error("the queue has no dead-letter queue")]
    NoDeadLetters,
}

/// The result of a redrive.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Redriven {
    /// Messages that are back in the queue.
    pub moved: u64,
    /// Messages that could not be received, or that the queue did not accept; they stay in the dead-letter queue.
    pub left: u64,
}

/// Moves the messages of a queue's dead-letter queue back.
///
/// # Errors
/// If a queue does not answer, or has no dead-letter queue.
pub async fn redrive(client: &Client, queue_url: &str) -> Result<Redriven, RedriveError> {
    let dead_url = dead_letter_queue(client, queue_url).await?;
    let mut due = attribute(client, &dead_url, QueueAttributeName::ApproximateNumberOfMessages)
        .await?
        .and_then(|count| count.parse::<u64>().ok())
        .unwrap_or_default();
    let (mut redriven, mut empty) = (Redriven::default(), 0);
    while due > 0 && empty < EMPTY_RECEIVES {
        let messages = receive(client, &dead_url, due).await?;
        if messages.is_empty() {
            empty += 1;
            continue;
        }
        empty = 0;
        due = due.saturating_sub(messages.len() as u64);
        let moved = move_back(client, queue_url, &dead_url, &messages).await?;
        redriven.moved += moved;
        redriven.left += messages.len() as u64 - moved;
    }
    redriven.left += due;
    Ok(redriven)
}

async fn dead_letter_queue(client: &Client, queue_url: &str) -> Result<String, RedriveError> {
    let policy = attribute(client, queue_url, QueueAttributeName::RedrivePolicy).await?;
    let policy: serde_json::Value = serde_json::from_str(policy.as_deref().unwrap_or_default())
        .map_err(|_| RedriveError::NoDeadLetters)?;
    let arn = policy["deadLetterTargetArn"].as_str().ok_or(RedriveError::NoDeadLetters)?;
    let name = arn.rsplit(':').next().unwrap_or_default();
    let found = client.get_queue_url().queue_name(name).send().await;
    found.map_err(unavailable("GetQueueUrl"))?.queue_url.ok_or(RedriveError::NoDeadLetters)
}

async fn attribute(
    client: &Client,
    queue_url: &str,
    name: QueueAttributeName,
) -> Result<Option<String>, RedriveError> {
    let request = client.get_queue_attributes().queue_url(queue_url).attribute_names(name.clone());
    let told = request.send().await.map_err(unavailable("GetQueueAttributes"))?;
    Ok(told.attributes.and_then(|mut attributes| attributes.remove(&name)))
}

/// Receives the messages of one call, at most `due` of them.
async fn receive(client: &Client, dead_url: &str, due: u64) -> Result<Vec<Message>, RedriveError> {
    let request = client
        .receive_message()
        .queue_url(dead_url)
        .max_number_of_messages(due.min(MESSAGES_PER_CALL) as i32)
        .visibility_timeout(VISIBILITY_SECS)
        .wait_time_seconds(WAIT_SECS)
        .message_system_attribute_names(MessageSystemAttributeName::MessageGroupId);
    let received = request.send().await.map_err(unavailable("ReceiveMessage"))?;
    Ok(received.messages.unwrap_or_default())
}

/// Sends, then deletes the received messages; returns their number.
async fn move_back(
    client: &Client,
    queue_url: &str,
    dead_url: &str,
    messages: &[Message],
) -> Result<u64, RedriveError> {
    let entries = messages.iter().enumerate().filter_map(|(place, message)| entry(place, message));
    let request = client.send_message_batch().queue_url(queue_url).set_entries(Some(entries.collect()));
    let sent = request.send().await.map_err(unavailable("SendMessageBatch"))?;
    for taken in sent.successful() {
        let message = taken.id().parse::<usize>().ok().and_then(|place| messages.get(place));
        let handle = message.and_then(|message| message.receipt_handle.clone());
        let request = client.delete_message().queue_url(dead_url).set_receipt_handle(handle);
        request.send().await.map_err(unavailable("DeleteMessage"))?;
    }
    Ok(sent.successful().len() as u64)
}

/// The same body in the same message group, so that fair queues stay fair.
fn entry(place: usize, message: &Message) -> Option<SendMessageBatchRequestEntry> {
    let group = message
        .attributes
        .as_ref()
        .and_then(|attributes| attributes.get(&MessageSystemAttributeName::MessageGroupId));
    SendMessageBatchRequestEntry::builder()
        .id(place.to_string())
        .set_message_body(message.body.clone())
        .set_message_group_id(group.cloned())
        .build()
        .ok()
}

fn unavailable<E: ProvideErrorMetadata, R>(
    operation: &'static str,
) -> impl Fn(SdkError<E, R>) -> RedriveError {
    move |error| {
        let code = error.code().unwrap_or("connection failed").to_owned();
        RedriveError::Unavailable { operation, code }
    }
}
