//! Functions that the operating system kills at each kind of call that they make, and the state of the system an hour
//! later.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use auditor::Options;
use domain::timestamp::{Millis, Offset};
use embedded_aws::DataFolder;
use local::stack::{Stack, StackConfig, State};
use platform::clock::Clock;
use serde_json::{Value, json};
use tests::{
    audit::{ProviderTruth, add_taken, auditor, judge},
    client::{Answer, Client},
    every,
    proxy::{Call, Fault, Proxy},
    world,
};

use super::{
    account::{children_behind, open},
    deaths::{kill_caller, kill_in_hand_over},
};

/// Three contacts of one book; the answer for the last one is lost.
const CONTACTS: [&str; 3] = ["+254711500001", "+254711500002", "+254722000035"];
/// How long before the kills the first campaigns were accepted: the wait for their reports is over.
const LONG_AGO: Millis = Millis::from_hours(80);
/// Past every lease of the killed: an invocation of dispatch has two minutes.
const LATER: Millis = Millis::from_mins(5);
/// Past every time that a message is hidden.
const VISIBLE_AGAIN: Millis = Millis::from_mins(13);
/// Due campaigns: one for each call in which the clock is killed while it processes one.
const DUE: usize = 5;
/// Rounds in which a process is killed: more than any function has kinds of calls, twice.
const MOST_ROUNDS: u32 = 40;

/// Among the kinds of calls that a process is killed in.
const KINDS: [(&str, &str); 14] = [
    ("api", "BatchWriteItem"),
    ("api", "TransactWriteItems"),
    ("api", "SendMessageBatch"),
    ("books", "PutItem"),
    ("books", "BatchWriteItem"),
    ("dispatch", "UpdateItem"),
    ("dispatch", "PutItem"),
    ("dispatch", "TransactWriteItems"),
    ("dispatch", "Query"),
    ("callbacks", "SendMessageBatch"),
    ("receipts", "TransactWriteItems"),
    ("clock", "Query"),
    ("clock", "UpdateItem"),
    ("clock", "SendMessageBatch"),
];

/// A kind of call: its function, its operation, and whether it was applied.
type Kind = (String, String, bool);

/// The kinds of calls that a process was killed in.
#[derive(Clone, Default)]
struct KilledCalls(Arc<Mutex<BTreeSet<Kind>>>);

impl KilledCalls {
    /// The first call of each kind kills its caller: with `EVERY=points` once before it is applied and once after,
    /// otherwise one of the two. The parity of the names' lengths chooses it, so that it is the same in every run.
    fn plan(&self) -> impl FnMut(&Call) -> Fault + Send + 'static {
        let (kinds, tries_both) = (self.0.clone(), every("points"));
        move |call| {
            if call.context().is_none() {
                return Fault::None;
            }
            let by_default = (call.function().len() + call.operation.len()) % 2 == 1;
            let is_new = |is_applied: &bool| {
                let kind = (call.function().to_owned(), call.operation.clone(), *is_applied);
                (tries_both || *is_applied == by_default) && kinds.lock().unwrap().insert(kind)
            };
            match [false, true].into_iter().find(is_new) {
                Some(true) => Fault::CrashAfter,
                Some(false) => Fault::CrashBefore,
                None => Fault::None,
            }
        }
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    fn has(&self, function: &str, operation: &str) -> bool {
        let kinds = self.0.lock().unwrap();
        let has = |is_applied| kinds.contains(&(function.to_owned(), operation.to_owned(), is_applied));
        if every("points") { has(false) && has(true) } else { has(false) || has(true) }
    }
}

/// A request to send.
struct Sent {
    key: String,
    request: Value,
    /// The answer of the send, if it was accepted and no process was killed before the answer.
    answer: Option<Answer>,
}

fn later(span: Millis) -> Clock {
    Clock::manual(Clock::machine().now().plus(span))
}

/// Campaigns of three days ago: one has ended with an unconfirmed recipient, one was never dispatched, and some are due
/// by now. The clock can be killed at each of them.
async fn long_ago(state: State, prefix: &str) -> (String, String, ProviderTruth) {
    let clock = later(Millis(-LONG_AGO.0));
    let config = StackConfig { state, prefix: prefix.to_owned(), ..StackConfig::in_memory(clock.clone()) };
    let stack = Stack::start(config).await.unwrap();
    let (organisation, key) = open(&stack).await;
    let key = key.reveal().to_owned();
    let phones = CONTACTS.map(str::to_owned);
    let book = world::seed_book(stack.stores(), organisation, "Seeded", &phones, clock.now()).await;
    let client = Client::new(&stack).with_key(&key);
    let body = json!({"group_ids": [book], "message": "Hi"});
    client.post("/v1/sms/send-group/", &body).await.expect(202);
    stack.drain().await.unwrap();
    let due = clock.now().plus(LONG_AGO).plus(Millis::from_mins(-1));
    let scheduled = json!({"group_ids": [book], "message": "Hi", "scheduled_at": due.rfc3339(Offset::UTC)});
    for _ in 0..DUE {
        client.post("/v1/sms/send-group/", &scheduled).await.expect(202);
    }
    client.post("/v1/sms/send-group/", &body).await.expect(202);
    let mut truth = ProviderTruth::new();
    add_taken(&mut truth, stack.sandbox());
    stack.stop().await;
    (key, book, truth)
}

