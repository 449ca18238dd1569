//! Receiving messages, waiting for them if need be.

use rusqlite::Connection;

use super::call::{Answer, Call, addressed};
use super::present;
use crate::clock;
use crate::fairness;
use crate::faults::Faults;
use crate::limits;
use crate::refusal::Refusal;
use crate::signals::{self, Subscription};
use crate::store::{Delivery, Messages, Queue, Queues};
use crate::wire::{ReceiveMessage, Received};

/// The result of one read of the queue.
struct Look {
    deliveries: Vec<Delivery>,
    /// The dead-letter queue that messages were moved to.
    buried_in: Option<i64>,
    /// When the next hidden message will be visible.
    next_visible_at_ms: Option<i64>,
    /// Subscribed before the read, so that no arrival is missed between them.
    arrivals: Subscription,
}

/// ReceiveMessage. A poll that waits looks again at every arrival, and at the very millisecond in
/// which a hidden message becomes visible.
pub(super) async fn receive(call: &Call<'_>, request: &ReceiveMessage) -> Result<Answer, Refusal> {
    check(request)?;
    let wait_ms = clock::seconds(request.wait_time_seconds.unwrap_or(0));
    let ends_at_ms = clock::now_ms().saturating_add(wait_ms);
    loop {
        let mut look = look(call, request)?;
        if !look.deliveries.is_empty() || clock::now_ms() >= ends_at_ms || call.sqs.have_polls_ended() {
            return present(request, look.deliveries);
        }
        let due_ms = look.next_visible_at_ms.map_or(ends_at_ms, |next_ms| next_ms.min(ends_at_ms));
        tokio::select! {
            () = signals::signal_or_due(&mut look.arrivals, due_ms) => {}
            () = call.sqs.polls_end() => {}
        }
    }
}

fn check(request: &ReceiveMessage) -> Result<(), Refusal> {
    let bounds = [
        ("MaxNumberOfMessages", request.max_number_of_messages, limits::RECEIVED_MESSAGES),
        ("WaitTimeSeconds", request.wait_time_seconds, limits::WAIT_SECONDS),
        ("VisibilityTimeout", request.visibility_timeout, limits::VISIBILITY_SECONDS),
    ];
    let broken = bounds.into_iter().find_map(|(name, value, range)| {
        let value = value.filter(|value| !range.contains(value))?;
        let reason = format!("Must be >= {} and <= {}, if provided.", range.start(), range.end());
        Some(Refusal::parameter(name, value, reason))
    });
    broken.map_or(Ok(()), Err)
}

/// Takes the visible messages.
fn look(call: &Call<'_>, request: &ReceiveMessage) -> Result<Look, Refusal> {
    let now_ms = clock::now_ms();
    let look = call.sqs.store.transact(|tx| {
        let queue = addressed(tx, &request.queue_url)?;
        Messages(tx).expire(&queue, now_ms)?;
        let buried_in = bury(tx, &queue, now_ms)?;
        let deliveries = take(tx, &queue, request, &call.sqs.faults, now_ms)?;
        let next_visible_at_ms = match deliveries.is_empty() {
            true => Messages(tx).next_visible_at_ms(queue.id, now_ms)?,
            false => None,
        };
        let arrivals = call.sqs.signals.arrivals(queue.id);
        Ok::<_, Refusal>(Look { deliveries, buried_in, next_visible_at_ms, arrivals })
    })?;
    if let Some(dead_letters) = look.buried_in {
        call.sqs.signals.arrived(dead_letters);
    }
    Ok(look)
}

/// Moves messages that were received too often. If the dead-letter queue was deleted, they stay and are still
/// delivered, because losing them would be worse.
fn bury(connection: &Connection, queue: &Queue, now_ms: i64) -> Result<Option<i64>, Refusal> {
    let Some(redrive) = &queue.attributes.redrive else { return Ok(None) };
    let target = redrive.target().map_or(Ok(None), |name| Queues(connection).find(name))?;
    let Some(target) = target else { return Ok(None) };
    let moved = Messages(connection).bury(queue.id, target.id, redrive.max_receive_count, now_ms)?;
    Ok((moved > 0).then_some(target.id))
}

/// Delivers up to as many messages as were asked for.
fn take(
    connection: &Connection,
    queue: &Queue,
    request: &ReceiveMessage,
    faults: &Faults,
    now_ms: i64,
) -> Result<Vec<Delivery>, Refusal> {
    let messages = Messages(connection);
    let limit = request.max_number_of_messages.map_or(1, |max| usize::try_from(max).unwrap_or(1));
    let windows = messages.windows(queue.id, limit, now_ms)?;
    if windows.iter().map(|window| window.in_flight).sum::<usize>() >= limits::IN_FLIGHT_MESSAGES {
        return Err(Refusal::OverLimit(queue.name.clone()));
    }
    let hidden_seconds = request.visibility_timeout.unwrap_or(queue.attributes.visibility_seconds);
    let visible_at_ms = now_ms.saturating_add(clock::seconds(hidden_seconds));
    let mut deliveries = Vec::new();
    for sequence in fairness::pick(&windows, limit) {
        let delivery = messages.deliver(sequence, visible_at_ms, now_ms)?;
        if !delivery.is_copy && faults.duplicates_next() {
            messages.duplicate(sequence, now_ms)?;
        }
        deliveries.push(delivery);
    }
    if faults.reverses() {
        deliveries.reverse();
    }
    Ok(deliveries)
}

fn present(request: &ReceiveMessage, deliveries: Vec<Delivery>) -> Result<Answer, Refusal> {
    let messages: Vec<_> =
        deliveries.into_iter().map(|delivery| present::message(delivery, request)).collect();
    let payload_bytes = messages.iter().map(|message| message.body.len()).sum();
    Answer::carrying(&Received { messages }, payload_bytes)
}
