//! Log lines: each names its request, organisation and campaign.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use domain::{
    msisdn::Msisdn,
    receipt::{DeliveryReceipt, Reported},
};
use platform::telemetry::{self, LogLevel};
use providers::sandbox;
use queue::ReportTask;
use serde_json::{Value, json};
use tests::{World, phones};
use tracing::subscriber::DefaultGuard;

use crate::{africastalking, damage::Plan};

/// Lines that this thread has logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn taken(&self) -> Vec<Value> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines that this thread logs from now on.
fn logged() -> (Lines, Logging) {
    let [off, info] = ["off", "info"].map(|level| level.parse::<LogLevel>().unwrap().filter());
    // With only one subscriber, a span that another test's thread uses first is disabled for all threads
    // (tracing-core's `Rebuilder::JustOne`).
    let second = tracing::Dispatch::new(telemetry::subscriber(off, io::sink));
    let lines = Lines::default();
    let writer = lines.clone();
    let guard = tracing::subscriber::set_default(telemetry::subscriber(info, move || writer.clone()));
    (lines, Logging { _guard: guard, _second: second })
}

/// Lines are logged until it is dropped; the guard goes first.
struct Logging {
    _guard: DefaultGuard,
    _second: tracing::Dispatch,
}

#[tokio::test]
async fn every_line_of_a_request_a_batch_or_a_report_has_its_id() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    world.send(&[&book]).await;
    let plan = Plan::of(&world, world.organisation.id, 1, 0).await;
    plan.cut(&world).await;
    let (lines, _logging) = logged();
    world.stack.poll_batches().await.unwrap();
    let report = ReportTask::new(
        world.campaign(1).batch(0).message(0),
        sandbox::KIND.account(),
        None,
        DeliveryReceipt::new(Reported::Delivered, None, None),
    );
    world.stack.queues().enqueue_reports(&[report]).await.unwrap();
    world.stack.poll_receipts().await.unwrap();
    let page = world.api.get("/v1/sms/campaigns/1/messages/").await;
    page.expect(200);

    let lines = lines.taken();
    let request_id = page.header("x-request-id").unwrap();
    for (message, request) in [
        ("a batch cannot be read and was set aside", "in-process-dispatch"),
        ("reports were left", "in-process-receipts"),
        ("a batch cannot be read and is missing from a page", request_id),
    ] {
        let found: Vec<_> = lines.iter().filter(|line| line["message"] == message).collect();
        let [line] = found[..] else { panic!("{message}: {lines:#?}") };
        assert_eq!(line["request.id"], request, "{message}");
        assert_eq!(line["organisation.id"], json!(world.organisation.id), "{message}");
        assert_eq!(line["campaign.id"], 1, "{message}");
        assert_eq!(line["batch.number"], 0, "{message}");
    }
    assert!(lines.iter().all(|line| line["request.id"].is_string()), "{lines:#?}");
}

#[tokio::test]
async fn a_code_and_a_status_that_no_documentation_lists_are_named() {
    let (world, fake) = africastalking::start().await;
    let numbers = phones(0..2);
    fake.answer_number(Msisdn::parse_e164(&numbers[0]).unwrap(), 199);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    let (lines, _logging) = logged();
    world.stack.drain().await.unwrap();
    let row = world.message_of(1, numbers[1].trim_start_matches('+')).await;
    assert_eq!(africastalking::report(&world, &row, "Teleported").await.status, 200);
    let lines = lines.taken();
    for (message, code, name) in [
        ("an unlisted code", "199", "provider"),
        ("a report has an unlisted status", "Teleported", "account"),
    ] {
        let line = lines.iter().find(|line| line["message"] == message).expect(message);
        assert_eq!((&line["provider.code"], &line[name]), (&json!(code), &json!("africastalking")));
    }
}
