//! The cost of the naive sender next to the product's: units, requests and dollars.
//!
//! The naive sender is assumed to be deployed with the product's memory, with callbacks through API Gateway, as usual,
//! and with free computing; every unknown is decided in its favour.

use std::collections::BTreeMap;

use platform::{
    aws::AwsSettings,
    http::{HttpClient, Roots},
};

use super::{
    sender::{self, IN_HAND, NaiveSender, Worked},
    table::{self, CALLS},
};
use crate::{
    journey::{bill, time},
    options::Options,
    support::{
        books, deployment,
        measured_stack::{MeasuredStack, Reading, Setup},
        prices::{Prices, Quantities},
        table::{Table, count, short},
    },
};

/// Sizes of the campaigns whose cost is compared.
const BILLED: [usize; 2] = [1_000, 10_000];

/// A step of the naive sender's campaign.
struct Step {
    word: &'static str,
    reading: Reading,
    invocations: u64,
    /// Calls at the same time.
    at_once: usize,
    /// Requests by HTTP.
    requests: u64,
}

/// Measures and prints.
pub async fn print(options: &Options) {
    let prices = Prices::read();
    let columns = ["recipients", "whose", "step", "write units", "read units", "SQS requests", "$/1,000,000"];
    let mut table = Table::new("The bill compared with the naive sender's, for 1,000 recipients", &columns);
    for recipients in options.sizes_up_to(BILLED[1]).filter(|size| BILLED.contains(size)) {
        for step in measure(recipients).await {
            let dollars = prices.total(&step.quantities(&prices, recipients));
            table.row(row(recipients, "naive", step.word, &step.reading, recipients, dollars));
        }
        let processor_us = time::measure(recipients, &prices).await.processor_us();
        for step in bill::measure(recipients, &prices).await.steps {
            let dollars = bill::dollars(std::slice::from_ref(&step), &prices, &processor_us);
            table.row(row(recipients, "own", step.step.word(), &step.reading, step.recipients, dollars));
        }
    }
    table.print();
}

/// `measured` is the number of recipients that the reading is of.
fn row(
    recipients: usize,
    whose: &str,
    step: &str,
    reading: &Reading,
    measured: usize,
    dollars: f64,
) -> [String; 7] {
    let thousands = measured as f64 / 1e3;
    [
        count(recipients as u64),
        whose.to_owned(),
        step.to_owned(),
        short(reading.dynamodb.write_units() / thousands),
        short(reading.dynamodb.read_units() / thousands),
        short(reading.sqs.total() as f64 / thousands),
        short(dollars),
    ]
}

async fn measure(recipients: usize) -> [Step; 3] {
    let measured = MeasuredStack::start(Setup::Metered).await;
    let direct = measured.dynamodb();
    table::create(&direct).await;
    sender::write_book(&direct, "only", &books::numbers(recipients)).await;
    let http = HttpClient::new(Roots::Amazon).expect("the TLS library takes its configuration");
    let metered = AwsSettings::emulator(&measured.stack.variables()["AWS_ENDPOINT_URL_DYNAMODB"]);
    let metered = aws_sdk_dynamodb::Client::new(&metered.connection(http.shared_http_client()));
    let (sender, start) = (NaiveSender::of(&measured, metered), measured.read());
    let audience = sender::resolve(&sender.dynamodb, &["only".to_owned()]).await;
    sender.accept(&audience).await;
    let accepted = measured.read();
    let Worked { invocations, .. } = sender.work().await;
    let dispatched = measured.read();
    sender.report(&audience).await;
    let reported = measured.read();
    measured.stack.stop().await;
    let step = |word, from: &Reading, to: &Reading, invocations, at_once, requests| Step {
        word,
        reading: to.since(from),
        invocations,
        at_once,
        requests,
    };
    let reports = audience.len() as u64;
    [
        step("accept", &start, &accepted, 1, CALLS, 1),
        step("dispatch", &accepted, &dispatched, invocations, IN_HAND, 0),
        step("reports", &dispatched, &reported, reports, 1, reports),
    ]
}

impl Step {
    /// For a million recipients.
    fn quantities(&self, prices: &Prices, recipients: usize) -> Quantities {
        let scale = 1e6 / recipients as f64;
        let function = deployment::function("DispatchFunction");
        let calls = (self.reading.dynamodb.calls() + self.reading.sqs.total()) as f64;
        let provider_calls = self.reading.provider_calls as f64;
        let waiting_ms = calls * prices.assumed("aws_call_latency_ms")
            + provider_calls * prices.assumed("provider_latency_ms");
        let seconds = waiting_ms / self.at_once as f64 * scale / 1e3;
        let (invocations, requests) = (self.invocations as f64 * scale, self.requests as f64 * scale);
        let log_bytes = invocations * prices.assumed("log_bytes_per_invocation")
            + requests * prices.assumed("log_bytes_per_http_request");
        let egress_bytes = provider_calls * scale * prices.assumed("egress_bytes_per_single_call");
        BTreeMap::from([
            ("dynamodb_write_units", self.reading.dynamodb.write_units() * scale),
            ("dynamodb_read_units", self.reading.dynamodb.read_units() * scale),
            ("sqs_requests", self.reading.sqs.total() as f64 * scale),
            ("lambda_requests", invocations),
            ("lambda_gb_seconds", seconds * function.memory_mb / 1024.0),
            ("http_api_requests", requests),
            ("log_megabytes", log_bytes / 1e6),
            ("egress_megabytes", egress_bytes / 1e6),
        ])
    }
}