/// Makes one request of each kind at the same time, and may kill the process of each; returns the send.
async fn round(stack: &Stack, client: &Client, number: u32, book: &str) -> Sent {
    let key = format!("round-{number}");
    let request = json!({"group_ids": [book], "message": "Hi"});
    let headers = [("idempotency-key", key.as_str())];
    let books = async {
        let created = client.post("/v1/address-books/", &json!({"name": "Book"})).await;
        let created: Value = serde_json::from_slice(&created.body).unwrap_or_default();
        if let Some(id) = created["id"].as_str() {
            let path = format!("/v1/address-books/{id}/contacts/");
            client.post_csv(&path, format!("phone\n{}\n", CONTACTS.join("\n"))).await;
        }
    };
    let reports = async {
        stack.sandbox().deliver_reports().await;
        stack.poll_receipts().await.unwrap();
    };
    // The outcome of any other killed call does not matter here.
    let ((), answer, ..) = tokio::join!(
        books,
        client.post_with("/v1/sms/send-group/", &headers, &request),
        stack.poll_batches(),
        reports,
        stack.tick(),
    );
    Sent { key, request, answer: Some(answer).filter(|answer| answer.status == 202) }
}

/// Rounds until no process is killed any more; returns the sends, whose answers may be lost.
async fn wreck(stack: &Stack, client: &Client, proxy: &Proxy, book: &str) -> (KilledCalls, Vec<Sent>) {
    let deaths = KilledCalls::default();
    let mut told = proxy.deaths();
    proxy.plan(deaths.plan());
    let sends = async {
        let mut sends = Vec::new();
        for number in 0..MOST_ROUNDS {
            let before = deaths.count();
            sends.push(round(stack, client, number, book).await);
            let span = Duration::from_millis(VISIBLE_AGAIN.0.unsigned_abs());
            stack.sqs().unwrap().queues().skip(span).unwrap();
            if deaths.count() == before {
                return sends;
            }
        }
        panic!("each round still kills a process");
    };
    let undertaker = async {
        loop {
            let call = told.next().await;
            kill_caller(stack, &call).await;
        }
    };
    let sends = tokio::select! {
        sends = sends => sends,
        _ = undertaker => unreachable!("it never rests"),
    };
    (deaths, sends)
}

/// Every send has an answer, and repeating it gives the same bytes as the answer before the kills or the first one
/// after them.
async fn assert_answers(client: &Client, sends: &[Sent]) {
    assert!(sends.iter().any(|sent| sent.answer.is_some()), "no process answered a send");
    for Sent { key, request, answer } in sends {
        let headers = [("idempotency-key", key.as_str())];
        let ask = async || client.post_with("/v1/sms/send-group/", &headers, request).await;
        let first = match answer {
            Some(answer) => answer.clone(),
            None => ask().await,
        };
        first.expect(202);
        let again = ask().await;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
    }
}

/// Runs the clock and the queues until every campaign has ended.
async fn come_to_rest(stack: &Stack) {
    for _ in 0..10 {
        stack.tick().await.unwrap();
        stack.drain().await.unwrap();
        stack.clock().advance(LATER);
    }
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn a_process_killed_at_any_call_texts_no_number_twice_and_loses_no_cent() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = Arc::new(DataFolder::open(temporary.path(), "lock").unwrap());
    let proxy = Proxy::start().await;
    let config = children_behind(&proxy, State::Folder(folder.clone()));
    let prefix = config.prefix.clone();
    let (key, book, mut truth) = long_ago(State::Folder(folder.clone()), &prefix).await;

    let first = Stack::start(config).await.unwrap();
    proxy.lead_to(first.dynamodb().unwrap(), first.sqs().unwrap());
    let client = Client::new(&first).with_key(&key);
    let (deaths, sends) = wreck(&first, &client, &proxy, &book).await;
    client.post("/v1/sms/send-group/", &json!({"group_ids": [book], "message": "Hi"})).await.expect(202);
    kill_in_hand_over(&first).await;
    add_taken(&mut truth, first.sandbox());
    first.stop().await;
    for (function, operation) in KINDS {
        assert!(deaths.has(function, operation), "no {function} died in {operation}");
    }

    let config = StackConfig { state: State::Folder(folder), prefix, ..StackConfig::in_memory(later(LATER)) };
    let second = Stack::start(config).await.unwrap();
    let client = Client::new(&second).with_key(&key);
    assert_answers(&client, &sends).await;
    come_to_rest(&second).await;
    // The next request that reads the books repairs the edit of a killed import.
    client.get("/v1/address-books/").await.expect(200);
    add_taken(&mut truth, second.sandbox());
    let now_millis = second.clock().now().millis();
    let verdict = judge(&auditor(&second), Options { now_millis, organisation: None }, truth).await.unwrap();
    assert!(verdict.is_clean(), "{verdict}");
    // Two old campaigns, those that are due, and the one whose hand-over was interrupted.
    let others = 2 + DUE as u64 + 1;
    assert_eq!(verdict.report.campaigns, sends.len() as u64 + others, "each key is one campaign");
    second.stop().await;
}
