//! Queued delivery reports → statuses. Consumes the queue of reports, which the function `callbacks` fills.
//!
//! The reports come by the thousand, are offered to the messages that they may be about ([`apply`]), batch by batch and
//! many batches in one write ([`offer`]).

mod apply;
mod offer;
mod receipts;
mod report;

use std::time::SystemTime;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use platform::telemetry;

pub use receipts::Receipts;

impl Receipts {
    /// Applies queued reports until the deadline; names the messages that are to come back.
    pub async fn apply(&self, event: SqsEvent, deadline: SystemTime) -> SqsBatchResponse {
        apply::apply(self, event, deadline.into()).await
    }
}

/// Runs the function until Lambda ends it.
pub async fn run() -> Result<(), Error> {
    telemetry::start()?;
    let receipts = Receipts::from_process()?;
    receipts.prime().await;
    let receipts = &receipts;
    let apply = service_fn(|event: LambdaEvent<SqsEvent>| async move {
        let deadline = event.context.deadline();
        Ok::<_, Error>(receipts.apply(event.payload, deadline).await)
    });
    lambda_runtime::run(apply).await
}
