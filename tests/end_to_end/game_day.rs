//! A game day: each failure that an operator must notice is made on the local stack, and the alarm of `template.yaml`
//! must ring by the value of its metric. (A bad deploy and an account without free executions are in
//! `functions/local/tests/system/children`, because they need processes; a closed account is in `failover.rs`.) `tests/template/alarms.rs` fails for an alarm
//! that no situation rings.
//!
//! Metrics of AWS are counted as AWS counts them: invocations and their errors, calls that a table throttles, messages
//! in a queue, each by minute.

mod damage;
mod queues;
mod reports;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use domain::timestamp::Millis;
use http::Method;
use local::stack::QueueName;
use platform::telemetry;
use tests::{
    World,
    alarms::{self, Minutes, alarm},
    phones,
};

/// The alarms that ring by the product's own metrics, as this thread has written them.
fn ringing() -> Vec<String> {
    alarms::ringing(&telemetry::take_recorded())
}

async fn campaign_to(world: &World, numbers: &[String]) {
    let book = world.book("Book", numbers).await;
    world.send(&[&book]).await;
}

#[tokio::test]
async fn without_faults_no_alarm_rings() {
    let world = World::start().await;
    telemetry::record();
    campaign_to(&world, &phones(0..30)).await;
    world.drain().await;
    world.deliver_reports().await;
    for _ in 0..3 {
        world.clock().advance(Millis::from_mins(1));
        world.tick().await;
    }
    assert_eq!(ringing(), Vec::<String>::new());
}

#[tokio::test]
async fn a_provider_that_answers_5xx_rings() {
    let world = World::start().await;
    telemetry::record();
    campaign_to(&world, &world.magic(&["000037"])).await;
    world.stack.poll_batches().await.unwrap();
    assert_eq!(ringing(), ["AccountInDoubtAlarm", "UnconfirmedRecipientsAlarm"]);
}

#[tokio::test]
async fn revoked_credentials_unreadable_messages_and_forged_callbacks_ring_their_alarms() {
    let world = World::start().await;
    telemetry::record();
    campaign_to(&world, &world.magic(&["000024"])).await;
    world.drain().await;
    assert_eq!(ringing(), ["CampaignsPausedAlarm"]);

    world.enqueue_unreadable("not a task").await;
    world.stack.poll_batches().await.unwrap();
    assert_eq!(ringing(), ["PoisonBatchesAlarm"]);

    let forge = async || {
        let path = format!("/v1/providers/africastalking/receipts/{}/", "f".repeat(48));
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let answer = world.api.without_key().call(Method::POST, &path, &form, "id=1").await;
        answer.refused(403, "forged_callback");
    };
    for _ in 0..5 {
        forge().await;
    }
    assert_eq!(ringing(), Vec::<String>::new(), "five are no flood");
    // Another path and another method are counted too, at once.
    world.clock().advance(Millis::from_mins(5));
    for _ in 0..5 {
        forge().await;
        let api = world.api.without_key();
        api.get("/v1/providers/infobip/receipts/").await.refused(404, "unknown_path");
        api.delete("/v1/providers/sandbox/receipts/", None).await.refused(405, "method_not_allowed");
    }
    assert_eq!(ringing(), ["ForgedCallbacksAlarm"]);
}

