//! What each step of a campaign is billed, in dollars: counted where it can be counted, and calculated
//! from the deployment where no emulator bills it.

use std::collections::BTreeMap;

use super::{
    deployment::{self, Deployed},
    measured_stack::Reading,
    prices::{Prices, Quantities},
};

/// A step of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The request that is answered with 202.
    Accept,
    /// The hand-over of every batch.
    Dispatch,
    /// A callback for every recipient: verified, placed, queued.
    Callbacks,
    /// The application of queued reports.
    Reports,
}

impl Step {
    /// In the order of a campaign.
    pub const ALL: [Self; 4] = [Self::Accept, Self::Dispatch, Self::Callbacks, Self::Reports];

    /// Name in tables and in the budget.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Dispatch => "dispatch",
            Self::Callbacks => "callbacks",
            Self::Reports => "reports",
        }
    }

    const fn function(self) -> &'static str {
        match self {
            Self::Accept => "ApiFunction",
            Self::Dispatch => "DispatchFunction",
            Self::Callbacks => "CallbacksFunction",
            Self::Reports => "ReceiptsFunction",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Measured {
    pub step: Step,
    /// Recipients it was measured for.
    pub recipients: usize,
    /// Invocations of its function.
    pub invocations: u64,
    /// What the emulators billed.
    pub reading: Reading,
}

impl Measured {
    /// AWS's bill for a million recipients. `processor_us` is our own processor time for one.
    pub fn quantities(&self, prices: &Prices, processor_us: f64) -> Quantities {
        let (function, scale) = (deployment::function(self.step.function()), 1e6 / self.recipients as f64);
        let (dynamodb, invocations) = (&self.reading.dynamodb, self.invocations as f64 * scale);
        let requests = if self.is_of_http() { invocations } else { 0.0 };
        let through_gateway = if function.is_behind_gateway { requests } else { 0.0 };
        let provider_calls = self.reading.provider_calls as f64 * scale;
        let seconds = self.waiting_seconds(prices, scale);
        let mut log_bytes = through_gateway * prices.assumed("log_bytes_per_http_request");
        if function.is_logged {
            log_bytes += invocations * prices.assumed("log_bytes_per_invocation");
        }
        let to_provider = provider_calls * prices.assumed("egress_bytes_per_provider_call");
        let to_callers = requests * prices.assumed("egress_bytes_per_answer");
        let traces = if function.is_traced { invocations * prices.assumed("traced_share") } else { 0.0 };
        BTreeMap::from([
            ("dynamodb_write_units", dynamodb.write_units() * scale),
            ("dynamodb_read_units", dynamodb.read_units() * scale),
            ("sqs_requests", self.reading.sqs.total() as f64 * scale),
            ("sqs_fair_requests", self.fair_requests() * scale),
            ("lambda_requests", invocations),
            ("lambda_gb_seconds", gb_seconds(&function, prices, seconds, processor_us)),
            ("http_api_requests", through_gateway),
            ("traces", traces),
            ("log_megabytes", log_bytes / 1e6),
            ("egress_megabytes", (to_provider + to_callers) / 1e6),
        ])
    }

    const fn is_of_http(&self) -> bool {
        matches!(self.step, Step::Accept | Step::Callbacks)
    }

    /// Messages of batches carry a group, so that a small campaign is not stuck behind a big one; messages
    /// of reports do not.
    fn fair_requests(&self) -> f64 {
        match self.step {
            Step::Accept | Step::Dispatch => self.reading.sqs.total() as f64,
            Step::Callbacks | Step::Reports => 0.0,
        }
    }

    /// Seconds that invocations wait for others: calls one after another, batches side by side.
    fn waiting_seconds(&self, prices: &Prices, scale: f64) -> f64 {
        let sqs_calls = match self.step {
            Step::Callbacks => self.invocations as f64,
            Step::Accept | Step::Dispatch | Step::Reports => 0.0,
        };
        let calls =
            (self.reading.dynamodb.calls() as f64 + sqs_calls) * prices.assumed("aws_call_latency_ms");
        let provider = self.reading.provider_calls as f64 * prices.assumed("provider_latency_ms");
        let at_once = match self.step {
            Step::Dispatch => prices.assumed("batches_in_flight_per_invocation"),
            Step::Accept | Step::Callbacks | Step::Reports => 1.0,
        };
        (calls + provider) / at_once * scale / 1e3
    }
}

/// Lambda gives processor time in proportion to memory, so computing costs the same at any size, and
/// waiting costs what the size is.
fn gb_seconds(function: &Deployed, prices: &Prices, waiting_seconds: f64, processor_us: f64) -> f64 {
    let memory_gb = function.memory_mb / 1024.0;
    let processors = function.memory_mb / prices.assumed("memory_mb_per_processor");
    let computing_seconds = processor_us / processors.min(1.0);
    memory_gb * (waiting_seconds + computing_seconds)
}
