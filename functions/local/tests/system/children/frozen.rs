//! Functions that the operating system stops in the middle of a call, for longer than their leases, while other
//! processes go on, and that are then continued.

use std::{ops::Range, sync::OnceLock, time::Duration};

use auditor::Options;
use domain::timestamp::Millis;
use embedded_aws::{AccessKey, DynamoDb, Sqs, Storage};
use local::stack::{ANY_PORT, FunctionName, Stack, StackConfig, State};
use platform::{aws::AwsSettings, clock::Clock};
use provider_emulators::sandbox::Faults;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tests::{
    audit::{ProviderTruth, add_taken, auditor, judge},
    client::Client,
    proxy::{Call, Fault, Proxy},
    world,
};
use tokio::time::timeout;

use super::{
    account::{children_behind, open},
    deaths::pid_of,
};

/// Two groups, the second short.
const CONTACTS: Range<u32> = 0..120;
/// Longer than any step takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// A time after the lease and the visibility timeout of the frozen process.
const LATER: Millis = Millis::from_mins(15);

/// The emulators of both stacks.
static EMULATORS: OnceLock<(DynamoDb, Sqs)> = OnceLock::new();

fn environment(name: &str) -> Option<String> {
    let (dynamodb, sqs) = EMULATORS.get()?;
    match name {
        "AWS_ENDPOINT_URL_DYNAMODB" => Some(dynamodb.endpoint().to_owned()),
        "AWS_ENDPOINT_URL_SQS" => Some(sqs.endpoint().to_owned()),
        "AWS_ACCESS_KEY_ID" => Some(AwsSettings::EMULATOR_KEY.to_owned()),
        _ => None,
    }
}

/// When the held call is applied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Applied {
    /// While its caller is frozen, before other processes go on.
    Meanwhile,
    /// After its caller was continued, after other processes went on.
    Afterwards,
}

/// A system of processes, and another one over the same tables with a later clock.
struct FrozenSystem {
    processes: Stack,
    others: Stack,
    proxy: Proxy,
    client: Client,
    book: String,
}

impl FrozenSystem {
    async fn start() -> Self {
        let proxy = Proxy::start().await;
        let (dynamodb, sqs) = EMULATORS.get().unwrap();
        proxy.lead_to(dynamodb, sqs);
        let config = StackConfig { environment, ..children_behind(&proxy, State::Memory) };
        let clock = Clock::manual(Clock::machine().now().plus(LATER));
        let prefix = config.prefix.clone();
        let others = StackConfig { environment, prefix, ..StackConfig::in_memory(clock) };
        let (processes, others) = (Stack::start(config).await.unwrap(), Stack::start(others).await.unwrap());
        let (organisation, key) = open(&processes).await;
        let now = processes.clock().now();
        let book =
            world::seed_book(processes.stores(), organisation, "Seeded", &tests::phones(CONTACTS), now).await;
        let client = Client::new(&processes).with_key(key.reveal());
        Self { processes, others, proxy, client, book }
    }

    async fn send(&self) {
        let body = json!({"group_ids": [self.book], "message": "Hi"});
        self.client.post("/v1/sms/send-group/", &body).await.expect(202);
    }

    /// Other processes take over the work of the frozen one.
    async fn others_go_on(&self) {
        self.others.tick().await.unwrap();
        self.others.drain().await.unwrap();
        self.others.clock().advance(Millis::from_mins(3));
    }

    /// A worker that is frozen in its first call of an operation.
    async fn freeze_at(&self, operation: &'static str, applied: Applied) {
        self.send().await;
        let mut held = self.proxy.held();
        self.proxy.plan(first(operation));
        let frost = async {
            let call = held.next().await;
            signal(pid_of(&call), Signal::STOP);
            if applied == Applied::Meanwhile {
                self.proxy.release();
            }
            self.others_go_on().await;
            signal(pid_of(&call), Signal::CONT);
            if applied == Applied::Afterwards {
                self.proxy.release();
            }
        };
        let work = async { tokio::join!(self.processes.poll_batches(), frost) };
        let (polled, ()) = timeout(PATIENCE, work).await.expect("a worker comes to that call");
        assert!(polled.unwrap().received > 0, "{operation}, {applied:?}");
        self.proxy.plan(|_| Fault::None);
    }

    /// A worker that is frozen while the provider, which has taken the texts, answers.
    async fn freeze_in_hand_over(&self) {
        self.send().await;
        let sandbox = self.processes.sandbox();
        sandbox.set_faults(Faults { latency_ms: 100, ..Faults::default() });
        let taken = sandbox.totals().messages;
        let frost = async {
            while sandbox.totals().messages == taken {
                tokio::task::yield_now().await;
            }
            let pids: Vec<u32> = self.workers();
            pids.iter().for_each(|pid| signal(*pid, Signal::STOP));
            self.others_go_on().await;
            pids.iter().for_each(|pid| signal(*pid, Signal::CONT));
        };
        let (polled, ()) = tokio::join!(self.processes.poll_batches(), frost);
        polled.unwrap();
        sandbox.set_faults(Faults::default());
    }

    fn workers(&self) -> Vec<u32> {
        let name = FunctionName::Dispatch.as_str();
        let functions = self.processes.functions().children().iter();
        let instances = functions.filter(|function| function.name() == name).flat_map(|f| f.instances());
        instances.map(|instance| instance.pid()).collect()
    }
}

/// Holds the first call of a worker's operation.
fn first(operation: &'static str) -> impl FnMut(&Call) -> Fault + Send + 'static {
    let mut is_met = false;
    move |call| {
        if is_met || call.function() != "dispatch" || call.operation != operation {
            return Fault::None;
        }
        is_met = true;
        Fault::Hold
    }
}

fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(pid.try_into().unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn a_process_that_is_continued_after_its_lease_is_fenced_at_every_call() {
    let key = AccessKey::of(AwsSettings::EMULATOR_KEY);
    let dynamodb = DynamoDb::start(Storage::Memory, ANY_PORT, &key).unwrap();
    let sqs = Sqs::start(Storage::Memory, ANY_PORT, &key).unwrap();
    EMULATORS.set((dynamodb, sqs)).unwrap_or_else(|_| unreachable!("only this test sets them"));
    let frost = FrozenSystem::start().await;
    // The calls of the claim, the intent and the close.
    for operation in ["UpdateItem", "PutItem", "TransactWriteItems"] {
        for applied in [Applied::Meanwhile, Applied::Afterwards] {
            frost.freeze_at(operation, applied).await;
        }
    }
    frost.freeze_in_hand_over().await;
    for _ in 0..5 {
        frost.others_go_on().await;
    }
    let mut truth = ProviderTruth::new();
    [&frost.processes, &frost.others].into_iter().for_each(|stack| add_taken(&mut truth, stack.sandbox()));
    let now_millis = frost.others.clock().now().millis();
    let options = Options { now_millis, organisation: None };
    let verdict = judge(&auditor(&frost.others), options, truth).await.unwrap();
    assert!(verdict.is_clean(), "{verdict}");
    let report = verdict.report;
    assert_eq!((report.campaigns, report.recipients), (7, 840));
    let FrozenSystem { processes, others, .. } = frost;
    processes.stop().await;
    others.stop().await;
}
