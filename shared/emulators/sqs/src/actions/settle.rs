//! Deleting received messages and changing how long they stay hidden.

use rusqlite::Connection;

use super::batch;
use super::call::{Answer, Call, addressed, required};
use crate::receipt::Receipt;
use crate::refusal::Refusal;
use crate::store::{Messages, Queue, Settled};
use crate::wire::{Batch, ChangeVisibility, ChangeVisibilityEntry, DeleteEntry, DeleteMessage, Nothing};
use crate::{clock, limits};

/// DeleteMessage. A second delete is fine; an outdated handle is accepted and deletes nothing,
/// which is the least that the service promises.
pub(super) fn delete(call: &Call<'_>, request: &DeleteMessage) -> Result<Answer, Refusal> {
    call.sqs.store.transact(|tx| {
        let queue = addressed(tx, &request.queue_url)?;
        delete_one(tx, &queue, &request.receipt_handle)
    })?;
    Answer::of(&Nothing {})
}

/// DeleteMessageBatch.
pub(super) fn delete_batch(call: &Call<'_>, request: Batch<DeleteEntry>) -> Result<Answer, Refusal> {
    batch::check(&request.entries)?;
    let outcome = call.sqs.store.transact(|tx| {
        let queue = addressed(tx, &request.queue_url)?;
        batch::each(&request.entries, |entry| delete_one(tx, &queue, &entry.receipt_handle))
    })?;
    Answer::of(&outcome)
}

/// ChangeMessageVisibility.
pub(super) fn hide(call: &Call<'_>, request: &ChangeVisibility) -> Result<Answer, Refusal> {
    let queue = call.sqs.store.transact(|tx| {
        let queue = addressed(tx, &request.queue_url)?;
        hide_one(tx, &queue, &request.receipt_handle, request.visibility_timeout)?;
        Ok::<_, Refusal>(queue.id)
    })?;
    call.sqs.signals.arrived(queue);
    Answer::of(&Nothing {})
}

/// ChangeMessageVisibilityBatch.
pub(super) fn hide_batch(call: &Call<'_>, request: Batch<ChangeVisibilityEntry>) -> Result<Answer, Refusal> {
    batch::check(&request.entries)?;
    let (queue, outcome) = call.sqs.store.transact(|tx| {
        let queue = addressed(tx, &request.queue_url)?;
        let hide = |entry: &ChangeVisibilityEntry| {
            hide_one(tx, &queue, &entry.receipt_handle, entry.visibility_timeout)
        };
        Ok::<_, Refusal>((queue.id, batch::each(&request.entries, hide)?))
    })?;
    call.sqs.signals.arrived(queue);
    Answer::of(&outcome)
}

fn delete_one(connection: &Connection, queue: &Queue, handle: &str) -> Result<Nothing, Refusal> {
    required("ReceiptHandle", handle)?;
    Messages(connection).delete(Receipt::parse(handle, queue.id)?)?;
    Ok(Nothing {})
}

fn hide_one(
    connection: &Connection,
    queue: &Queue,
    handle: &str,
    seconds: Option<i64>,
) -> Result<Nothing, Refusal> {
    required("ReceiptHandle", handle)?;
    let seconds = seconds.ok_or(Refusal::MissingParameter("VisibilityTimeout"))?;
    if !limits::VISIBILITY_SECONDS.contains(&seconds) {
        let reason = "VisibilityTimeout must be an integer between 0 and 43200.";
        return Err(Refusal::parameter("VisibilityTimeout", seconds, reason));
    }
    let now_ms = clock::now_ms();
    let until_ms = now_ms.saturating_add(clock::seconds(seconds));
    match Messages(connection).hide(Receipt::parse(handle, queue.id)?, until_ms, now_ms)? {
        Settled::Changed => Ok(Nothing {}),
        Settled::NotInFlight => Err(Refusal::MessageNotInflight),
        Settled::Gone => {
            let reason = "Message does not exist or is not available for visibility timeout change.";
            Err(Refusal::parameter("ReceiptHandle", handle, reason))
        }
    }
}
