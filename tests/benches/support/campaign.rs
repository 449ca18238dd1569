//! A campaign's whole way, moved step by step, so that each can be measured for itself.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use domain::{
    ids::{CampaignId, Slot},
    keys::CampaignKey,
    msisdn::Msisdn,
    receipt::{DeliveryReceipt, Reported},
};
use futures_util::{StreamExt, future::BoxFuture, stream};
use lambda_emulator::{
    Invoke, InvokeError,
    event_source::{EventSource, Queue, Settings},
};
use providers::africastalking;
use queue::ReportTask;
use serde_json::{Value, json};
use stores::campaigns::CampaignHeader;

use super::{
    cost::{Measured, Step},
    deployment,
    measured_stack::{MeasuredStack, Reading},
    prices::Prices,
    provider::{CALLBACK_SECRET, Taken},
    random::shuffle,
};

/// Callbacks under way at once.
const CALLBACKS_AT_ONCE: usize = 8;
/// Messages of one call to SQS.
const TASKS_A_CALL: usize = 1_000;

/// A campaign that is accepted and handed over.
pub struct Sent {
    pub campaign: CampaignKey,
    pub recipients: usize,
    /// The messages that the provider took, in the order of the hand-over.
    pub taken: Vec<Taken>,
}

pub fn accepted_campaign(measured: &MeasuredStack, answer: &Value) -> CampaignKey {
    let campaign = answer["campaign_id"].as_u64().and_then(CampaignId::new).expect("a number");
    CampaignKey { organisation: measured.organisation.id, campaign }
}

/// Accepts a campaign to these books and hands it over.
pub async fn send(measured: &MeasuredStack, books: &[String]) -> (Sent, [Measured; 2]) {
    let before = measured.read();
    let answer = measured.send(books).await;
    let accepted = measured.read();
    let recipients = answer["recipients_count"].as_u64().expect("a count") as usize;
    let dispatched = measured.dispatch_all(1).await;
    let after = measured.read();
    let of_step = |step, invocations, reading: &Reading, before: &Reading| Measured {
        step,
        recipients,
        invocations,
        reading: reading.since(before),
    };
    let campaign = accepted_campaign(measured, &answer);
    let steps = [
        of_step(Step::Accept, 1, &accepted, &before),
        of_step(Step::Dispatch, dispatched.invocations, &after, &accepted),
    ];
    (Sent { campaign, recipients, taken: measured.provider.take_all() }, steps)
}

/// A callback for each of these messages; what they queue is forgotten.
pub async fn call_back(measured: &MeasuredStack, taken: &[Taken]) -> Measured {
    let before = measured.read();
    let calls: Vec<_> = taken.iter().cloned().map(|taken| call_back_for(measured, taken)).collect();
    stream::iter(calls).buffer_unordered(CALLBACKS_AT_ONCE).collect::<Vec<()>>().await;
    let reading = measured.read().since(&before);
    measured.forget_reports().await;
    Measured { step: Step::Callbacks, recipients: taken.len(), invocations: taken.len() as u64, reading }
}

async fn call_back_for(measured: &MeasuredStack, Taken { number, id }: Taken) {
    let path = format!("/v1/providers/africastalking/receipts/{CALLBACK_SECRET}/");
    let digits = number.trim_start_matches('+');
    let form = format!("id={id}&status=Success&phoneNumber=%2B{digits}&networkCode=63902");
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    let answer = measured.api.without_key().call(http::Method::POST, &path, &kind, form).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// How the reports of a campaign come.
#[derive(Clone, Copy, Debug)]
pub struct Reports<'a> {
    /// Earlier campaigns to the same recipients, still waiting for reports of their own.
    pub others: &'a [CampaignKey],
    /// Different words that the networks have for a delivery.
    pub kinds: usize,
    /// Invocations at once.
    pub appliers: usize,
    /// The first batches of the campaign, which alone have reports.
    pub batches: u32,
}

impl Default for Reports<'_> {
    fn default() -> Self {
        Self { others: &[], kinds: 1, appliers: 1, batches: u32::MAX }
    }
}

/// Queues a report for every recipient of the batches and applies them all.
pub async fn apply_reports(measured: &MeasuredStack, sent: &Sent, prices: &Prices) -> Measured {
    apply_reports_that(measured, sent, prices, Reports::default()).await
}

/// Applies reports that come in a given way.
///
/// They come in no order over the batches that the deployment has in flight at once, and each invocation gets as many
/// as the deployed event source gives it. For a smaller campaign the number is smaller in proportion: what matters is
/// how many reports of one batch an invocation finds.
pub async fn apply_reports_that(
    measured: &MeasuredStack,
    sent: &Sent,
    prices: &Prices,
    reports: Reports<'_>,
) -> Measured {
    let header = header(measured, sent).await;
    let mut tasks = report_tasks(measured, sent, reports).await;
    let in_flight = deployment::batches_in_flight(prices.assumed("batches_in_flight_per_invocation"));
    tasks.chunks_mut(in_flight as usize * header.batch_recipients.get()).for_each(shuffle);
    for call in tasks.chunks(TASKS_A_CALL) {
        measured.stack.queues().enqueue_reports(call).await.expect("the queue answers");
    }
    let share = (f64::from(header.batches().min(reports.batches)) / in_flight).min(1.0);
    let messages = deployment::function("ReceiptsFunction").messages as f64 * share;
    let before = measured.read();
    let invocations = apply_queued(measured, (messages.round() as usize).max(1), reports.appliers).await;
    let reading = measured.read().since(&before);
    Measured { step: Step::Reports, recipients: tasks.len(), invocations, reading }
}

