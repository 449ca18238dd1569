//! The sandbox with the product: hand-over, inbox, reports, faults.

use std::{collections::HashMap, time::Duration};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::post};
use domain::{
    msisdn::Msisdn,
    outcome::{AccountFault, CallSignals, Refusal, RefusalReason, SendOutcome},
    receipt::Reported,
    timestamp::{Millis, Timestamp},
};
use platform::{
    clock::Clock,
    http::{HttpClient, Roots},
    stage::Stage,
};
use provider_emulators::sandbox::{Delivered, Faults, InboxTotals, ReceiptsTarget, Server};
use providers::{
    About, Account, CallbackSecret, Provider, Recipient, Report, Submission, Submitted,
    sandbox::{
        InProcess, KIND, Sandbox, SandboxConfig,
        receipt::{self, SIGNATURE_HEADER},
        rules::{CallRule, RULES, RecipientRule, THROTTLED_TIMES},
    },
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::mpsc};

use crate::subject::{Subject, submission};

/// For the contract tests.
pub const SUBJECT: Subject = Subject {
    kind: &KIND,
    account: |url| Account::new(&KIND, Stage::Test).with("url", url),
    fault: AccountFault::BalanceEmpty,
    answer: |taken, refused| {
        let accepted = |recipient: &Recipient| {
            let id = format!("id-{}", recipient.msisdn.digits());
            json!({"reference": recipient.reference.to_string(), "status": "accepted", "id": id})
        };
        let empty = |recipient: &Recipient| {
            let reference = recipient.reference.to_string();
            json!({"reference": reference, "status": "account_fault", "fault": "balance_empty"})
        };
        let results: Value = taken.iter().map(accepted).chain(refused.iter().map(empty)).collect();
        (200, json!({"results": results}).to_string())
    },
    id: Subject::id,
};

fn sandbox(url: &str) -> Sandbox {
    let account = Account::new(&KIND, Stage::Test).with("url", url);
    Sandbox::new(SandboxConfig::new(&account).unwrap().unwrap()).unwrap()
}

const ORDINARY: u64 = 254_711_223_344;

/// A number of which the last six digits are these.
const fn magic(suffix: u64) -> u64 {
    254_700_000_000 + suffix
}

async fn listen(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn start() -> (Server, String) {
    let server = Server::new(Clock::manual(Timestamp::from_secs(1_795_454_007))).unwrap();
    let url = listen(server.router()).await;
    (server, url)
}

fn secret() -> CallbackSecret {
    "0123456789abcdef0123456789abcdef".parse().unwrap()
}

/// A receipts endpoint that checks and records the callbacks.
async fn receipts() -> (ReceiptsTarget, mpsc::UnboundedReceiver<Report>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let keep = |State(sender): State<mpsc::UnboundedSender<Report>>, headers: HeaderMap, body: Bytes| async move {
        let signature = headers.get(SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
        match receipt::read(&secret(), signature, &body) {
            Ok(receipts) => {
                receipts.into_iter().for_each(|receipt| sender.send(receipt).unwrap());
                StatusCode::ACCEPTED
            }
            Err(_) => StatusCode::FORBIDDEN,
        }
    };
    let url = listen(Router::new().route("/receipts", post(keep)).with_state(sender)).await;
    let target = ReceiptsTarget { url: format!("{url}/receipts").parse().unwrap(), secret: secret() };
    (target, receiver)
}

fn slot_of(report: &Report) -> u16 {
    match &report.about {
        About::Reference(reference) => reference.slot,
        About::Numbers(_) => panic!("the sandbox gives our reference back"),
    }
}

fn drained(receiver: &mut mpsc::UnboundedReceiver<Report>) -> Vec<Report> {
    std::iter::from_fn(|| receiver.try_recv().ok()).collect()
}

#[tokio::test]
async fn an_ordinary_number_is_accepted_stored_and_reported_delivered() {
    let (server, url) = start().await;
    let (target, mut reported) = receipts().await;
    server.report_to(target);
    let submission = submission(&[ORDINARY]);
    let submitted = sandbox(&url).submit(&submission).await;
    let [SendOutcome::Accepted { provider_message_id: Some(id) }] = submitted.outcomes() else {
        panic!("{submitted:?}");
    };

    let inbox = server.inbox(1, 10, None);
    assert_eq!(inbox.totals, InboxTotals { messages: 1, numbers: 1, repeated: 0 });
    let message = &inbox.results[0];
    assert_eq!((message.to.as_str(), message.text.as_str()), ("+254711223344", "Habari"));
    assert_eq!(message.received_at, "2026-11-23T17:13:27Z");

    assert_eq!(server.reports_due(), 1);
    assert_eq!(server.deliver_reports().await, Delivered { delivered: 1, left: 0 });
    let reports = drained(&mut reported);
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0].about, About::Reference(submission.recipients()[0].reference));
    assert_eq!(reports[0].provider_message_id.as_ref(), Some(id));
    assert_eq!(reports[0].receipt.reported, Reported::Delivered);
}