#[tokio::test]
async fn a_campaign_without_progress_rings_an_alarm_and_so_does_a_damaged_one() {
    let world = World::start().await;
    campaign_to(&world, &phones(0..3)).await;
    telemetry::record();
    let mut last = Vec::new();
    // The clock keeps enqueueing the batch, and no worker claims it.
    for _ in 0..8 {
        world.clock().advance(Millis::from_mins(5));
        world.tick().await;
        world.lose_queued_messages().await;
        last = telemetry::take_recorded();
    }
    let idle = last.iter().find(|one| one.metric == telemetry::IDLE_CAMPAIGN_SECONDS).expect("it is written");
    assert!(idle.count == 0 || idle.count > 1_800, "{idle:?}");
    world.clock().advance(Millis::from_mins(5));
    world.tick().await;
    last.extend(telemetry::take_recorded());
    assert!(Minutes::written(&last).rings(&alarm("IdleCampaignAlarm")), "{last:?}");

    world.stack.drain().await.unwrap();
    world.clock().advance(Millis::from_mins(3));
    world.tick().await;
    assert_eq!(ringing(), Vec::<String>::new(), "it has ended");
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_rings() {
    let world = World::start().await;
    telemetry::record();
    let variables = world.stack.variables().clone();
    let lookup = |name: &str| match name {
        "PROVIDER_SECRETS_ARN" => Some("arn:aws:secretsmanager:us-east-1:1:secret:none-AbCdEf".to_owned()),
        // An endpoint that is not Secrets Manager and refuses its calls.
        "AWS_ENDPOINT_URL_SECRETS_MANAGER" => variables.get("AWS_ENDPOINT_URL_DYNAMODB").cloned(),
        name => variables.get(name).cloned(),
    };
    for (function, alarm) in [("dispatch", "DispatchSecretAlarm"), ("callbacks", "CallbacksSecretAlarm")] {
        let read = stores::read_secrets(function, &["PROVIDER_SECRETS"], &lookup).await;
        assert!(read.is_err());
        assert_eq!(ringing(), [alarm]);
    }
    // Recorded with the machine's time, which differs from the world's clock.
    let campaigns = &world.stack.stores().campaigns;
    assert!(campaigns.has_unreadable_secret(std::time::SystemTime::now().into()).await.unwrap());
}

/// Metrics of one minute of the clock, as Lambda counts them.
async fn clock_minute(world: &World) -> BTreeMap<String, f64> {
    world.clock().advance(Millis::from_mins(1));
    let failed = world.stack.tick().await.is_err();
    BTreeMap::from([("runs".to_owned(), 1.0), ("errors".to_owned(), f64::from(u8::from(failed)))])
}

#[tokio::test]
async fn an_alarm_rings_if_no_run_of_the_clock_succeeds_for_five_minutes() {
    let (world, rings) = (World::start().await, alarm("ClockStoppedAlarm"));
    let mut minutes = vec![clock_minute(&world).await];
    world.permissions.begin_outage(|caller, _, _| (caller == "clock").then_some("AccessDeniedException"));
    for _ in 0..4 {
        minutes.push(clock_minute(&world).await);
    }
    assert!(!Minutes::of_ids(minutes.clone()).rings(&rings), "{minutes:?}");
    minutes.push(clock_minute(&world).await);
    assert!(Minutes::of_ids(minutes.clone()).rings(&rings), "{minutes:?}");
    world.permissions.end_outage();
    minutes.push(clock_minute(&world).await);
    assert!(!Minutes::of_ids(minutes.clone()).rings(&rings), "{minutes:?}");
    assert!(Minutes::default().rings(&rings), "a schedule that is gone writes nothing");
}

#[tokio::test]
async fn a_table_that_throttles_minute_after_minute_rings() {
    let (world, rings) = (World::start().await, alarm("ThrottledTablesAlarm"));
    let throttled = Arc::new(AtomicU32::new(0));
    let count = throttled.clone();
    // Every second write of the rate window is throttled, so that the SDK's retry succeeds.
    world.permissions.begin_outage(move |caller, operation, body| {
        let is_count = caller == "api" && operation == "UpdateItem" && body.contains("#RATE");
        let is_throttled = is_count && count.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
        is_throttled.then_some("ProvisionedThroughputExceededException")
    });
    let mut values = vec![0.0, 0.0];
    for _ in 0..3 {
        assert!(!Minutes::of_aws("accountsWrites", &values).rings(&rings), "{values:?}");
        let before = throttled.load(Ordering::Relaxed);
        world.api.get("/v1/").await.expect(200);
        values.push(f64::from((throttled.load(Ordering::Relaxed) - before) / 2));
    }
    assert!(Minutes::of_aws("accountsWrites", &values).rings(&rings), "{values:?}");
}

#[tokio::test]
async fn dead_letters_ring_until_they_are_redriven() {
    let world = World::start().await;
    campaign_to(&world, &phones(0..1)).await;
    world.let_messages_come_back_at_once("SMALL_BATCHES_QUEUE_URL").await;
    world.permissions.begin_outage(|caller, _, _| (caller == "dispatch").then_some("AccessDeniedException"));
    let dead = async |queue: QueueName, name: &str| {
        let visible = world.stack.depth(queue).await.unwrap().visible as f64;
        Minutes::of_aws("ApproximateNumberOfMessagesVisible", &[visible]).rings(&alarm(name))
    };
    assert!(!dead(QueueName::DeadBatches, "DeadBatchesAlarm").await);
    while world.stack.poll_batches().await.unwrap().received > 0 {}
    assert!(dead(QueueName::DeadBatches, "DeadBatchesAlarm").await);
    world.permissions.end_outage();
    world.redrive_batches().await;
    world.drain().await;
    assert!(!dead(QueueName::DeadBatches, "DeadBatchesAlarm").await);
    assert_eq!(world.status(1).await["sent_count"], 1);

    world.let_messages_come_back_at_once("RECEIPTS_QUEUE_URL").await;
    world.permissions.begin_outage(|caller, _, _| (caller == "receipts").then_some("AccessDeniedException"));
    world.report_without_applying().await;
    assert!(!dead(QueueName::DeadReceipts, "DeadReceiptsAlarm").await);
    while world.stack.poll_receipts().await.unwrap().received > 0 {}
    assert!(dead(QueueName::DeadReceipts, "DeadReceiptsAlarm").await);
    world.permissions.end_outage();
    world.redrive_reports().await;
    world.drain().await;
    assert_eq!(world.status(1).await["delivered_count"], 1);
}
