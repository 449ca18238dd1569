//! Provider callbacks → verified → queue → statuses.
//!
//! One function with two triggers (HTTP and SQS). Over HTTP a provider reports: the report is verified, the messages
//! that it may be about are found ([`locate`]), and it is answered as soon as it is safely queued ([`callbacks`]).
//! Over the queue the reports come back by the thousand, are offered to those messages ([`apply`]), batch
//! by batch and many batches in one write ([`offer`]).
//!
//! **Architecture invariant.** A report's phone number is never queued: a queued report names a slot.

mod apply;
mod cache;
mod callbacks;
mod locate;
mod offer;
mod receipts;
mod report;
#[cfg(test)]
mod scale;

use std::time::SystemTime;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_http::{Adapter, request::LambdaRequest};
use lambda_runtime::{Error, LambdaEvent, Service, service_fn};
use platform::{environment, secret::Secrets, telemetry};
use serde_json::Value;
use web::Routes;

pub use callbacks::endpoints;
pub use receipts::{CallbackSecrets, Receipts};

impl Receipts {
    /// The callback addresses as a router.
    pub fn routes(&self) -> Routes {
        Routes::without_keys(endpoints(), self.clone())
    }

    /// Applies queued reports until the deadline; names the messages that are to come back.
    pub async fn apply(&self, event: SqsEvent, deadline: SystemTime) -> SqsBatchResponse {
        apply::apply(self, event, deadline.into()).await
    }

    /// Answers an event of either trigger: queue events have `Records`, everything else is a request.
    pub async fn invoke(&self, event: LambdaEvent<Value>) -> Result<Value, Error> {
        let LambdaEvent { payload, context } = event;
        if payload.get("Records").is_some() {
            let reports: SqsEvent = serde_json::from_value(payload)?;
            return Ok(serde_json::to_value(self.apply(reports, context.deadline()).await)?);
        }
        let request: LambdaRequest = serde_json::from_value(payload)?;
        let service = web::service(self.routes());
        // In two steps, since an adapter held over an await could not move between threads.
        let answer = Adapter::from(service).call(LambdaEvent::new(request, context));
        Ok(serde_json::to_value(answer.await?)?)
    }
}

/// Runs the function until Lambda ends it.
pub async fn run() -> Result<(), Error> {
    telemetry::start()?;
    let secrets = Secrets::read(&receipts::SECRETS, &environment::process).await?;
    let receipts = Receipts::from_lookup(&secrets.over(&environment::process))?;
    receipts.prime().await;
    let triggers = service_fn(move |event: LambdaEvent<Value>| {
        let receipts = receipts.clone();
        // Boxed: the future of both triggers is deep, and one allocation an event is nothing.
        Box::pin(async move { receipts.invoke(event).await })
    });
    lambda_runtime::run(triggers).await
}