/// The expected result of each row of the table, for a number that is alone in its call; the inbox shows which
/// recipients were taken.
fn expected(submission: &Submission, recipient: RecipientRule, call: CallRule) -> (Submitted, u64) {
    let one = |outcome: SendOutcome| Submitted::of_each(submission, |_| outcome.clone());
    let accepted = |id: bool| {
        let provider_message_id = id.then(String::new);
        (one(SendOutcome::Accepted { provider_message_id }), 1)
    };
    let unknown = || Submitted::unknown(submission);
    match call {
        CallRule::AnswerServerError | CallRule::BreakOff => return (unknown(), 1),
        CallRule::Fail => return (unknown(), 0),
        CallRule::RefuseCredentials => {
            return (Submitted::account_fault(submission, AccountFault::Credentials), 0);
        }
        CallRule::ThrottleAtFirst => {
            return (Submitted::throttled(submission, Some(Millis(1_000))), 0);
        }
        CallRule::NeverAnswer | CallRule::AnswerSlowly | CallRule::Answer => {}
    }
    match recipient {
        RecipientRule::Accept => accepted(true),
        RecipientRule::AcceptWithoutId => accepted(false),
        RecipientRule::LeaveOut => (unknown(), 1),
        RecipientRule::Throttle | RecipientRule::ThrottleAtFirst => (one(SendOutcome::PutOff), 0),
        RecipientRule::Fault(fault) => (Submitted::account_fault(submission, fault), 0),
        RecipientRule::Refuse(reason) => {
            let refusal = Refusal { reason, provider_code: reason.code().into() };
            (one(SendOutcome::Refused(refusal)), 0)
        }
    }
}

/// Ids differ from run to run: only whether there is one is compared.
fn without_ids(submitted: Submitted) -> (Vec<SendOutcome>, CallSignals) {
    let signals = submitted.signals();
    let mut outcomes = submitted.into_outcomes();
    for outcome in &mut outcomes {
        if let SendOutcome::Accepted { provider_message_id: Some(id) } = outcome {
            id.clear();
        }
    }
    (outcomes, signals)
}

/// An answer that accepts every recipient.
fn accepted(submission: &Submission) -> (Vec<SendOutcome>, CallSignals) {
    without_ids(expected(submission, RecipientRule::Accept, CallRule::Answer).0)
}

#[tokio::test]
async fn every_rule_holds_for_the_server_and_for_the_sandbox_in_process() {
    let (server, url) = start().await;
    let adapter = sandbox(&url);
    // Both rules make the caller wait, and have tests of their own.
    let waits = |call| matches!(call, CallRule::NeverAnswer | CallRule::AnswerSlowly);
    for rule in RULES.into_iter().filter(|rule| !waits(rule.call)) {
        server.clear();
        let submission = submission(&[magic(u64::from(rule.suffix))]);
        let (submitted, taken) = expected(&submission, rule.recipient, rule.call);
        assert_eq!(
            without_ids(adapter.submit(&submission).await),
            without_ids(submitted.clone()),
            "{rule:?}"
        );
        assert_eq!(server.totals().messages, taken, "{rule:?}");
        let reports = if taken == 1 { rule.reports.len() } else { 0 };
        assert_eq!(server.reports_due(), reports, "{rule:?}");
        let in_process = InProcess::default().submit(&submission).await;
        assert_eq!(without_ids(in_process), without_ids(submitted), "{rule:?}");
    }
}

