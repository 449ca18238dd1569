//! A whole stack to be measured: functions as child processes, everything else in this process.
//!
//! ```text
//! this process: front, Runtime APIs, pollers │ child processes: api, books, dispatch, callbacks, receipts, clock
//!   thread: DynamoDB   thread: SQS           │   their processor time and memory are the product's alone
//!   thread: provider   thread: meter         │
//! ```

use std::{
    collections::BTreeMap,
    env,
    path::PathBuf,
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::Client as DynamoDb;
use aws_sdk_sqs::{
    Client as Sqs,
    types::{DeleteMessageBatchRequestEntry, Message},
};
use domain::{
    api_key::{ApiKey, KeyMode, KeyRecord},
    batch::BatchSize,
    ids::{KeyId, OrganisationId},
    money::{Currency, Money},
    organisation::{NotMobile, Organisation},
    sender_id::SenderId,
    tariff::{Price, Tariff},
    timestamp::{Offset, Timestamp},
};
use lambda_emulator::Output;
use local::stack::{FUNCTIONS, FunctionName, Mode, Stack, StackConfig};
use platform::{aws::AwsSettings, clock::Clock};
use providers::Kind;
use serde_json::{Value, json};
use tests::client::Client;
use uuid::Uuid;

use super::{
    meter::{Bill, Meter},
    process,
    provider::{Provider, Takes},
};

/// Ten thousand million: a wallet that never runs dry.
const MONEY: i64 = 100_000_000_000_000;

/// How functions run, and whether DynamoDB is metered. The meter costs time, so timed stacks have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// Functions as processes of their own, without a meter.
    Timed,
    /// Functions as processes of their own, behind the meter.
    Metered,
    /// Functions in this process, behind the meter: for benches that only count.
    MeteredInProcess,
    /// Functions in this process behind the meter, with ten recipients a batch: a campaign of a thousand has as many
    /// batches as one of a hundred thousand.
    MeteredInTens,
}

/// The stack, an organisation with money, and a client with its key.
pub struct MeasuredStack {
    pub stack: Stack,
    /// The key's organisation.
    pub organisation: Organisation,
    /// A client with the key.
    pub api: Client,
    /// The provider of the texts.
    pub provider: Provider,
    meter: Option<Meter>,
}

/// The cost of processing a queue.
#[derive(Clone, Copy, Debug)]
pub struct Dispatched {
    /// Invocations of the function.
    pub invocations: u64,
    /// Wall time.
    pub wall: Duration,
}

/// A reading of the billed units, to compare with a later one.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    pub dynamodb: Bill,
    pub sqs: sqs_emulator::RequestCounts,
    pub provider_calls: u64,
}

impl MeasuredStack {
    /// Starts a stack whose provider takes a hundred recipients in a call.
    pub async fn start(setup: Setup) -> Self {
        Self::start_with(setup, Takes::Hundreds).await
    }

    /// Starts a stack with its own provider.
    pub async fn start_with(setup: Setup, takes: Takes) -> Self {
        Self::start_calling(setup, takes.provider(), BTreeMap::new()).await
    }

