//! The functions over one set of tables and queues, all in one thread.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};

use api::Api;
use auditor::Auditor;
use aws_lambda_events::sqs::SqsBatchResponse;
use aws_sdk_dynamodb::{Client, config::Builder};
use aws_smithy_runtime::client::retries::RetryPartition;
use callbacks::Callbacks;
use clock::Clockwork;
use dispatch::{Dispatcher, SendingAccounts};
use domain::{batch::BatchSize, campaign::deadlines::Retention};
use dynoxide::Database;
use http::Request;
use lambda_http::Body;
use platform::aws::AwsSettings;
use providers::Provider;
use queue::{QueueUrls, Queues, Sqs};
use receipts::Receipts;
use serde_json::Value;
use stores::{DynamoDb, Stores, TableNames};
use tests::{audit::CallLog, tables::Tables};
use tower::Service;
use web::{Backend, Routes};

use crate::{
    call_faults::CallFaults,
    faulty_queues::{BATCHES, FaultyQueues, RECEIPTS},
    history,
    life::{self, invocation},
    observer,
    provider::Truth,
    report_channel::ReportChannel,
    shape::Shape,
    time::VirtualTime,
    wire::Wire,
};

/// How long an invocation of a worker may last.
const FUNCTION_TIME: Duration = Duration::from_mins(2);
const PREFIX: &str = "";

/// The system of a run.
pub struct System {
    pub shape: Shape,
    pub time: VirtualTime,
    pub faulty_queues: FaultyQueues,
    pub truth: Truth,
    pub stores: Stores,
    pub auditor: Auditor,
    #[cfg(test)]
    pub tables: Arc<Tables>,
    /// Invocations of a worker that failed: each may have left one group of each batch open.
    harmed: Mutex<u64>,
    /// The causes of calls.
    reasons: Mutex<CallLog>,
    wires: [Wire; 2],
    api: Routes,
    /// The api's, without faults.
    pub observer: Routes,
    dispatcher: Dispatcher,
    clockwork: Clockwork,
    callbacks: Routes,
    receipts: Receipts,
}

impl System {
    /// A system with empty tables.
    pub async fn start(shape: Shape) -> Self {
        let time = VirtualTime::start();
        let seed = shape.seed;
        let faulty_queues = FaultyQueues::new(seed, shape.message_faults, time.clone());
        let call_faults = |name| CallFaults::new(seed, name);
        let database = Arc::new(Tables::of(Database::memory().unwrap()));
        let tables = Wire::new(database.clone(), time.clone(), call_faults("tables"));
        let posts = Wire::new(Arc::new(faulty_queues.clone()), time.clone(), call_faults("queues"));
        let (config, names) = (config(&tables, seed), TableNames::with_prefix(PREFIX));
        let dynamodb = DynamoDb::configured(config.clone());
        let stores = Stores::new(&dynamodb, &names);
        let queues = queues(&posts, seed);
        let truth = Truth::new(&shape, time.clone());
        let clock = time.clock.clone();
        let size = BatchSize::try_from(shape.batch as u16).unwrap();
        let backend = Backend { stores: stores.clone(), clock: clock.clone() };
        let provider = Arc::new(truth.clone());
        let account = truth.kind().account();
        let api = Api {
            backend,
            queues: queues.clone(),
            pace: None,
            account,
            batch_recipients: size,
            retention: Retention::default(),
            last_look: Arc::default(),
        };
        let callbacks = Callbacks::new(
            stores.clone(),
            queues.clone(),
            clock.clone(),
            ReportChannel::of(&shape).accounts(),
        );
        let system = Self {
            observer: observer::api(&api, observer::stores(database.clone(), &names)).routes(),
            api: api.routes(),
            dispatcher: Dispatcher {
                stores: stores.clone(),
                queues: queues.clone(),
                accounts: SendingAccounts::of(provider.clone(), None, &[]),
                test: provider,
                clock: clock.clone(),
            },
            clockwork: Clockwork { stores: stores.clone(), queues: queues.clone(), clock: clock.clone() },
            callbacks: callbacks.routes(),
            receipts: Receipts::new(stores.clone(), queues.clone(), clock),
            harmed: Mutex::new(0),
            reasons: Mutex::default(),
            wires: [tables, posts],
            #[cfg(test)]
            tables: database,
            shape,
            time,
            faulty_queues,
            truth,
            stores,
            auditor: tests::audit::auditor_of(Client::from_conf(config.build()), &names),
        };
        // The tables must exist before the first call.
        stores::schema::create(&dynamodb, &names).await.unwrap();
        system
    }

    /// Lets this many of a thousand calls fail from now on.
    pub fn set_rate(&self, faults_per_thousand: u64) {
        self.wires.iter().for_each(|wire| wire.set_rate(faults_per_thousand));
    }

    /// Lets no call fail from now on.
    pub fn calm(&self) {
        self.set_rate(0);
        self.faulty_queues.calm();
        self.truth.calm();
    }

    /// The number of calls, and a hash of all calls and their times, by which two runs can be compared.
    pub fn trace(&self) -> (u64, u64) {
        let [(calls, trace), (more_calls, more)] = [self.wires[0].trace(), self.wires[1].trace()];
        (calls + more_calls, trace ^ more.rotate_left(17))
    }

    /// Faults so far.
    pub fn faults(&self) -> u64 {
        self.wires.iter().flat_map(|wire| wire.faults().into_values()).sum()
    }

    /// Groups that may have been left open: those that the provider lost, and those of workers that crashed, froze or
    /// gave up.
    pub fn lost_groups(&self) -> u64 {
        self.truth.lost_groups() + *self.harmed.lock().unwrap()
    }