#[tokio::test]
async fn a_throttled_recipient_is_accepted_in_the_end() {
    let (server, url) = start().await;
    let adapter = sandbox(&url);
    let in_process = InProcess::default();
    for suffix in [11, 13] {
        let submission = submission(&[magic(suffix)]);
        for _ in 0..THROTTLED_TIMES {
            for submitted in [adapter.submit(&submission).await, in_process.submit(&submission).await] {
                assert_ne!(without_ids(submitted), accepted(&submission));
            }
        }
        for submitted in [adapter.submit(&submission).await, in_process.submit(&submission).await] {
            assert_eq!(without_ids(submitted), accepted(&submission));
        }
        assert_eq!(server.messages_to(Msisdn::from_digits(magic(suffix)).unwrap()), 1);
    }
}

#[tokio::test]
async fn a_call_that_is_never_answered_took_every_recipient() {
    let (server, url) = start().await;
    let adapter = sandbox(&url);
    let call = tokio::spawn(async move { adapter.submit(&submission(&[ORDINARY, magic(36)])).await });
    while server.totals().messages < 2 {
        tokio::task::yield_now().await;
    }
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(60)).await;
    tokio::time::resume();
    assert_eq!(call.await.unwrap(), Submitted::unknown(&submission(&[ORDINARY, magic(36)])));
    assert_eq!(server.reports_due(), 1, "the ordinary number's alone");
}

#[tokio::test]
async fn a_number_with_a_fault_does_not_affect_the_others_of_its_call() {
    let (server, url) = start().await;
    let submitted = sandbox(&url).submit(&submission(&[magic(21), ORDINARY, magic(2), magic(35)])).await;
    let opted_out = Refusal { reason: RefusalReason::OptedOut, provider_code: "opted_out".into() };
    let [SendOutcome::NotTaken, SendOutcome::Accepted { .. }, refused, SendOutcome::Unknown] =
        submitted.outcomes()
    else {
        panic!("{submitted:?}");
    };
    assert_eq!(refused, &SendOutcome::Refused(opted_out));
    assert_eq!(submitted.signals().fault, Some(AccountFault::BalanceEmpty));
    assert_eq!(server.totals().messages, 2);
}

#[tokio::test]
async fn reports_are_repeated_contradict_each_other_and_are_out_of_order_by_their_rules() {
    let (server, url) = start().await;
    let (target, mut reported) = receipts().await;
    server.report_to(target);
    let suffixes = [42, 43, 44, 45, 46, 47];
    let submission = submission(&suffixes.map(magic));
    sandbox(&url).submit(&submission).await;
    server.deliver_reports().await;
    let mut by_slot: HashMap<u16, Vec<Reported>> = HashMap::new();
    for report in drained(&mut reported) {
        by_slot.entry(slot_of(&report)).or_default().push(report.receipt.reported);
    }
    for (slot, suffix) in suffixes.iter().enumerate() {
        let rule = RULES.into_iter().find(|rule| u64::from(rule.suffix) == *suffix).unwrap();
        let reports = by_slot.remove(&(slot as u16)).unwrap_or_default();
        assert_eq!(reports, rule.reports, "{suffix}");
    }
}