/// Reports that come one by one, each applied alone.
pub async fn apply_late(measured: &MeasuredStack, sent: &Sent, count: usize) -> Measured {
    let before = measured.read();
    for task in report_tasks(measured, sent, Reports::default()).await.iter().take(count) {
        measured.stack.queues().enqueue_reports(std::slice::from_ref(task)).await.expect("the queue answers");
        apply_queued(measured, 1, 1).await;
    }
    let reading = measured.read().since(&before);
    Measured { step: Step::Reports, recipients: count, invocations: count as u64, reading }
}

/// Works the queue of reports off; gives the number of invocations.
pub async fn apply_queued(measured: &MeasuredStack, messages: usize, appliers: usize) -> u64 {
    let function =
        Arc::new(Counted { function: measured.stack.functions().receipts(), invocations: AtomicU64::new(0) });
    let source = source(measured, function.clone(), messages);
    let until_empty =
        || async { while source.poll_once(0).await.expect("the queue answers").received > 0 {} };
    tests::all((0..appliers).map(|_| until_empty())).await;
    function.invocations.load(Ordering::Relaxed)
}

/// Applies reports by the function, this many an invocation, without the queue: for a million reports the emulator's
/// own requests take longer than what is measured. Returns the number of invocations.
pub async fn apply_directly(measured: &MeasuredStack, tasks: &[ReportTask], messages: usize) -> u64 {
    let function = measured.stack.functions().receipts();
    let mut invocations = 0;
    for tasks in tasks.chunks(messages) {
        let record = |(place, task): (usize, &ReportTask)| {
            let body = json!({"v": queue::FORM, "task": task}).to_string();
            json!({"messageId": place.to_string(), "body": body, "attributes": {}, "messageAttributes": {}})
        };
        let records: Vec<Value> = tasks.iter().enumerate().map(record).collect();
        let event = json!({ "Records": records }).to_string();
        let answer = function.invoke(event.into()).await.expect("the function answers");
        let answer: Value = serde_json::from_slice(&answer).expect("an answer in JSON");
        assert_eq!(answer["batchItemFailures"], json!([]), "every report is applied");
        invocations += 1;
    }
    invocations
}

async fn header(measured: &MeasuredStack, sent: &Sent) -> CampaignHeader {
    let header = measured.stack.stores().campaigns.header(sent.campaign).await;
    header.expect("the table answers").expect("the campaign was accepted")
}

/// The provider's names for the messages of a campaign, by batch and slot.
pub async fn ids_by_batch(measured: &MeasuredStack, sent: &Sent) -> Vec<Vec<Option<String>>> {
    let ids: HashMap<&str, &str> =
        sent.taken.iter().map(|taken| (taken.number.as_str(), taken.id.as_str())).collect();
    let mut batches = Vec::new();
    for batch in 0..header(measured, sent).await.batches() {
        let plan = measured.stack.stores().campaigns.plan(sent.campaign.batch(batch)).await;
        let plan = plan.expect("the table answers").expect("the batch is planned");
        let id = |number: &Msisdn| ids.get(number.e164().as_str()).map(|id| (*id).to_owned());
        batches.push(plan.recipients().iter().map(id).collect());
    }
    batches
}

async fn report_tasks(measured: &MeasuredStack, sent: &Sent, reports: Reports<'_>) -> Vec<ReportTask> {
    let receipts: Vec<DeliveryReceipt> = (0..reports.kinds.max(1))
        .map(|kind| DeliveryReceipt::new(Reported::Delivered, None, Some(&format!("{}", 63_902 + kind))))
        .collect();
    let mut tasks = Vec::with_capacity(sent.recipients);
    for (batch, ids) in (0..reports.batches).zip(ids_by_batch(measured, sent).await) {
        for (slot, id) in ids.into_iter().enumerate() {
            let message = |campaign: &CampaignKey| campaign.batch(batch).message(slot as Slot);
            let others = reports.others.iter().map(message);
            let receipt = receipts[slot % receipts.len()].clone();
            let task = ReportTask::new(message(&sent.campaign), africastalking::KIND.account(), id, receipt);
            tasks.push(task.found_by_number(others.collect()));
        }
    }
    tasks
}

fn source(measured: &MeasuredStack, function: Arc<dyn Invoke>, messages: usize) -> EventSource {
    let url = measured.stack.variables()["RECEIPTS_QUEUE_URL"].clone();
    let queue = Queue { url, arn: "arn:aws:sqs:us-east-1:000000000000:receipts".to_owned() };
    let settings = Settings {
        batch_size: messages,
        batching_window: Duration::from_secs(u64::from(messages > 10)),
        max_concurrency: std::num::NonZeroUsize::MIN.saturating_add(1),
        report_batch_item_failures: true,
    };
    EventSource::new(measured.sqs(), queue, function, settings).expect("settings that AWS takes")
}

/// A function whose invocations are counted.
struct Counted {
    function: Arc<dyn Invoke>,
    invocations: AtomicU64,
}

impl Invoke for Counted {
    fn invoke(&self, payload: Bytes) -> BoxFuture<'static, Result<Bytes, InvokeError>> {
        self.invocations.fetch_add(1, Ordering::Relaxed);
        self.function.invoke(payload)
    }
}