    /// Calls of invocations, and their causes.
    pub fn call_log(&self) -> CallLog {
        let mut log = self.reasons.lock().unwrap().clone();
        log.served_all(self.wires.iter().map(Wire::calls_within).sum());
        log.failed(self.faults());
        log.sent(self.faulty_queues.sent());
        log
    }

    /// Records the cause of the calls that follow.
    pub fn because(&self, note: impl FnOnce(&mut CallLog)) {
        note(&mut self.reasons.lock().unwrap());
    }

    /// Makes an HTTP request; `None` if its invocation was killed.
    pub async fn request(&self, request: Request<Body>) -> Option<(u16, Value)> {
        let is_order = tests::audit::is_order(request.uri().path());
        self.because(|reasons| reasons.ordered(u64::from(is_order)));
        self.serve(&self.api, request).await
    }

    async fn serve(&self, routes: &Routes, request: Request<Body>) -> Option<(u16, Value)> {
        let path = request.uri().path().to_owned();
        history::note(self.time.elapsed(), || format!("asks {path}"));
        self.because(|reasons| reasons.requested(1));
        let mut service = web::service(routes.clone());
        let answered = life::request(async move {
            let response = service.call(request).await.unwrap();
            let status = response.status().as_u16();
            let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
            (status, serde_json::from_slice(&body).unwrap_or_default())
        })
        .await;
        let status = answered.as_ref().map(|(status, _): &(u16, Value)| *status);
        history::note(self.time.elapsed(), || format!("is told {status:?} by {path}"));
        answered
    }

    /// Invokes dispatch once, if there are messages.
    pub async fn dispatch(&self, most: u64) -> bool {
        let Some(event) = self.faulty_queues.receive(BATCHES, most) else { return false };
        let ids: Vec<String> =
            event.records.iter().filter_map(|message| message.message_id.clone()).collect();
        self.because(|reasons| reasons.delivered(ids.len() as u64));
        let deadline = UNIX_EPOCH + Duration::from_millis(self.time.now().millis() as u64) + FUNCTION_TIME;
        let began = self.time.elapsed();
        history::note(began, || format!("dispatch, {} messages", ids.len()));
        let response = invocation(self.dispatcher.dispatch(event, deadline)).await;
        let ill = response.as_ref().is_none_or(|response| !response.batch_item_failures.is_empty());
        if ill || self.time.elapsed() > began + FUNCTION_TIME {
            *self.harmed.lock().unwrap() += ids.len() as u64;
        }
        self.acknowledge(&ids, response);
        true
    }

    /// Invokes receipts once, if there are messages.
    pub async fn apply_reports(&self, most: u64) -> bool {
        let Some(event) = self.faulty_queues.receive(RECEIPTS, most) else { return false };
        let ids: Vec<String> =
            event.records.iter().filter_map(|message| message.message_id.clone()).collect();
        self.because(|reasons| reasons.delivered(ids.len() as u64));
        let deadline = UNIX_EPOCH + Duration::from_millis(self.time.now().millis() as u64) + FUNCTION_TIME;
        history::note(self.time.elapsed(), || format!("receipts, {} messages", ids.len()));
        let response = invocation(self.receipts.apply(event, deadline)).await;
        let left = response.as_ref().map(|response| response.batch_item_failures.clone());
        self.acknowledge(&ids, response);
        left.into_iter().flatten().for_each(|failure| self.faulty_queues.give_back(&failure.item_identifier));
        true
    }

    fn acknowledge(&self, ids: &[String], response: Option<SqsBatchResponse>) {
        let Some(response) = response else { return };
        let failed =
            |id: &&String| response.batch_item_failures.iter().any(|failure| failure.item_identifier == **id);
        ids.iter().filter(|id| !failed(id)).for_each(|id| self.faulty_queues.acknowledge(id));
    }

    /// Runs the clock once.
    pub async fn tick(&self) {
        history::note(self.time.elapsed(), || "the clock looks".to_owned());
        self.because(|reasons| reasons.ticked(1));
        let _ = invocation(self.clockwork.tick()).await;
    }

    /// The provider's due callbacks; it repeats one that fails.
    pub async fn report(&self) {
        let (channel, due) = (ReportChannel::of(&self.shape), self.truth.due_reports());
        for reports in channel.calls(&due, self.shape.group as usize) {
            self.because(|log| log.reported(reports.len() as u64));
            let answered = self.serve(&self.callbacks, channel.call(reports)).await;
            match answered {
                Some((200, _)) => {}
                None | Some((500.., _)) => self.truth.report_again(reports.to_vec()),
                Some((status, answer)) => panic!("a report is refused: {status} {answer}"),
            }
        }
    }
}

fn config(wire: &Wire, seed: u64) -> Builder {
    let config = AwsSettings::emulator("http://tables").connection(wire.http_client());
    Builder::from(&config).retry_partition(partition("tables", seed))
}

fn queues(wire: &Wire, seed: u64) -> Queues {
    let config = AwsSettings::emulator("http://queues").connection(wire.http_client());
    let builder = aws_sdk_sqs::config::Builder::from(&config).retry_partition(partition("queues", seed));
    let sqs = Sqs::of(aws_sdk_sqs::Client::from_conf(builder.build()));
    let batches = || BATCHES.to_owned();
    let urls = QueueUrls {
        batches: batches(),
        small_batches: batches(),
        test_batches: batches(),
        receipts: RECEIPTS.to_owned(),
        ..QueueUrls::default()
    };
    Queues::new(&sqs, urls)
}

/// The SDK shares its retry quota over a whole process, so each run gets its own.
fn partition(name: &str, seed: u64) -> RetryPartition {
    static RUNS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let run = RUNS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    RetryPartition::new(format!("{name}-{seed}-{run}"))
}
