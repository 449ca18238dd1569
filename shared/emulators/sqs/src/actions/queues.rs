//! Making, finding, changing and removing queues.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::Connection;

use super::{Answer, Call, addressed, required};
use crate::attributes::{QueueAttributes, RedrivePolicy};
use crate::refusal::Refusal;
use crate::store::{Depth, Queue, Queues};
use crate::wire::{self, Nothing, QueueUrl, QueueUrls};
use crate::{address, clock, limits};

/// Attributes that GetQueueAttributes knows; any other name is refused.
const READABLE: [&str; 18] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "DelaySeconds",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "LastModifiedTimestamp",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "Policy",
    "QueueArn",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
    "All",
];

/// CreateQueue: makes the queue, or finds the same one again.
pub(super) fn create(call: &Call<'_>, request: &wire::CreateQueue) -> Result<Answer, Refusal> {
    address::check_name(&request.queue_name)?;
    call.sqs.store().transact(|tx| match Queues(tx).find(&request.queue_name)? {
        Some(existing) => same_attributes(&existing, &request.attributes),
        None => insert(tx, request),
    })?;
    call.sqs.signals().changed();
    Answer::of(&QueueUrl { queue_url: address::url(call.host, &request.queue_name) })
}

fn same_attributes(existing: &Queue, wanted: &BTreeMap<String, String>) -> Result<(), Refusal> {
    existing.attributes.first_difference(wanted)?.map_or(Ok(()), |name| Err(Refusal::QueueNameExists(name)))
}

fn insert(connection: &Connection, request: &wire::CreateQueue) -> Result<(), Refusal> {
    let attributes = QueueAttributes::default().with(&request.attributes)?;
    check_target(connection, attributes.redrive.as_ref())?;
    Ok(Queues(connection).insert(&request.queue_name, &attributes, clock::now_ms())?)
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
    let queue = call.sqs.store().transact(|tx| Queues(tx).find(&request.queue_name))?;
    let queue = queue.ok_or(Refusal::QueueDoesNotExist)?;
    Answer::of(&QueueUrl { queue_url: address::url(call.host, &queue.name) })
}

/// ListQueues: a page in alphabetical order. The token is the last name of the page before.
pub(super) fn list(call: &Call<'_>, request: &wire::ListQueues) -> Result<Answer, Refusal> {
    let page = request.max_results.unwrap_or(*limits::LISTED_QUEUES.end());
    if !limits::LISTED_QUEUES.contains(&page) {
        return Err(Refusal::parameter("MaxResults", page, "Must be between 1 and 1000, if provided."));
    }
    let after = request.next_token.as_deref().map_or(Ok(String::new()), name_in_token)?;
    let prefix = request.queue_name_prefix.as_deref().unwrap_or_default();
    let names = call.sqs.store().transact(|tx| Queues(tx).names(prefix, &after, page))?;
    // As the service does, a token is given only to clients that asked for pages.
    let is_full = request.max_results.is_some_and(|limit| usize::try_from(limit) == Ok(names.len()));
    let next_token = names.last().filter(|_| is_full).map(|name| URL_SAFE_NO_PAD.encode(name));
    let queue_urls = names.iter().map(|name| address::url(call.host, name)).collect();
    Answer::of(&QueueUrls { queue_urls, next_token })
}

fn name_in_token(token: &str) -> Result<String, Refusal> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    let name = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    name.ok_or_else(|| Refusal::parameter("NextToken", token, "Not a token of this service."))
}

/// DeleteQueue: at once, with all messages.
pub(super) fn delete(call: &Call<'_>, request: &wire::ByUrl) -> Result<Answer, Refusal> {
    let queue = call.sqs.store().transact(|tx| {
        let queue = addressed(tx, &request.queue_url)?;
        Queues(tx).delete(queue.id)?;
        Ok::<_, Refusal>(queue.id)
    })?;
    call.sqs.signals().removed(queue);
    Answer::of(&Nothing {})
}

/// PurgeQueue: at once, messages in flight included.
pub(super) fn purge(call: &Call<'_>, request: &wire::ByUrl) -> Result<Answer, Refusal> {
    let now_ms = clock::now_ms();
    call.sqs.store().transact(|tx| {
        let queue = addressed(tx, &request.queue_url)?;
        let allowed_at =
            |purged_at_ms: i64| purged_at_ms.saturating_add(clock::seconds(limits::PURGE_INTERVAL_SECONDS));
        if queue.purged_at_ms.is_some_and(|purged_at_ms| now_ms < allowed_at(purged_at_ms)) {
            return Err(Refusal::PurgeQueueInProgress(queue.name));
        }
        Ok(Queues(tx).purge(queue.id, now_ms)?)
    })?;
    call.sqs.signals().changed();
    Answer::of(&Nothing {})
}

/// SetQueueAttributes.
pub(super) fn set_attributes(call: &Call<'_>, request: &wire::SetQueueAttributes) -> Result<Answer, Refusal> {
    let queue = call.sqs.store().transact(|tx| {
        let queue = addressed(tx, &request.queue_url)?;
        let attributes = queue.attributes.with(&request.attributes)?;
        check_target(tx, attributes.redrive.as_ref())?;
        Queues(tx).change(queue.id, &attributes, clock::now_ms())?;
        Ok::<_, Refusal>(queue.id)
    })?;
    // A lower maxReceiveCount or a shorter retention may change what a waiting poll would find.
    call.sqs.signals().arrived(queue);
    Answer::of(&Nothing {})
}

/// GetQueueAttributes.
pub(super) fn attributes(call: &Call<'_>, request: &wire::GetQueueAttributes) -> Result<Answer, Refusal> {
    let names = &request.attribute_names;
    if let Some(unknown) = names.iter().find(|name| !READABLE.contains(&name.as_str())) {
        return Err(Refusal::InvalidAttributeName(unknown.clone()));
    }
    let (queue, depth) = call.sqs.store().transact(|tx| {
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
        ("CreatedTimestamp", (queue.created_at_ms / 1_000).to_string()),
        ("LastModifiedTimestamp", (queue.modified_at_ms / 1_000).to_string()),
        ("QueueArn", address::arn(&queue.name)),
    ];
    attributes.extend(computed.map(|(name, value)| (name.to_owned(), value)));
    attributes
}