#[tokio::test]
async fn a_report_that_was_not_accepted_stays_due() {
    let (server, url) = start().await;
    let numbers: Vec<u64> = (ORDINARY..).take(100).collect();
    for _ in 0..3 {
        sandbox(&url).submit(&submission(&numbers)).await;
    }
    assert_eq!(
        server.deliver_reports().await,
        Delivered { delivered: 0, left: 300 },
        "no receiver of reports is set"
    );
    let (target, mut reported) = receipts().await;
    let unknown_secret = "fedcba9876543210fedcba9876543210".parse().unwrap();
    server.report_to(ReceiptsTarget { secret: unknown_secret, ..target.clone() });
    assert_eq!(server.deliver_reports().await, Delivered { delivered: 0, left: 300 });
    server.report_to(target);
    assert_eq!(server.deliver_reports().await, Delivered { delivered: 300, left: 0 });
    let slots: Vec<u16> = drained(&mut reported).iter().map(slot_of).collect();
    assert_eq!(slots, (0..100).cycle().take(300).collect::<Vec<_>>(), "in the order they fell due");
    assert_eq!(server.totals(), InboxTotals { messages: 300, numbers: 100, repeated: 200 });
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn the_server_sends_reports_by_itself_if_no_test_sends_them() {
    let (server, url) = start().await;
    let (target, mut reported) = receipts().await;
    server.report_to(target);
    let reporting = server.clone();
    tokio::spawn(async move { reporting.deliver_continuously().await });
    sandbox(&url).submit(&submission(&[ORDINARY])).await;
    assert_eq!(reported.recv().await.unwrap().receipt.reported, Reported::Delivered);
}

#[tokio::test]
async fn faults_are_made_and_unmade_at_run_time() {
    let (server, url) = start().await;
    let adapter = sandbox(&url);
    let fails = |fail_status, fail_after_taking| Faults {
        fail_next: 1,
        fail_status,
        fail_after_taking,
        ..Default::default()
    };
    let submission = submission(&[ORDINARY]);
    for (after_taking, taken) in [(false, 0), (true, 1)] {
        server.set_faults(fails(503, after_taking));
        assert_eq!(adapter.submit(&submission).await, Submitted::unknown(&submission));
        assert_eq!(server.totals().messages, taken);
    }
    server.set_faults(fails(429, false));
    let throttled = Submitted::throttled(&submission, Some(Millis(1_000)));
    assert_eq!(adapter.submit(&submission).await, throttled);
    assert_eq!(without_ids(adapter.submit(&submission).await), accepted(&submission));
}

#[tokio::test]
async fn the_sandbox_is_read_cleared_and_given_faults_over_http() {
    let (server, url) = start().await;
    sandbox(&url).submit(&submission(&[ORDINARY, magic(46)])).await;
    let client = HttpClient::new(Roots::Amazon).unwrap();
    let ask = async |method: &str, path: &str, body: &'static str| {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{url}{path}"))
            .header("content-type", "application/json")
            .body(bytes::Bytes::from_static(body.as_bytes()))
            .unwrap();
        let answer = client.send(request, Duration::from_secs(30)).await.unwrap();
        let body = serde_json::from_slice(answer.body()).unwrap_or(serde_json::Value::Null);
        (answer.status().as_u16(), body)
    };
    let (status, inbox) = ask("GET", "/sandbox/inbox?page_size=1", "").await;
    assert_eq!((status, &inbox["total"], &inbox["total_pages"]), (200, &2.into(), &2.into()));
    let (_, of_one) = ask("GET", "/sandbox/inbox?to=%2B254711223344", "").await;
    assert_eq!(of_one["results"][0]["to"], "+254711223344");
    assert_eq!(ask("GET", "/sandbox/inbox?to=0712", "").await.0, 400);
    assert_eq!(ask("POST", "/sandbox/messages", "{}").await.0, 400);
    let (_, faults) = ask("PUT", "/sandbox/faults", r#"{"fail_next":3}"#).await;
    assert_eq!(ask("GET", "/sandbox/faults", "").await.1, faults);
    assert_eq!(ask("PUT", "/sandbox/faults", r#"{"fail_nex":3}"#).await.0, 422);
    assert_eq!(ask("POST", "/sandbox/reports", "").await.1["left"], 1);
    assert_eq!(ask("DELETE", "/sandbox/inbox", "").await.0, 204);
    assert_eq!((server.totals().messages, server.reports_due()), (0, 0));
}
