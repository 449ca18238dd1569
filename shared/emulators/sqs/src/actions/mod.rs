//! The actions of the service, by family. Called by the HTTP server with one parsed target each.

mod batch;
mod call;
mod present;
mod queues;
mod receive;
mod send;
mod settle;

use serde::de::DeserializeOwned;

use crate::counts::Action;
use crate::refusal::Refusal;

pub(crate) use call::{Answer, Call};

/// Carries out one action.
pub(crate) async fn answer(call: &Call<'_>, action: Action, body: &[u8]) -> Result<Answer, Refusal> {
    match action {
        Action::CreateQueue => queues::create(call, &read(body)?),
        Action::GetQueueUrl => queues::url(call, &read(body)?),
        Action::DeleteQueue => queues::delete(call, &read(body)?),
        Action::GetQueueAttributes => queues::attributes(call, &read(body)?),
        Action::SetQueueAttributes => queues::set_attributes(call, &read(body)?),
        Action::SendMessage => send::one(call, read(body)?),
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
