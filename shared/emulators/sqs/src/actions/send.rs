//! Sending messages.

use rusqlite::Connection;
use uuid::Uuid;

use super::{Answer, Call, addressed, batch, required};
use crate::faults::Faults;
use crate::message_attributes::{self, MessageAttributes};
use crate::refusal::Refusal;
use crate::store::{Messages, NewMessage, Queue};
use crate::wire::{Batch, Outgoing, SendEntry, SendMessage, Sent};
use crate::{clock, digest, limits};

/// The only system attribute that may be sent (API, SendMessage).
const TRACE_HEADER: &str = "AWSTraceHeader";

/// SendMessage.
pub(super) fn one(call: &Call<'_>, request: &SendMessage) -> Result<Answer, Refusal> {
    let (queue, sent) = call.sqs.store().transact(|tx| {
        let queue = addressed(tx, &request.queue_url)?;
        let sent = accept(tx, &queue, &request.message, call.sqs.faults())?;
        Ok::<_, Refusal>((queue.id, sent))
    })?;
    call.sqs.signals().arrived(queue);
    Answer::carrying(&sent, payload_bytes(&request.message))
}

/// SendMessageBatch: all accepted entries are stored together.
pub(super) fn batch(call: &Call<'_>, request: Batch<SendEntry>) -> Result<Answer, Refusal> {
    batch::check(&request.entries)?;
    let total_bytes: usize = request.entries.iter().map(|entry| payload_bytes(&entry.message)).sum();
    if total_bytes > limits::MESSAGE_BYTES {
        return Err(Refusal::BatchRequestTooLong(total_bytes));
    }
    let faults = call.sqs.faults();
    let (queue, outcome) = call.sqs.store().transact(|tx| {
        let queue = addressed(tx, &request.queue_url)?;
        let outcome = batch::each(&request.entries, |entry| match faults.fails_next_entry() {
            true => Err(Refusal::Injected),
            false => accept(tx, &queue, &entry.message, faults),
        })?;
        Ok::<_, Refusal>((queue.id, outcome))
    })?;
    call.sqs.signals().arrived(queue);
    Answer::carrying(&outcome, total_bytes)
}

/// Bytes that count towards limits and the bill. System attributes do not (API, SendMessage).
fn payload_bytes(message: &Outgoing) -> usize {
    message.message_body.len() + message_attributes::payload_bytes(&message.message_attributes)
}

/// Checks a message and stores it.
fn accept(
    connection: &Connection,
    queue: &Queue,
    message: &Outgoing,
    faults: &Faults,
) -> Result<Sent, Refusal> {
    check(queue, message)?;
    let trace_header = trace_header(&message.message_system_attributes)?;
    let delay_seconds = message.delay_seconds.unwrap_or(queue.attributes.delay_seconds);
    let now_ms = clock::now_ms();
    let sent = Sent {
        message_id: Uuid::new_v4().to_string(),
        md5_of_message_body: digest::of_body(&message.message_body),
        md5_of_message_attributes: digest::of_attributes(&message.message_attributes),
        md5_of_message_system_attributes: digest::of_attributes(&message.message_system_attributes),
    };
    let stored = NewMessage {
        message_id: &sent.message_id,
        group_id: message.message_group_id.as_deref().unwrap_or_default(),
        body: &message.message_body,
        body_md5: &sent.md5_of_message_body,
        attributes: &message.message_attributes,
        trace_header,
        sent_at_ms: now_ms,
        visible_at_ms: now_ms.saturating_add(clock::seconds(delay_seconds)).saturating_add(faults.delay_ms()),
    };
    Messages(connection).insert(queue.id, &stored)?;
    Ok(sent)
}

fn check(queue: &Queue, message: &Outgoing) -> Result<(), Refusal> {
    required("MessageBody", &message.message_body)?;
    if !message.message_body.chars().all(message_attributes::is_allowed_character) {
        return Err(Refusal::InvalidMessageContents);
    }
    message_attributes::check(&message.message_attributes)?;
    let limit_bytes =
        usize::try_from(queue.attributes.maximum_message_bytes).unwrap_or(limits::MESSAGE_BYTES);
    if payload_bytes(message) > limit_bytes {
        return Err(Refusal::MessageTooLong(limit_bytes));
    }
    message.message_group_id.as_deref().map_or(Ok(()), check_group_id)?;
    message.delay_seconds.map_or(Ok(()), check_delay)
}

fn check_group_id(group_id: &str) -> Result<(), Refusal> {
    if (1..=limits::GROUP_ID_LETTERS).contains(&group_id.len())
        && group_id.chars().all(|c| c.is_ascii_graphic())
    {
        return Ok(());
    }
    let reason =
        "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.";
    Err(Refusal::parameter("MessageGroupId", group_id, reason))
}

fn check_delay(delay_seconds: i64) -> Result<(), Refusal> {
    if limits::DELAY_SECONDS.contains(&delay_seconds) {
        return Ok(());
    }
    Err(Refusal::parameter("DelaySeconds", delay_seconds, "DelaySeconds must be >= 0 and <= 900."))
}

fn trace_header(attributes: &MessageAttributes) -> Result<Option<&str>, Refusal> {
    if let Some(other) = attributes.keys().find(|name| *name != TRACE_HEADER) {
        return Err(Refusal::InvalidAttributeName(other.clone()));
    }
    Ok(attributes.get(TRACE_HEADER).and_then(|value| value.string_value.as_deref()))
}
