//! The function `receipts`: applies queued delivery reports. It consumes the queue of reports, which the function
//! `callbacks` fills, and the queue of AWS's events ([`aws_event`]).
//!
//! It receives reports by the thousand, finds the message of each ([`apply`]), and writes the reports of many batches
//! at once ([`offer`]).

mod apply;
mod aws_event;
mod offer;
mod receipts;
mod report;

use std::time::SystemTime;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use platform::telemetry;
use tracing::Instrument;

pub use receipts::Receipts;

/// The function's name in its metrics.
const FUNCTION: &str = "receipts";

impl Receipts {
    /// Applies queued reports until the deadline; returns the messages that must come back.
    pub async fn apply(&self, event: SqsEvent, deadline: SystemTime) -> SqsBatchResponse {
        apply::apply(self, event, deadline.into()).await
    }

    /// Applies the reports of an invocation, until its deadline.
    pub async fn invoke(&self, event: LambdaEvent<SqsEvent>) -> SqsBatchResponse {
        let LambdaEvent { payload, context } = event;
        let span = telemetry::invocation(&context.request_id);
        self.apply(payload, context.deadline()).instrument(span).await
    }
}

/// Runs the function until Lambda ends it.
pub async fn run() -> Result<(), Error> {
    telemetry::start()?;
    let receipts = Receipts::from_process()?;
    receipts.prime().await;
    let receipts = &receipts;
    let apply = service_fn(|event| async move { Ok::<_, Error>(receipts.invoke(event).await) });
    lambda_runtime::run(apply).await
}
