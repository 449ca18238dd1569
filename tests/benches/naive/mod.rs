//! The product beside a naive twin: what packed rosters, batches and a journal save.
//!
//! The twin resolves in a process of its own, so that its processor time and memory are its own; the
//! product's are those of a whole dry run (authentication, quote and answer included), which is more than
//! resolving.

mod twin;

use std::{process::Command, time::Duration};

use local::stack::FunctionName;
use platform::{
    aws::AwsSettings,
    http::{HttpClient, Roots},
};
use serde_json::{Value, json};

use crate::{
    options::Options,
    support::{
        books,
        plot::Plot,
        process,
        rig::{Reading, Rig, Setup},
        table::{Table, count, short},
    },
};
use twin::Twin;

/// Largest audience that is resolved both ways: the twin's books have an item for each contact.
const LARGEST: usize = 1_000_000;
/// Recipients of the campaign whose bill is compared.
const BILLED: usize = 1_000;
const MIB: f64 = 1024.0 * 1024.0;
/// The word that makes this program the twin.
pub const ROLE: &str = "naive-resolve";

/// What resolving took.
struct Resolved {
    processor: Duration,
    peak_bytes: u64,
}

/// Measures and prints.
pub async fn run(options: &Options) {
    let columns = ["recipients", "naive CPU ms", "own CPU ms", "ratio", "naive MiB", "own MiB"];
    let mut table = Table::new("Resolve and dedupe two overlapping books, beside the naive twin", &columns);
    let mut compared = Vec::new();
    for size in options.sizes.iter().filter(|size| **size <= LARGEST) {
        let (naive, own) = compare(*size).await;
        compared.push((*size as f64, naive.processor.as_secs_f64() * 1e3, own.processor.as_secs_f64() * 1e3));
        let ratio = naive.processor.as_secs_f64() / own.processor.as_secs_f64();
        table.row([
            count(*size as u64),
            short(naive.processor.as_secs_f64() * 1e3),
            short(own.processor.as_secs_f64() * 1e3),
            short(ratio),
            short(naive.peak_bytes as f64 / MIB),
            short(own.peak_bytes as f64 / MIB),
        ]);
    }
    table.print();
    let mut plot = Plot::new("CPU of resolving and deduplicating", "ms");
    plot.curve("naive twin", compared.iter().map(|(size, naive, _)| (*size, *naive)));
    plot.curve("own, a whole dry run", compared.iter().map(|(size, _, own)| (*size, *own)));
    plot.save("resolve-cpu");
    print_bill(&bill().await);
}

async fn compare(recipients: usize) -> (Resolved, Resolved) {
    let rig = Rig::start(Setup::Timed).await;
    let own_books = books::overlapping(&rig, recipients).await;
    let dry_run = json!({"group_ids": own_books, "message": "Hello!", "dry_run": true});
    rig.api.post("/v1/sms/send-group/", &dry_run).await.expect(200);
    let api = rig.processes(FunctionName::Api)[0];
    process::forget_peak(api);
    let before = process::processor_time(api);
    rig.api.post("/v1/sms/send-group/", &dry_run).await.expect(200);
    let own = Resolved {
        processor: process::processor_time(api) - before,
        peak_bytes: process::peak_memory_bytes(api),
    };
    let naive = resolve_in_a_process(&rig, recipients).await;
    rig.stack.stop().await;
    (naive, own)
}

async fn resolve_in_a_process(rig: &Rig, recipients: usize) -> Resolved {
    let dynamodb = rig.dynamodb();
    twin::create_table(&dynamodb).await;
    let numbers = books::numbers(recipients);
    twin::write_book(&dynamodb, "first", &numbers[..recipients * 6 / 10]).await;
    twin::write_book(&dynamodb, "second", &numbers[recipients * 4 / 10..]).await;
    let endpoint = rig.stack.dynamodb().expect("the embedded one").endpoint().to_owned();
    let program = std::env::current_exe().expect("the program knows itself");
    let ran = tokio::task::spawn_blocking(move || {
        Command::new(program).args([ROLE, &endpoint, "first", "second"]).output()
    });
    let output = ran.await.expect("nobody panicked").expect("the twin runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).expect("the twin tells in JSON");
    assert_eq!(told["recipients"], recipients, "the twin finds the same");
    Resolved {
        processor: Duration::from_nanos(told["processor_ns"].as_u64().expect("nanoseconds")),
        peak_bytes: told["peak_bytes"].as_u64().expect("bytes"),
    }
}

/// This program as the twin: resolves, and tells what it took.
pub async fn resolve(endpoint: &str, books: &[String]) {
    let http = HttpClient::new(Roots::Amazon).expect("the TLS library takes its configuration");
    let connection = AwsSettings::emulator(endpoint).connection(http.shared_http_client());
    let dynamodb = aws_sdk_dynamodb::Client::new(&connection);
    // Connected and warm, as the product's function is.
    let nobody = twin::resolve(&dynamodb, &["nobody".to_owned()]).await;
    assert!(nobody.is_empty());
    let own = std::process::id();
    let before = process::processor_time(own);
    let recipients = twin::resolve(&dynamodb, books).await;
    let processor = process::processor_time(own) - before;
    println!(
        "{}",
        json!({
            "recipients": recipients.len(),
            "processor_ns": processor.as_nanos() as u64,
            "peak_bytes": process::peak_memory_bytes(own),
        })
    );
}

/// What a naive campaign is billed, from the accept to the last hand-over.
async fn bill() -> Reading {
    let rig = Rig::start(Setup::Metered).await;
    let direct = rig.dynamodb();
    twin::create_table(&direct).await;
    let numbers = books::numbers(BILLED);
    twin::write_book(&direct, "only", &numbers).await;
    let http = HttpClient::new(Roots::Amazon).expect("the TLS library takes its configuration");
    let metered = AwsSettings::emulator(&rig.stack.variables()["AWS_ENDPOINT_URL_DYNAMODB"]);
    let twin = Twin {
        dynamodb: aws_sdk_dynamodb::Client::new(&metered.connection(http.shared_http_client())),
        sqs: rig.sqs(),
        queue: rig.stack.variables()["BATCHES_QUEUE_URL"].clone(),
        provider: rig.provider.variables()["AFRICASTALKING_BASE_URL"].clone(),
        http,
    };
    let before = rig.read();
    let recipients = twin::resolve(&twin.dynamodb, &["only".to_owned()]).await;
    twin.accept(&recipients).await;
    twin.work().await;
    let spent = rig.read().since(&before);
    rig.stack.stop().await;
    spent
}

fn print_bill(reading: &Reading) {
    let columns = ["write units", "read units", "SQS requests", "provider calls"];
    let mut table = Table::new("The naive twin's bill, accept to dispatched, for 1,000 recipients", &columns);
    let thousands = BILLED as f64 / 1e3;
    table.row([
        short(reading.dynamodb.write_units() / thousands),
        short(reading.dynamodb.read_units() / thousands),
        short(reading.sqs.total() as f64 / thousands),
        short(reading.provider_calls as f64 / thousands),
    ]);
    table.print();
}
