//! Batches → the SMS provider → outcomes. Consumes the queue of batches.
//!
//! Each message names a batch. The worker reads the truth from the tables, claims the batch, and hands
//! its recipients over group by group ([`worker`]); [`domain::dispatch`] decides each step. A message is
//! acknowledged once there is nothing to be done about it now: the clock asks again where something is
//! left. It comes back by itself only where the provider asked for time or a store did not answer.
//!
//! **Architecture invariant.** Nothing here calls the provider without having written, as the first
//! and only one, the journal record that intends it.

mod dispatcher;
mod worker;

use std::time::SystemTime;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::timestamp::Timestamp;
use futures_util::{StreamExt, stream};
use lambda_runtime::{LambdaEvent, service_fn};
use platform::{environment, secret::Secrets, telemetry};
use queue::{BatchTask, PoisonError};

pub use dispatcher::{Dispatcher, StartError};
pub use worker::{Dispatched, GROUP_TIME};

/// Batches of one invocation that are worked on at once: each waits for its provider most of the time.
const BATCHES_AT_ONCE: usize = 10;
/// Variables that a deployment keeps in Secrets Manager.
const SECRETS: [&str; 1] = ["AFRICASTALKING_API_KEY"];

impl Dispatcher {
    /// Works off one invocation's messages, each by itself; those that are to come back are named.
    pub async fn dispatch(&self, event: SqsEvent, deadline: SystemTime) -> SqsBatchResponse {
        let deadline = Timestamp::from(deadline);
        let taken = stream::iter(event.records)
            .map(|message| async move {
                let id = message.message_id.clone().unwrap_or_default();
                (id, self.dispatch_message(message, deadline).await)
            })
            .buffer_unordered(BATCHES_AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        let mut response = SqsBatchResponse::default();
        for (id, _) in taken.into_iter().filter(|(_, comes_back)| *comes_back) {
            response.add_failure(id);
        }
        response
    }

    /// Works off one message; says whether it is to come back.
    async fn dispatch_message(&self, message: SqsMessage, deadline: Timestamp) -> bool {
        let BatchTask { batch: key } = match queue::decode(message.body.as_deref().unwrap_or_default()) {
            Ok(task) => task,
            // Newer code will read it; until it is here the message must not be lost.
            Err(error @ PoisonError::UnknownForm(_)) => {
                tracing::error!(%error, "a message comes back");
                return true;
            }
            Err(error) => {
                self.record_poison(message.message_id.as_deref().unwrap_or_default(), &error.to_string());
                return false;
            }
        };
        match self.run(key, deadline).await {
            Ok(Dispatched::Nothing | Dispatched::Closed | Dispatched::SetAside) => false,
            Ok(Dispatched::NoSuchBatch) => {
                self.record_poison(
                    message.message_id.as_deref().unwrap_or_default(),
                    "there is no such batch",
                );
                false
            }
            Ok(Dispatched::Left { wait } | Dispatched::Fenced { wait }) => {
                self.bring_back(
                    message.receipt_handle.as_deref().unwrap_or_default(),
                    wait.secs_rounded_up(),
                )
                .await;
                true
            }
            Err(error) => {
                let (campaign, batch) = (key.campaign.number(), key.batch);
                tracing::error!(%error, campaign.id = campaign, batch.number = batch, "a batch was left");
                true
            }
        }
    }

    /// A message that nobody will ever understand is written down and acknowledged: it would come back
    /// for ever, and delay others.
    fn record_poison(&self, message_id: &str, reason: &str) {
        tracing::error!(queue.message_id = message_id, reason, "a poisonous message was put aside");
        telemetry::metrics(self.clock.now().millis(), "dispatch", &[(telemetry::POISON_MESSAGES, 1)]);
    }

    async fn bring_back(&self, receipt_handle: &str, seconds: i64) {
        if let Err(error) = self.queues.delay_batch(receipt_handle, seconds).await {
            tracing::warn!(%error, "a message comes back after the queue's own time");
        }
    }
}

/// Runs the function until Lambda ends it.
pub async fn run() -> Result<(), lambda_runtime::Error> {
    telemetry::start();
    let secrets = Secrets::read(&SECRETS, &environment::process).await?;
    let dispatcher = Dispatcher::from_lookup(&secrets.over(&environment::process))?;
    dispatcher.prime().await;
    let dispatcher = &dispatcher;
    let dispatch = service_fn(|event: LambdaEvent<_>| async move {
        let deadline = event.context.deadline();
        Ok::<_, lambda_runtime::Error>(dispatcher.dispatch(event.payload, deadline).await)
    });
    lambda_runtime::run(dispatch).await
}
