//! Sending messages.

use rusqlite::Connection;
use uuid::Uuid;

use super::batch;
use super::call::{Answer, Call, addressed, required};
use crate::faults::Faults;
use crate::refusal::Refusal;
use crate::store::{Messages, NewMessage, Queue};
use crate::wire::{Batch, SendEntry, SendMessage, Sent};
use crate::{clock, digest, limits};

pub(super) fn one(call: &Call<'_>, request: SendMessage) -> Result<Answer, Refusal> {
    let (queue_url, message) = request.into_entry();
    let (queue, sent) = call.sqs.store.transact(|tx| {
        let queue = addressed(tx, &queue_url)?;
        let sent = accept(tx, &queue, &message, &call.sqs.faults)?;
        Ok::<_, Refusal>((queue.id, sent))
    })?;
    call.sqs.signals.arrived(queue);
    Answer::carrying(&sent, message.message_body.len())
}

/// SendMessageBatch: all accepted entries are stored together.
pub(super) fn batch(call: &Call<'_>, request: Batch<SendEntry>) -> Result<Answer, Refusal> {
    batch::check(&request.entries)?;
    let total_bytes: usize = request.entries.iter().map(|entry| entry.message_body.len()).sum();
    if total_bytes > limits::MESSAGE_BYTES {
        return Err(Refusal::BatchRequestTooLong(total_bytes));
    }
    let faults = &call.sqs.faults;
    let (queue, outcome) = call.sqs.store.transact(|tx| {
        let queue = addressed(tx, &request.queue_url)?;
        let outcome = batch::each(&request.entries, |entry| match faults.fails_next_entry() {
            true => Err(Refusal::Injected),
            false => accept(tx, &queue, entry, faults),
        })?;
        Ok::<_, Refusal>((queue.id, outcome))
    })?;
    call.sqs.signals.arrived(queue);
    Answer::carrying(&outcome, total_bytes)
}

/// Checks a message and stores it.
fn accept(
    connection: &Connection,
    queue: &Queue,
    message: &SendEntry,
    faults: &Faults,
) -> Result<Sent, Refusal> {
    check(message)?;
    let now_ms = clock::now_ms();
    let delay_ms = clock::seconds(message.delay_seconds.unwrap_or(0)).saturating_add(faults.delay_ms());
    let sent = Sent {
        message_id: Uuid::new_v4().to_string(),
        md5_of_message_body: digest::of_body(&message.message_body),
    };
    let stored = NewMessage {
        message_id: &sent.message_id,
        group_id: message.message_group_id.as_deref().unwrap_or_default(),
        body: &message.message_body,
        sent_at_ms: now_ms,
        visible_at_ms: now_ms.saturating_add(delay_ms),
    };
    Messages(connection).insert(queue.id, &stored)?;
    Ok(sent)
}

fn check(message: &SendEntry) -> Result<(), Refusal> {
    required("MessageBody", &message.message_body)?;
    if !message.message_body.chars().all(is_allowed_character) {
        return Err(Refusal::InvalidMessageContents);
    }
    if message.message_body.len() > limits::MESSAGE_BYTES {
        return Err(Refusal::MessageTooLong);
    }
    message.message_group_id.as_deref().map_or(Ok(()), check_group_id)?;
    message.delay_seconds.map_or(Ok(()), check_delay)
}

/// Whether a body may contain a character: those of XML 1.0 (API, SendMessage).
fn is_allowed_character(character: char) -> bool {
    matches!(character,
        '\u{9}' | '\u{A}' | '\u{D}' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
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
