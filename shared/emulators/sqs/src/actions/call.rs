//! The context of one call, and its answer.

use rusqlite::Connection;
use serde::Serialize;

use crate::address;
use crate::refusal::Refusal;
use crate::service::Service;
use crate::store::{Queue, Queues};

/// The context of an action besides its request.
pub(crate) struct Call<'a> {
    pub(crate) sqs: &'a Service,
    /// The host that the client has called, for queue URLs.
    pub(crate) host: &'a str,
}

/// The answer to a request.
pub(crate) struct Answer {
    pub(crate) json: Vec<u8>,
    /// Bytes of message bodies that the request or the answer carried: what is billed.
    pub(crate) payload_bytes: usize,
}

impl Answer {
    pub(super) fn of(content: &impl Serialize) -> Result<Self, Refusal> {
        Self::carrying(content, 0)
    }

    pub(super) fn carrying(content: &impl Serialize, payload_bytes: usize) -> Result<Self, Refusal> {
        let json = serde_json::to_vec(content).map_err(Refusal::Unwritable)?;
        Ok(Self { json, payload_bytes })
    }
}

pub(super) fn addressed(connection: &Connection, queue_url: &str) -> Result<Queue, Refusal> {
    let name = address::name_in(queue_url)?;
    Queues(connection).find(name)?.ok_or(Refusal::QueueDoesNotExist)
}

/// Refuses an absent required field.
pub(super) fn required(parameter: &'static str, value: &str) -> Result<(), Refusal> {
    if value.is_empty() { Err(Refusal::MissingParameter(parameter)) } else { Ok(()) }
}
