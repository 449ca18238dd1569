//! Handing over: every answer of the provider, opt-outs during a campaign, and queues that deliver twice.

use domain::timestamp::Millis;
use serde_json::json;
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
    let world = World::start_with_batches_of(10).await;
    let book = world.book("Book", &phones(0..21)).await;
    world.send(&[&book]).await;
    world.enqueue_again(1, 0..3).await;
    world.enqueue_again(1, (0..3).rev()).await;
    world.drain().await;
    world.enqueue_again(1, 0..3).await;
    world.drain().await;
    let inbox = world.inbox();
    assert_eq!((inbox.messages, inbox.numbers, inbox.repeated), (21, 21, 0));
    assert_eq!(world.status(1).await["charged"], "KES 21.00");
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
async fn a_number_that_the_provider_refuses_as_opted_out_is_added_to_the_opt_outs() {
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
async fn a_recipient_that_is_always_put_off_delays_no_other_and_fails_at_the_end_of_the_validity() {
    let world = World::start_small().await;
    let put_off = world.magic(&["000012"]);
    let book = world.book("Book", &[phones(0..10), put_off.clone()].concat()).await;
    world.send(&[&book]).await;
    world.drain().await;
    assert_eq!(world.messages_to(&phones(0..10)), [1; 10]);
    for _ in 0..6 {
        world.clock().advance(Millis::from_mins(11));
        world.tick().await;
        world.stack.drain().await.unwrap();
    }
    let row = world.message_of(1, put_off[0].trim_start_matches('+')).await;
    assert_eq!(row["status"], "queued");
    world.clock().advance(Millis::from_hours(23));
    world.tick().await;
    world.drain().await;
    let status = world.status(1).await;
    assert_eq!((&status["failed_count"], &status["refunded"]), (&json!(1), &json!("KES 1.00")));
    let row = world.message_of(1, put_off[0].trim_start_matches('+')).await;
    assert_eq!((&row["status"], &row["error_code"]), (&json!("failed"), &json!("gave_up")));
}

#[tokio::test]
async fn a_fault_of_the_provider_account_pauses_the_campaign_instead_of_failing_its_recipients() {
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

#[tokio::test]
async fn an_unreadable_message_is_dropped_and_delays_no_batch() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..2)).await;
    world.enqueue_unreadable("not json").await;
    world.enqueue_unreadable(r#"{"v":1,"task":{}}"#).await;
    let nowhere = format!(r#"{{"v":1,"task":{{"batch":"{}"}}}}"#, world.campaign(77).batch(0));
    world.enqueue_unreadable(&nowhere).await;
    world.send(&[&book]).await;
    world.drain().await;
    assert_eq!(world.status(1).await["status"], "completed");
    assert_eq!(world.queued_messages().await, 0);
}