    /// Starts a stack whose functions have these further variables, which may name another provider.
    pub async fn start_calling(
        setup: Setup,
        name: &'static Kind,
        variables: BTreeMap<String, String>,
    ) -> Self {
        let clock = match setup {
            // Counts must not depend on the time.
            Setup::MeteredInProcess | Setup::MeteredInTens => Clock::manual(Clock::machine().now()),
            Setup::Timed | Setup::Metered => Clock::machine(),
        };
        let (provider, mut config) = (Provider::start(), StackConfig::in_memory(clock));
        config.prefix = String::new();
        config.provider = name;
        config.variables = provider.variables();
        config.variables.extend(variables);
        config.mode = match setup {
            Setup::Timed | Setup::Metered => {
                Mode::Children { program: program(), output: Output::lines(show) }
            }
            Setup::MeteredInProcess => Mode::InProcess { batch_recipients: BatchSize::FULL },
            Setup::MeteredInTens => {
                Mode::InProcess { batch_recipients: BatchSize::try_from(10).expect("a size") }
            }
        };
        let meter = (setup != Setup::Timed).then(Meter::start);
        if let Some(meter) = &meter {
            config.variables.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), meter.url().to_owned());
        }
        let stack = Stack::start(config).await.expect("the stack starts");
        if let Some(meter) = &meter {
            meter.forward_to(stack.dynamodb().expect("the embedded one"));
        }
        let organisation = organisation();
        let api = Client::new(&stack);
        let measured = Self { stack, organisation, api, provider, meter };
        measured.found().await
    }

    /// Writes the organisation, its money and its key.
    async fn found(mut self) -> Self {
        let accounts = &self.stack.stores().accounts;
        let created = accounts.organisations.create(&self.organisation).await.expect("the table answers");
        assert_eq!(created, stores::Creation::Created);
        let (organisation, now) = (self.organisation.id, self.stack.clock().now());
        let money = Money::from_ten_thousandths(MONEY);
        accounts.wallets.top_up(organisation, "bench", money, now).await.expect("the table answers");
        let key =
            ApiKey::generate(KeyMode::Live, &platform::random::bytes().expect("the system has randomness"));
        accounts.api_keys.issue(&key, &record(organisation, &key, now)).await.expect("the table answers");
        self.api = self.api.with_key(key.reveal());
        self
    }

    /// A client of the emulator itself, past the meter.
    pub fn dynamodb(&self) -> DynamoDb {
        let endpoint = self.stack.dynamodb().expect("the embedded one").endpoint();
        let settings = AwsSettings::emulator_of(endpoint, self.stack.key().reveal());
        DynamoDb::new(&settings.connection(self.stack.http().shared_http_client()))
    }

    /// Sends to some books; returns the answer.
    pub async fn send(&self, books: &[String]) -> Value {
        let body = json!({"group_ids": books, "message": "Hello! Your invoice is ready: pay by Friday."});
        self.api.post("/v1/sms/send-group/", &body).await.expect(202)
    }

    /// The units billed so far.
    pub fn read(&self) -> Reading {
        Reading {
            dynamodb: self.meter.as_ref().map(Meter::read).unwrap_or_default(),
            sqs: self.stack.sqs().expect("the embedded one").queues().requests(),
            provider_calls: self.provider.calls(),
        }
    }

    pub fn processes(&self, function: FunctionName) -> Vec<u32> {
        let place = FUNCTIONS.iter().position(|name| *name == function).expect("a function of the stack");
        self.stack.functions().children()[place].instances().iter().map(|instance| instance.pid()).collect()
    }

    /// Processor time of all processes of a function so far.
    pub fn processor_time(&self, function: FunctionName) -> Duration {
        self.processes(function).into_iter().map(process::processor_time).sum()
    }

    /// Processes the queue of batches with this many workers.
    pub async fn dispatch_all(&self, workers: usize) -> Dispatched {
        let begun = Instant::now();
        let invocations = tests::all((0..workers).map(|_| self.dispatch_until_empty())).await.iter().sum();
        Dispatched { invocations, wall: begun.elapsed() }
    }

    async fn dispatch_until_empty(&self) -> u64 {
        let mut invocations = 0;
        while self.stack.poll_batches().await.expect("the queue answers").received > 0 {
            invocations += 1;
        }
        invocations
    }

    /// A client of the embedded SQS.
    pub fn sqs(&self) -> Sqs {
        let endpoint = self.stack.sqs().expect("the embedded one").endpoint();
        let settings = AwsSettings::emulator_of(endpoint, self.stack.key().reveal());
        Sqs::new(&settings.connection(self.stack.http().shared_http_client()))
    }

    /// Forgets the reports that wait. Ten by ten: SQS purges a queue once a minute at most.
    pub async fn forget_reports(&self) {
        let (sqs, url) = (self.sqs(), &self.stack.variables()["RECEIPTS_QUEUE_URL"]);
        loop {
            let received = sqs.receive_message().queue_url(url).max_number_of_messages(10).send().await;
            let messages = received.expect("the queue answers").messages.unwrap_or_default();
            if messages.is_empty() {
                return;
            }
            let entry = |(place, message): (usize, Message)| {
                let handle = message.receipt_handle.unwrap_or_default();
                let entry = DeleteMessageBatchRequestEntry::builder().id(place.to_string());
                entry.receipt_handle(handle).build().expect("an entry")
            };
            let entries = messages.into_iter().enumerate().map(entry).collect();
            let deleted = sqs.delete_message_batch().queue_url(url).set_entries(Some(entries)).send().await;
            assert!(deleted.expect("the queue answers").failed.is_empty(), "they are forgotten");
        }
    }
}

impl Reading {
    /// The quantities that were billed after an earlier reading.
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            dynamodb: self.dynamodb.since(&earlier.dynamodb),
            sqs: self.sqs.since(&earlier.sqs),
            provider_calls: self.provider_calls - earlier.provider_calls,
        }
    }
}

/// The functions are this very program, called with `function NAME`; `BENCH_PROGRAM` names a script that calls it in
/// another way, such as under valgrind.
fn program() -> PathBuf {
    let other = env::var_os("BENCH_PROGRAM").map(PathBuf::from);
    other.unwrap_or_else(|| env::current_exe().expect("the program knows itself"))
}

fn show(function: &str, line: &str) {
    eprintln!("[{function}] {line}");
}

fn record(organisation: OrganisationId, key: &ApiKey, now: Timestamp) -> KeyRecord {
    KeyRecord::new(key, KeyId(Uuid::new_v4()), organisation, "bench", now)
}

fn organisation() -> Organisation {
    let sender = SenderId::parse("TALKNTALK").expect("a sender id");
    let price = Price { prefix: "254".to_owned(), per_segment: Money::from_ten_thousandths(10_000) };
    Organisation {
        id: OrganisationId(Uuid::new_v4()),
        name: "Bench".to_owned(),
        slug: "bench".to_owned(),
        currency: Currency::KES,
        home_country: "KE".to_owned(),
        offset: Offset::EAST_AFRICA,
        default_sender: sender.clone(),
        senders: vec![sender],
        tariff: Tariff::new(vec![price]).expect("a tariff"),
        rate_limit: 1_000_000,
        daily_spend_cap: None,
        daily_test_recipients: 100_000_000,
        duplicate_window: None,
        not_mobile: NotMobile::Skip,
    }
}
