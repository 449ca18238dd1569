//! Making, finding, changing and removing queues.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::call::{Answer, Call, addressed, required};
use crate::attributes::{QueueAttributes, RedrivePolicy};
use crate::refusal::Refusal;
use crate::store::{Depth, Queue, Queues};
use crate::wire::{self, Nothing, QueueUrl};
use crate::{address, clock};

/// Attributes that GetQueueAttributes knows; any other name is refused.
const READABLE: [&str; 8] = [
    "All",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "MessageRetentionPeriod",
    "QueueArn",
    "RedrivePolicy",
    "VisibilityTimeout",
];

/// CreateQueue: makes the queue, or finds the same one again.
pub(super) fn create(call: &Call<'_>, request: &wire::CreateQueue) -> Result<Answer, Refusal> {
    address::check_name(&request.queue_name)?;
    call.sqs.store.transact(|tx| match Queues(tx).find(&request.queue_name)? {
        Some(existing) => same_attributes(&existing, &request.attributes),
        None => insert(tx, request),
    })?;
    Answer::of(&QueueUrl { queue_url: address::url(call.host, &request.queue_name) })
}

fn same_attributes(existing: &Queue, wanted: &BTreeMap<String, String>) -> Result<(), Refusal> {
    let is_same = existing.attributes.with(wanted)? == existing.attributes;
    if is_same { Ok(()) } else { Err(Refusal::QueueNameExists) }
}

fn insert(connection: &Connection, request: &wire::CreateQueue) -> Result<(), Refusal> {
    let attributes = QueueAttributes::default().with(&request.attributes)?;
    check_target(connection, attributes.redrive.as_ref())?;
    Ok(Queues(connection).insert(&request.queue_name, &attributes)?)
}

/// Refuses a redrive policy whose dead-letter queue does not exist.
fn check_target(connection: &Connection, redrive: Option<&RedrivePolicy>) -> Result<(), Refusal> {
    let Some((redrive, target)) = redrive.and_then(|redrive| Some((redrive, redrive.target()?))) else {
        return Ok(());
    };
    match Queues(connection).find(target)? {
        Some(_) => Ok(()),
        None => Err(Refusal::redrive_policy(&redrive.to_wire(), "Dead letter target does not exist.")),
    }
}

/// GetQueueUrl.
pub(super) fn url(call: &Call<'_>, request: &wire::ByName) -> Result<Answer, Refusal> {
    required("QueueName", &request.queue_name)?;
    let queue = call.sqs.store.transact(|tx| Queues(tx).find(&request.queue_name))?;
    let queue = queue.ok_or(Refusal::QueueDoesNotExist)?;
    Answer::of(&QueueUrl { queue_url: address::url(call.host, &queue.name) })
}

/// DeleteQueue: at once, with all messages.
pub(super) fn delete(call: &Call<'_>, request: &wire::ByUrl) -> Result<Answer, Refusal> {
    let queue = call.sqs.store.transact(|tx| {
        let queue = addressed(tx, &request.queue_url)?;
        Queues(tx).delete(queue.id)?;
        Ok::<_, Refusal>(queue.id)
    })?;
    call.sqs.signals.removed(queue);
    Answer::of(&Nothing {})
}

pub(super) fn set_attributes(call: &Call<'_>, request: &wire::SetQueueAttributes) -> Result<Answer, Refusal> {
    let queue = call.sqs.store.transact(|tx| {
        let queue = addressed(tx, &request.queue_url)?;
        let attributes = queue.attributes.with(&request.attributes)?;
        check_target(tx, attributes.redrive.as_ref())?;
        Queues(tx).change(queue.id, &attributes)?;
        Ok::<_, Refusal>(queue.id)
    })?;
    // A lower maxReceiveCount or a shorter retention may change what a waiting poll would find.
    call.sqs.signals.arrived(queue);
    Answer::of(&Nothing {})
}

pub(super) fn attributes(call: &Call<'_>, request: &wire::GetQueueAttributes) -> Result<Answer, Refusal> {
    let names = &request.attribute_names;
    if let Some(unknown) = names.iter().find(|name| !READABLE.contains(&name.as_str())) {
        return Err(Refusal::InvalidAttributeName(unknown.clone()));
    }
    let (queue, depth) = call.sqs.store.transact(|tx| {
        let queue = addressed(tx, &request.queue_url)?;
        let depth = Queues(tx).depth(&queue, clock::now_ms())?;
        Ok::<_, Refusal>((queue, depth))
    })?;
    let mut attributes = readable(&queue, depth);
    attributes.retain(|name, _| names.iter().any(|wanted| wanted == "All" || wanted == name));
    Answer::of(&wire::Attributes { attributes })
}

fn readable(queue: &Queue, depth: Depth) -> BTreeMap<String, String> {
    let mut attributes = queue.attributes.to_wire();
    let computed = [
        ("ApproximateNumberOfMessages", depth.visible.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", depth.in_flight.to_string()),
        ("ApproximateNumberOfMessagesDelayed", depth.delayed.to_string()),
        ("QueueArn", address::arn(&queue.name)),
    ];
    attributes.extend(computed.map(|(name, value)| (name.to_owned(), value)));
    attributes
}
