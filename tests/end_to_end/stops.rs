//! The operator's kill switch.

use cli::operator::{StopScope, go, resume_faulted, stop};
use domain::{
    stop::{Activity, STOP_DELAY},
    timestamp::Millis,
};
use serde_json::{Value, json};
use tests::{World, phones, stored};

async fn stopped(world: &World, scope: StopScope) {
    stop(&stored::stores(&world.stack), scope, Some("a drill"), world.now()).await.unwrap();
    world.clock().advance(STOP_DELAY);
}

async fn goes_on(world: &World, scope: StopScope) {
    go(&stored::stores(&world.stack), scope).await.unwrap();
    world.clock().advance(STOP_DELAY);
}

fn request(book: &str) -> Value {
    json!({"group_ids": [book], "message": "Hello!"})
}

#[tokio::test]
async fn while_accepting_is_stopped_only_new_sends_are_503() {
    let world = World::start().await;
    let other = world.other_organisation().await;
    let (book, others) = (world.book("Book", &phones(0..2)).await, other.book("Book", &phones(0..2)).await);
    let send = async |world: &World, book: &str, key: &str| {
        world.api.post_with("/v1/sms/send-group/", &[("idempotency-key", key)], &request(book)).await
    };
    send(&world, &book, "before").await.expect(202);
    let scope = StopScope { organisation: Some(world.organisation.id), activity: Some(Activity::Accepting) };
    stopped(&world, scope).await;
    let refused = send(&world, &book, "after").await;
    refused.refused(503, "sending_stopped");
    assert_eq!(refused.header("retry-after"), Some("60"));
    send(&world, &book, "before").await.expect(202);
    let mut dry_run = request(&book);
    dry_run["dry_run"] = json!(true);
    world.api.post("/v1/sms/send-group/", &dry_run).await.expect(200);
    send(&other, &others, "after").await.expect(202);
    world.drain().await;
    assert_eq!(world.status(1).await["status"], "completed", "what was accepted before is sent");
    stopped(&world, StopScope::EVERYTHING).await;
    send(&other, &others, "later").await.refused(503, "sending_stopped");
    goes_on(&world, StopScope::EVERYTHING).await;
    send(&other, &others, "later").await.expect(202);
    send(&world, &book, "after").await.refused(503, "sending_stopped");
    goes_on(&world, scope).await;
    send(&world, &book, "after").await.expect(202);
}

#[tokio::test]
async fn while_dispatching_is_stopped_no_recipient_is_reached_or_lost() {
    let world = World::start_with_batches_of(10).await;
    let book = world.book("Book", &phones(0..11)).await;
    let scope = StopScope { organisation: None, activity: Some(Activity::Dispatching) };
    stopped(&world, scope).await;
    world.send(&[&book]).await;
    world.send(&[&book]).await;
    world.drain().await;
    world.tick().await;
    world.drain().await;
    assert_eq!((world.inbox().messages, world.queued_messages().await), (0, 0));
    let status = world.status(1).await;
    assert_eq!((&status["status"], &status["queued_count"]), (&json!("queued"), &json!(11)));
    let waiting = &status["waiting"];
    assert_eq!((&waiting["reason"], &waiting["next_try_at"]), (&json!("operator_stopped"), &json!(null)));
    assert!(waiting["detail"].as_str().unwrap().starts_with("The operator stopped sending at"), "{waiting}");
    assert!(!waiting.to_string().contains("a drill"), "the operator's reason is not the customer's");
    world.api.post("/v1/sms/campaigns/2/cancel/", &json!({})).await.expect(200);
    world.drain().await;
    assert_eq!(world.status(2).await["refunded"], "KES 11.00", "a cancel needs no provider");
    goes_on(&world, scope).await;
    world.clock().advance(Millis::from_mins(3));
    world.tick().await;
    world.drain().await;
    assert_eq!((&world.status(1).await["status"], world.inbox().messages), (&json!("completed"), 11));
}

#[tokio::test]
async fn resume_faulted_resumes_exactly_the_campaigns_that_a_fault_paused() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    for _ in 0..3 {
        world.send(&[&book]).await;
    }
    let stores = stored::stores(&world.stack);
    for (campaign, reason) in [(1, Some("provider_balance_empty")), (2, Some("too_many_refusals")), (3, None)]
    {
        stores.campaigns.pause(world.campaign(campaign), reason, world.now()).await.unwrap();
    }
    let resumed = resume_faulted(&stores, Some(world.organisation.id), world.now()).await.unwrap();
    assert_eq!((resumed.campaigns, resumed.unreadable), (1, 0));
    world.clock().advance(Millis::from_mins(3));
    world.tick().await;
    world.drain().await;
    let mut states = Vec::new();
    for campaign in 1..=3 {
        states.push(world.status(campaign).await["status"].clone());
    }
    assert_eq!(states, ["completed", "paused", "paused"]);
}
