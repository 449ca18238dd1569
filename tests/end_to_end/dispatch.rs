//! Handing over: every answer of the provider, pace, refusals, and queues that repeat themselves.

use std::sync::Arc;

use ::dispatch::{Dispatched, Dispatcher};
use domain::{
    ids::CampaignId,
    outcome::{Refusal, RefusalReason, SendOutcome},
    pacing::Pace,
    timestamp::Millis,
};
use providers::{BoxFuture, Provider, ProviderName, Submission, Submitted};
use queue::BatchTask;
use serde_json::{Value, json};
use tests::{World, phones};

#[tokio::test]
async fn each_recipient_ends_as_its_number_says() {
    let world = World::start().await;
    let cases = [
        ("000001", "failed", "invalid_number"),
        ("000003", "failed", "unsupported_destination"),
        ("000004", "failed", "do_not_disturb"),
        ("000005", "failed", "rejected"),
        ("000006", "failed", "not_routed"),
        ("000035", "unconfirmed", "no_answer"),
        ("000041", "sent", ""),
        ("123456", "sent", ""),
    ];
    let numbers = world.magic(&cases.map(|(suffix, _, _)| suffix));
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.drain().await;
    for ((suffix, status, code), number) in cases.into_iter().zip(&numbers) {
        let row = world.message_of(1, number.trim_start_matches('+')).await;
        assert_eq!(row["status"], status, "{suffix}");
        assert_eq!(row["error_code"].as_str().unwrap_or_default(), code, "{suffix}");
    }
}

#[tokio::test]
async fn a_redelivered_and_reordered_queue_sends_nothing_twice() {
    let world = World::start_small().await;
    let book = world.book("Book", &phones(0..330)).await;
    world.send(&[&book]).await;
    world.enqueue_again(1, 0..4).await;
    world.enqueue_again(1, (0..4).rev()).await;
    world.drain().await;
    world.enqueue_again(1, 0..4).await;
    world.drain().await;
    let inbox = world.inbox();
    assert_eq!((inbox.messages, inbox.numbers, inbox.repeated), (330, 330, 0));
    assert_eq!(world.status(1).await["charged"], "KES 330.00");
}

#[tokio::test]
async fn a_person_who_opts_out_before_the_batch_is_sent_is_skipped_and_refunded() {
    let world = World::start().await;
    let numbers = phones(0..3);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.api.post("/v1/opt-outs/", &json!({"phone": numbers[1]})).await.expect(200);
    world.drain().await;
    assert_eq!(world.messages_to(&numbers), [1, 0, 1]);
    let row = world.message_of(1, numbers[1].trim_start_matches('+')).await;
    assert_eq!((&row["status"], &row["error_code"]), (&json!("cancelled"), &json!("opted_out")));
    assert_eq!(world.status(1).await["refunded"], "KES 1.00");
}

#[tokio::test]
async fn who_has_opted_out_with_the_provider_joins_the_opt_outs() {
    let world = World::start().await;
    let numbers = world.magic(&["000002"]);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.drain().await;
    let list = world.api.get("/v1/opt-outs/").await.expect(200);
    assert_eq!(list["results"][0]["phone"], numbers[0]);
    let body = json!({"group_ids": [book], "message": "Hi"});
    world.api.post("/v1/sms/send-group/", &body).await.refused(400, "no_reachable_recipient");
}

#[tokio::test]
async fn a_throttled_recipient_is_tried_again_later_and_sent_once() {
    let world = World::start().await;
    let numbers = [phones(0..2), world.magic(&["000011"])].concat();
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.drain().await;
    for _ in 0..4 {
        world.clock().advance(Millis::from_mins(3));
        world.tick().await;
        world.drain().await;
    }
    assert_eq!(world.status(1).await["status"], "completed");
    assert_eq!(world.messages_to(&numbers), [1, 1, 1]);
}

#[tokio::test]
async fn a_recipient_put_off_for_ever_is_given_up() {
    let world = World::start().await;
    let book = world.book("Book", &world.magic(&["000012"])).await;
    world.send(&[&book]).await;
    for _ in 0..8 {
        world.drain().await;
        world.clock().advance(Millis::from_mins(6));
        world.tick().await;
    }
    world.drain().await;
    let status = world.status(1).await;
    assert_eq!((&status["failed_count"], &status["refunded"]), (&json!(1), &json!("KES 1.00")));
    let row = &world.api.get("/v1/sms/campaigns/1/messages/").await.expect(200)["results"][0];
    assert_eq!(row["error_code"], "gave_up");
}

