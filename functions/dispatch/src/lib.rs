//! Batches → the SMS providers → outcomes. Consumes the queues of batches.
//!
//! Each message names a batch. The worker reads the stored state from the tables, claims the batch, and hands
//! its recipients over group by group ([`worker`]); [`domain::dispatch`] decides each step. A message is
//! acknowledged once there is nothing to be done about it now: the clock asks again if something is
//! left. It comes back by itself only if a store did not answer, or if the batch waits for less time than passes
//! between two looks of the clock.
//!
//! **Architecture invariant.** Nothing here calls the provider without having written, as the first
//! and only one, the journal record that intends it.

mod connecting;
mod dispatcher;
mod renewed;
mod sending_accounts;
mod worker;

use std::time::SystemTime;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{campaign::deadlines::LOOK_EVERY, keys::BatchKey, timestamp::Timestamp};
use futures_util::{StreamExt, stream};
use lambda_runtime::{LambdaEvent, service_fn};
use platform::{environment, telemetry};
use queue::{BatchTask, Received};
use tracing::Instrument;

pub use connecting::connect_added;
pub use dispatcher::{Dispatcher, StartError};
pub use renewed::{ReadAccount, RenewedProvider};
pub use sending_accounts::{Connect, Connected, SendingAccount, SendingAccounts};
pub use worker::{Dispatched, GROUP_TIME};

/// The function's name in its metrics.
const FUNCTION: &str = "dispatch";
/// Batches of one invocation that are worked on at once: each waits for its provider most of the time.
const BATCHES_AT_ONCE: usize = 10;
/// Variables that a deployment keeps in Secrets Manager.
const SECRETS: [&str; 1] = ["PROVIDER_SECRETS"];

/// The end of a queue message after work on its batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    /// The message is deleted from the queue.
    Acknowledged,
    /// The message stays in the queue and is received again.
    ComesBack,
}

/// The queue that a message came from, and its handle there.
struct Delivery {
    arn: Option<String>,
    receipt_handle: Option<String>,
}

impl Dispatcher {
    /// Dispatches the batches of an invocation, until its deadline.
    pub async fn invoke(&self, event: LambdaEvent<SqsEvent>) -> SqsBatchResponse {
        let LambdaEvent { payload, context } = event;
        let span = telemetry::invocation(&context.request_id);
        self.dispatch(payload, context.deadline()).instrument(span).await
    }

    /// Dispatches the batch of each message by itself; returns the ids of messages that must be received again.
    pub async fn dispatch(&self, event: SqsEvent, deadline: SystemTime) -> SqsBatchResponse {
        let deadline = Timestamp::from(deadline);
        let come_back = stream::iter(event.records)
            .map(|message| self.dispatch_message(message, deadline))
            .buffer_unordered(BATCHES_AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        let mut response = SqsBatchResponse::default();
        self.accounts.invocation_ended().await;
        self.test.invocation_ended();
        come_back.into_iter().flatten().for_each(|message_id| response.add_failure(message_id));
        response
    }

    /// Dispatches the batch of one message; returns the message's id if it must be received again.
    async fn dispatch_message(&self, message: SqsMessage, deadline: Timestamp) -> Option<String> {
        let SqsMessage { message_id, receipt_handle, body, event_source_arn, .. } = message;
        match queue::receive(FUNCTION, message_id, body.as_deref(), self.clock.now()) {
            Received::Task { message_id, task: BatchTask { batch } } => {
                let received = Delivery { arn: event_source_arn, receipt_handle };
                let ending = self.dispatch_batch(batch, &message_id, received, deadline);
                let ending = ending.instrument(telemetry::batch(batch)).await;
                (ending == Ending::ComesBack).then_some(message_id)
            }
            Received::Newer { message_id } => Some(message_id),
            Received::Poison => None,
        }
    }

    async fn dispatch_batch(
        &self,
        key: BatchKey,
        message_id: &str,
        received: Delivery,
        deadline: Timestamp,
    ) -> Ending {
        match self.run(key, deadline).await {
            Ok(Dispatched::Nothing | Dispatched::Closed | Dispatched::SetAside) => Ending::Acknowledged,
            Ok(Dispatched::NoSuchBatch) => {
                queue::record_poison(FUNCTION, message_id, "there is no such batch", self.clock.now());
                Ending::Acknowledged
            }
            // The clock enqueues the batch by then. A message that is received too often becomes a dead letter.
            Ok(Dispatched::Left { wait }) if wait >= LOOK_EVERY => Ending::Acknowledged,
            Ok(Dispatched::Left { wait } | Dispatched::Fenced { wait }) => {
                self.delay(&received, wait.secs_rounded_up()).await;
                Ending::ComesBack
            }
            Err(error) => {
                tracing::error!(%error, "a batch was left");
                Ending::ComesBack
            }
        }
    }

    /// Delays a message by `seconds`. If it has no receipt handle, or the queue refuses the delay, it comes back after
    /// the queue's own time, because it is reported as failed.
    async fn delay(&self, received: &Delivery, seconds: i64) {
        let Some(receipt_handle) = &received.receipt_handle else {
            tracing::warn!("a message without a receipt handle comes back after the queue's own time");
            return;
        };
        if let Err(error) = self.queues.delay_batch(received.arn.as_deref(), receipt_handle, seconds).await {
            tracing::warn!(%error, "a message comes back after the queue's own time");
        }
    }
}

/// Runs the function until Lambda ends it.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    telemetry::start()?;
    let secrets = stores::read_secrets(FUNCTION, &SECRETS, &environment::process).await?;
    let dispatcher = Dispatcher::start(&secrets.over(&environment::process)).await?;
    dispatcher.prime().await;
    let dispatcher = &dispatcher;
    let dispatch =
        service_fn(|event| async move { Ok::<_, lambda_runtime::Error>(dispatcher.invoke(event).await) });
    lambda_runtime::run(dispatch).await
}
