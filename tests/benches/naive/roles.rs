//! The naive sender as a process, which prints its measurements in JSON.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use platform::{
    aws::AwsSettings,
    http::{HttpClient, Roots},
};
use serde_json::{Value, json};

use super::{
    Used,
    sender::{self, NaiveSender},
    table,
};
use crate::support::{books, measured_stack::MeasuredStack, process};

/// The roles of this program as the naive sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Resolve,
    /// Hands over the recipients in its queue.
    HandOver,
}

impl Role {
    pub fn of(word: &str) -> Option<Self> {
        [Self::Resolve, Self::HandOver].into_iter().find(|role| role.word() == word)
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Resolve => "naive-resolve",
            Self::HandOver => "naive-hand-over",
        }
    }

    /// Plays the role, and prints how many recipients it handled and the cost.
    pub async fn play(self, arguments: &[String]) {
        let own = std::process::id();
        let [key, dynamodb, rest @ ..] = arguments else { panic!("a key and an endpoint are needed") };
        let http = HttpClient::new(Roots::Amazon).expect("the TLS library takes its configuration");
        let dynamodb = client(key, dynamodb, &http);
        // Connected and warm, as the product's function is.
        assert!(sender::resolve(&dynamodb, &["nobody".to_owned()]).await.is_empty());
        let (before, begun) = (process::processor_time(own), Instant::now());
        let recipients = match self {
            Self::Resolve => sender::resolve(&dynamodb, rest).await.len(),
            Self::HandOver => of_endpoints(key, dynamodb, http, rest).work().await.recipients,
        };
        println!(
            "{}",
            json!({
                "recipients": recipients,
                "processor_ns": (process::processor_time(own) - before).as_nanos() as u64,
                "peak_bytes": process::peak_memory_bytes(own),
                "wall_ns": begun.elapsed().as_nanos() as u64,
            })
        );
    }

    async fn measure(self, arguments: Vec<String>, recipients: usize) -> Used {
        let program = std::env::current_exe().expect("the program knows itself");
        let ran = tokio::task::spawn_blocking(move || {
            Command::new(program).arg(self.word()).args(arguments).output()
        });
        let output = ran.await.expect("no thread panicked").expect("the naive sender runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let told: Value = serde_json::from_slice(&output.stdout).expect("the naive sender tells in JSON");
        assert_eq!(told["recipients"], recipients, "the naive sender reaches the same");
        let nanos = |name: &str| Duration::from_nanos(told[name].as_u64().expect("nanoseconds"));
        let peak_bytes = told["peak_bytes"].as_u64().expect("bytes");
        Used { processor: nanos("processor_ns"), peak_bytes, wall: nanos("wall_ns") }
    }
}

/// Resolves two overlapping books.
pub async fn resolve_in_a_process(measured: &MeasuredStack, recipients: usize) -> Used {
    let (direct, numbers) = (measured.dynamodb(), books::numbers(recipients));
    table::create(&direct).await;
    sender::write_book(&direct, "first", &numbers[..recipients * 6 / 10]).await;
    sender::write_book(&direct, "second", &numbers[recipients * 4 / 10..]).await;
    let arguments = vec![key(measured), endpoint(measured), "first".to_owned(), "second".to_owned()];
    Role::Resolve.measure(arguments, recipients).await
}

/// Hands over the recipients that were accepted before.
pub async fn hand_over_in_a_process(measured: &MeasuredStack, recipients: usize) -> Used {
    let direct = measured.dynamodb();
    table::create(&direct).await;
    sender::write_book(&direct, "only", &books::numbers(recipients)).await;
    let sender = NaiveSender::of(measured, direct);
    sender.accept(&sender::resolve(&sender.dynamodb, &["only".to_owned()]).await).await;
    let sqs = measured.stack.sqs().expect("the embedded one").endpoint().to_owned();
    let arguments = vec![key(measured), endpoint(measured), sqs, sender.queue, sender.provider];
    Role::HandOver.measure(arguments, recipients).await
}

fn key(measured: &MeasuredStack) -> String {
    measured.stack.key().reveal().to_owned()
}

fn endpoint(measured: &MeasuredStack) -> String {
    measured.stack.dynamodb().expect("the embedded one").endpoint().to_owned()
}

fn client(key: &str, endpoint: &str, http: &HttpClient) -> aws_sdk_dynamodb::Client {
    let connection = AwsSettings::emulator_of(endpoint, key).connection(http.shared_http_client());
    aws_sdk_dynamodb::Client::new(&connection)
}

fn of_endpoints(
    key: &str,
    dynamodb: aws_sdk_dynamodb::Client,
    http: HttpClient,
    rest: &[String],
) -> NaiveSender {
    let [sqs, queue, provider] = rest else { panic!("a queue and a provider are needed") };
    let connection = AwsSettings::emulator_of(sqs, key).connection(http.shared_http_client());
    let (queue, provider) = (queue.clone(), provider.clone());
    NaiveSender { dynamodb, sqs: aws_sdk_sqs::Client::new(&connection), queue, provider, http }
}