#[tokio::test]
async fn a_fault_of_the_provider_account_pauses_the_campaign_instead_of_failing_everybody() {
    for (suffix, reason) in [
        ("000021", "provider_balance_empty"),
        ("000022", "provider_sender_refused"),
        ("000024", "provider_credentials_refused"),
    ] {
        let world = World::start().await;
        let book = world.book("Book", &world.magic(&[suffix])).await;
        world.send(&[&book]).await;
        world.drain().await;
        let status = world.status(1).await;
        assert_eq!((&status["status"], &status["pause_reason"]), (&json!("paused"), &json!(reason)));
        assert_eq!((&status["failed_count"], &status["queued_count"]), (&json!(0), &json!(1)));
    }
}

/// Takes nobody, and counts who asked.
#[derive(Debug, Default)]
struct RefusesEverybody;

impl Provider for RefusesEverybody {
    fn name(&self) -> ProviderName {
        ProviderName::Sandbox
    }

    fn max_recipients(&self) -> usize {
        100
    }

    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
        let refusal = Refusal { reason: RefusalReason::Rejected, provider_code: "1".to_owned() };
        let outcomes = vec![SendOutcome::Refused(refusal); submission.recipients().len()];
        Box::pin(async { Submitted::answered(outcomes) })
    }
}

#[tokio::test]
async fn refusals_past_the_threshold_halt_the_campaign() {
    let world = World::start().await;
    world.give_money("extra", 100_000_000).await;
    let book = world.book("Book", &phones(0..2_500)).await;
    world.send(&[&book]).await;
    let dispatcher = dispatcher(&world, Arc::new(RefusesEverybody), None);
    for batch in 0..3 {
        dispatcher.run(task(&world, batch), world.now().plus(Millis::from_mins(2))).await.unwrap();
    }
    let status = world.status(1).await;
    assert_eq!((&status["status"], &status["pause_reason"]), (&json!("paused"), &json!("too_many_refusals")));
    // Between groups, not only when a batch is closed: the first batch is not run through.
    let (failed, _) = rows_by_status(&world).await;
    assert_eq!(failed, 500);
    // What was refused before the cause was mended does not halt it again.
    world.api.post("/v1/sms/campaigns/1/resume/", &json!({})).await.expect(200);
    world.drain().await;
    let status = world.status(1).await;
    assert_eq!((&status["status"], &status["sent_count"]), (&json!("completed"), &json!(2_000)));
}

/// Recipients that failed, and that are queued, by their rows: the counters know of closed batches.
async fn rows_by_status(world: &World) -> (u64, u64) {
    let total = async |status: &str| {
        let path = format!("/v1/sms/campaigns/1/messages/?status={status}&page_size=1");
        world.api.get(&path).await.expect(200)["total"].as_u64().unwrap()
    };
    (total("failed").await, total("queued").await)
}

fn dispatcher(world: &World, provider: Arc<dyn Provider>, pace: Option<Pace>) -> Dispatcher {
    Dispatcher {
        stores: world.stack.stores().clone(),
        queues: world.stack.queues().clone(),
        live: provider.clone(),
        test: provider,
        pace,
        clock: world.clock().clone(),
    }
}

fn task(world: &World, batch: u32) -> BatchTask {
    BatchTask { organisation: world.organisation.id, campaign: CampaignId::new(1).unwrap(), batch }
}

/// Takes everybody at once.
#[derive(Debug)]
struct TakesEverybody;

impl Provider for TakesEverybody {
    fn name(&self) -> ProviderName {
        ProviderName::Sandbox
    }

    fn max_recipients(&self) -> usize {
        100
    }

    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
        let accepted = SendOutcome::Accepted { provider_message_id: None };
        let outcomes = vec![accepted; submission.recipients().len()];
        Box::pin(async { Submitted::answered(outcomes) })
    }
}

