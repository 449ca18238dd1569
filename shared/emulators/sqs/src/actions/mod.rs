//! The actions of the service, by family. Called by the HTTP server with one parsed target each.

mod batch;
mod present;
mod queues;
mod receive;
mod send;
mod settle;

use rusqlite::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::address;
use crate::counts::Action;
use crate::embedded::EmbeddedSqs;
use crate::refusal::Refusal;
use crate::store::{Queue, Queues};

/// What an action knows besides its request.
pub(crate) struct Call<'a> {
    pub(crate) sqs: &'a EmbeddedSqs,
    /// The host that the client has called; queue URLs are made of it.
    pub(crate) host: &'a str,
}

/// The answer to a request.
pub(crate) struct Answer {
    pub(crate) json: Vec<u8>,
    /// Bodies and message attributes that the request or the answer carried: what is billed.
    pub(crate) payload_bytes: usize,
}

impl Answer {
    fn of(content: &impl Serialize) -> Result<Self, Refusal> {
        Self::carrying(content, 0)
    }

    fn carrying(content: &impl Serialize, payload_bytes: usize) -> Result<Self, Refusal> {
        let json = serde_json::to_vec(content).map_err(Refusal::Unwritable)?;
        Ok(Self { json, payload_bytes })
    }
}

/// Carries out one action.
pub(crate) async fn answer(call: &Call<'_>, action: Action, body: &[u8]) -> Result<Answer, Refusal> {
    match action {
        Action::CreateQueue => queues::create(call, &read(body)?),
        Action::GetQueueUrl => queues::url(call, &read(body)?),
        Action::ListQueues => queues::list(call, &read(body)?),
        Action::DeleteQueue => queues::delete(call, &read(body)?),
        Action::PurgeQueue => queues::purge(call, &read(body)?),
        Action::GetQueueAttributes => queues::attributes(call, &read(body)?),
        Action::SetQueueAttributes => queues::set_attributes(call, &read(body)?),
        Action::SendMessage => send::one(call, &read(body)?),
        Action::SendMessageBatch => send::batch(call, read(body)?),
        Action::ReceiveMessage => receive::receive(call, &read(body)?).await,
        Action::DeleteMessage => settle::delete(call, &read(body)?),
        Action::DeleteMessageBatch => settle::delete_batch(call, read(body)?),
        Action::ChangeMessageVisibility => settle::hide(call, &read(body)?),
        Action::ChangeMessageVisibilityBatch => settle::hide_batch(call, read(body)?),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(Refusal::Serialization)
}

/// The queue that a request addresses.
fn addressed(connection: &Connection, queue_url: &str) -> Result<Queue, Refusal> {
    let name = address::name_in(queue_url)?;
    Queues(connection).find(name)?.ok_or(Refusal::QueueDoesNotExist)
}

/// Refuses an absent required field.
fn required(parameter: &'static str, value: &str) -> Result<(), Refusal> {
    if value.is_empty() { Err(Refusal::MissingParameter(parameter)) } else { Ok(()) }
}
