//! The clock: starts, enqueues again, gives up and settles.

use domain::timestamp::{Millis, Offset};
use serde_json::json;
use tests::{World, phones};

#[tokio::test]
async fn a_scheduled_campaign_starts_at_its_time() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    let at = world.now().plus(Millis::from_mins(30)).rfc3339(Offset::EAST_AFRICA);
    let body = json!({"group_ids": [book], "message": "Hi", "scheduled_at": at});
    let answer = world.api.post("/v1/sms/send-group/", &body).await.expect(202);
    assert_eq!((&answer["status"], &answer["scheduled_at"]), (&json!("scheduled"), &json!(at)));
    assert_eq!(world.balance().await.1, "3.00", "the money is reserved at once");
    let due = format!("due_at=N(\"{}\")", world.now().plus(Millis::from_mins(30)).secs() * 1_000);
    assert!(world.everything_stored().await.contains(&due), "its first check is later: {due}");
    world.clock().advance(Millis::from_mins(29));
    world.tick().await;
    world.drain().await;
    assert_eq!(world.status(1).await["status"], "scheduled");
    world.clock().advance(Millis::from_mins(2));
    world.tick().await;
    world.tick().await;
    world.drain().await;
    assert_eq!(world.status(1).await["status"], "completed");
    assert_eq!((world.inbox().messages, world.inbox().repeated), (3, 0));
}

#[tokio::test]
async fn a_lost_queue_message_only_costs_time() {
    let world = World::start_with_batches_of(10).await;
    let book = world.book("Book", &phones(0..11)).await;
    world.send(&[&book]).await;
    world.lose_queued_messages().await;
    world.drain().await;
    assert_eq!(world.inbox().messages, 0);
    world.clock().advance(Millis::from_mins(3));
    world.tick().await;
    world.drain().await;
    assert_eq!(world.status(1).await["status"], "completed");
    assert_eq!((world.inbox().messages, world.inbox().repeated), (11, 0));
}

#[tokio::test]
async fn recipients_still_queued_at_the_end_of_the_validity_fail_and_are_refunded() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    world.send(&[&book]).await;
    world.lose_queued_messages().await;
    world.clock().advance(Millis::from_hours(25));
    world.tick().await;
    world.drain().await;
    let status = world.status(1).await;
    assert_eq!((&status["status"], &status["failed_count"]), (&json!("failed"), &json!(3)));
    assert_eq!(status["refunded"], "KES 3.00");
    assert_eq!(world.inbox().messages, 0);
}

#[tokio::test]
async fn recipients_without_a_report_after_three_days_are_refunded() {
    let world = World::start().await;
    let book = world.book("Book", &[phones(0..2), world.magic(&["000035"])].concat()).await;
    world.send(&[&book]).await;
    world.drain().await;
    assert_eq!(world.status(1).await["unconfirmed_count"], 1);
    assert_eq!(world.balance().await, ("998.00".into(), "1.00".into(), "997.00".into()));
    world.clock().advance(Millis::from_hours(73));
    world.tick().await;
    world.tick().await;
    let status = world.status(1).await;
    assert_eq!((&status["charged"], &status["refunded"]), (&json!("KES 2.00"), &json!("KES 1.00")));
    assert_eq!(status["unconfirmed_count"], 1, "it stays what it is: not known");
    assert!(!world.everything_stored().await.contains("due_at"), "the clock has nothing left to look at");
    assert_eq!(world.balance().await, ("998.00".into(), "0.00".into(), "998.00".into()));
}

#[tokio::test]
async fn a_campaign_scheduled_far_ahead_keeps_its_journal_as_long_as_its_recipients() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    let at = world.now().plus(Millis::from_hours(24 * 300)).rfc3339(Offset::UTC);
    let body = json!({"group_ids": [book], "message": "Hi", "scheduled_at": at});
    world.api.post("/v1/sms/send-group/", &body).await.expect(202);
    world.clock().advance(Millis::from_hours(24 * 300 + 1));
    world.tick().await;
    world.drain().await;
    assert_eq!(world.inbox().messages, 3);
    let stored = world.everything_stored().await;
    let expiries: std::collections::BTreeSet<&str> = stored
        .lines()
        .filter(|item| item.contains("#C1#B0"))
        .map(|item| {
            item.split("expires_at=")
                .nth(1)
                .expect("a batch's items expire")
                .split(' ')
                .next()
                .unwrap_or_default()
        })
        .collect();
    assert_eq!(expiries.len(), 1, "recipients, state and journal go together: {expiries:?}");
}

#[tokio::test]
async fn a_campaign_that_stays_paused_is_ended_before_its_recipients_are_forgotten() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..2)).await;
    world.send(&[&book]).await;
    world.api.post("/v1/sms/campaigns/1/pause/", &json!({})).await.expect(200);
    world.drain().await;
    world.clock().advance(Millis::from_hours(24 * 151));
    world.tick().await;
    world.clock().advance(Millis::from_mins(3));
    world.tick().await;
    world.drain().await;
    let status = world.status(1).await;
    assert_eq!((&status["status"], &status["refunded"]), (&json!("cancelled"), &json!("KES 2.00")));
    assert_eq!(world.balance().await.1, "0.00");
}

#[tokio::test]
async fn the_clock_does_not_enqueue_waiting_batches_again_while_their_campaign_makes_progress() {
    let world = World::start_with_batches_of(10).await;
    let book = world.book("Book", &phones(0..11)).await;
    world.send(&[&book]).await;
    world.lose_queued_messages().await;
    world.clock().advance(Millis::from_mins(3));
    world.tick().await;
    assert_eq!(world.queued_messages().await, 2, "no worker had claimed a batch");
    world.lose_queued_messages().await;
    world.enqueue_again(1, 0..1).await;
    world.drain().await;
    world.clock().advance(Millis::from_mins(3));
    world.tick().await;
    assert_eq!(world.queued_messages().await, 0, "one batch was closed since");
    world.clock().advance(Millis::from_mins(3));
    world.tick().await;
    world.drain().await;
    assert_eq!(world.status(1).await["status"], "completed");
}