#[tokio::test]
async fn a_batch_whose_turn_lies_beyond_its_workers_time_waits_outside_and_books_nothing() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..900)).await;
    world.send(&[&book]).await;
    let dispatcher = dispatcher(&world, Arc::new(TakesEverybody), Pace::per_second(10));
    // The first group of a hundred goes at once; the second one's turn is ten seconds later, which a
    // worker with nine has not.
    let deadline = |seconds| world.now().plus(Millis::from_secs(seconds));
    let left = dispatcher.run(task(&world, 0), deadline(25 + 9)).await.unwrap();
    assert_eq!(left, Dispatched::Left { wait: Millis::from_secs(10) });
    assert_eq!(rows_by_status(&world).await.1, 800, "one group went out");
    for turn in 1..=8 {
        let early = dispatcher.run(task(&world, 0), deadline(25 + 9)).await.unwrap();
        assert_eq!(early, Dispatched::Nothing, "it is not taken up before its turn");
        world.clock().advance(Millis::from_secs(10));
        let outcome = dispatcher.run(task(&world, 0), deadline(25 + 9)).await.unwrap();
        assert_eq!(outcome == Dispatched::Closed, turn == 8, "{turn}: {outcome:?}");
    }
    assert_eq!(world.status(1).await["status"], "completed");
}

#[tokio::test]
async fn a_provider_that_asks_for_peace_gets_it_from_every_worker() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    world.send(&[&book]).await;
    let until = world.now().plus(Millis::from_mins(5));
    world.stack.stores().campaigns.hold_account("sandbox", until).await.unwrap();
    let dispatcher = dispatcher(&world, Arc::new(TakesEverybody), None);
    let deadline = world.now().plus(Millis::from_mins(2));
    let left = dispatcher.run(task(&world, 0), deadline).await.unwrap();
    assert_eq!(left, Dispatched::Left { wait: Millis::from_mins(5) });
    world.clock().advance(Millis::from_mins(5));
    let deadline = world.now().plus(Millis::from_mins(2));
    assert_eq!(dispatcher.run(task(&world, 0), deadline).await.unwrap(), Dispatched::Closed);
}

/// A campaign to three whose worker waits for its turn; meanwhile something is done. Gives its status.
async fn while_it_waits(act: impl AsyncFnOnce(&World)) -> Value {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    world.send(&[&book]).await;
    let until = world.now().plus(Millis::from_secs(2));
    world.stack.stores().campaigns.hold_account("sandbox", until).await.unwrap();
    let dispatcher = dispatcher(&world, Arc::new(TakesEverybody), Pace::per_second(1_000));
    let deadline = world.now().plus(Millis::from_mins(2));
    let meanwhile = async {
        // Its turn is leased: it has looked, and waits.
        while !world.everything_stored().await.contains("booked_until") {
            tokio::task::yield_now().await;
        }
        act(&world).await;
    };
    let (worked, ()) = tokio::join!(dispatcher.run(task(&world, 0), deadline), meanwhile);
    assert_eq!(worked.unwrap(), Dispatched::Closed);
    world.status(1).await
}

#[tokio::test]
async fn who_cancels_or_opts_out_while_a_worker_waits_for_its_turn_is_heard() {
    let cancel = while_it_waits(async |world| {
        world.api.post("/v1/sms/campaigns/1/cancel/", &json!({})).await.expect(200);
    });
    let opt_out = while_it_waits(async |world| {
        world.api.post("/v1/opt-outs/", &json!({"phone": phones(1..2)[0]})).await.expect(200);
    });
    let (cancelled, opted_out) = tokio::join!(cancel, opt_out);
    assert_eq!((&cancelled["cancelled_count"], &cancelled["sent_count"]), (&json!(3), &json!(0)));
    assert_eq!((&opted_out["cancelled_count"], &opted_out["sent_count"]), (&json!(1), &json!(2)));
}

#[tokio::test]
async fn poison_is_put_aside_and_delays_nobody() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..2)).await;
    world.poison("not json").await;
    world.poison(r#"{"v":1,"task":{}}"#).await;
    let nowhere =
        format!(r#"{{"v":1,"task":{{"organisation":"{}","campaign":77,"batch":0}}}}"#, world.organisation.id);
    world.poison(&nowhere).await;
    world.send(&[&book]).await;
    world.drain().await;
    assert_eq!(world.status(1).await["status"], "completed");
    assert_eq!(world.queued_messages().await, 0);
}
