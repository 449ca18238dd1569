//! Cancel, pause and resume.

use domain::timestamp::{Millis, Offset};
use serde_json::json;
use tests::{World, phones};

#[tokio::test]
async fn a_cancelled_campaign_reaches_no_one_and_is_refunded() {
    let world = World::start_with_batches_of(10).await;
    let book = world.book("Book", &phones(0..11)).await;
    world.send(&[&book]).await;
    let answer = world.api.post("/v1/sms/campaigns/1/cancel/", &json!({})).await.expect(200);
    assert_eq!(answer["status"], "cancelled");
    world.drain().await;
    let status = world.status(1).await;
    assert_eq!((&status["cancelled_count"], &status["queued_count"]), (&json!(11), &json!(0)));
    assert_eq!((&status["refunded"], &status["charged"]), (&json!("KES 11.00"), &json!("KES 0.00")));
    assert!(status["finished_at"].is_string());
    assert_eq!(world.inbox().messages, 0);
    assert_eq!(world.balance().await, ("1000.00".into(), "0.00".into(), "1000.00".into()));
    let row = &world.api.get("/v1/sms/campaigns/1/messages/?page_size=1").await.expect(200)["results"][0];
    assert_eq!((&row["status"], &row["error_code"]), (&json!("cancelled"), &json!("campaign_cancelled")));
}

#[tokio::test]
async fn a_paused_campaign_waits_and_continues_after_a_resume() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..5)).await;
    world.send(&[&book]).await;
    let paused = world.api.post("/v1/sms/campaigns/1/pause/", &json!({})).await.expect(200);
    assert_eq!((&paused["status"], &paused["pause_reason"]), (&json!("paused"), &json!(null)));
    world.drain().await;
    assert_eq!(world.inbox().messages, 0);
    assert_eq!(world.status(1).await["queued_count"], 5);
    assert_eq!(world.balance().await.1, "5.00", "what is kept stays reserved");
    let resumed = world.api.post("/v1/sms/campaigns/1/resume/", &json!({})).await.expect(200);
    assert_eq!(resumed["status"], "queued");
    world.drain().await;
    assert_eq!(world.status(1).await["status"], "completed");
    assert_eq!(world.inbox().messages, 5);
}

#[tokio::test]
async fn a_step_that_the_state_does_not_allow_is_409() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..1)).await;
    world.send(&[&book]).await;
    world.api.post("/v1/sms/campaigns/1/resume/", &json!({})).await.refused(409, "campaign_state");
    world.drain().await;
    for step in ["cancel", "pause", "resume"] {
        let answer = world.api.post(&format!("/v1/sms/campaigns/1/{step}/"), &json!({})).await;
        answer.refused(409, "campaign_state");
        assert_eq!(answer.json()["status"], "completed");
    }
    world.api.post("/v1/sms/campaigns/9/cancel/", &json!({})).await.refused(404, "campaign_not_found");
}

#[tokio::test]
async fn a_scheduled_campaign_can_be_cancelled_before_it_starts() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..2)).await;
    let at = world.now().plus(Millis::from_hours(1)).rfc3339(Offset::UTC);
    let body = json!({"group_ids": [book], "message": "Hi", "scheduled_at": at});
    world.api.post("/v1/sms/send-group/", &body).await.expect(202);
    world.api.post("/v1/sms/campaigns/1/cancel/", &json!({})).await.expect(200);
    world.drain().await;
    let status = world.status(1).await;
    assert_eq!((&status["status"], &status["refunded"]), (&json!("cancelled"), &json!("KES 2.00")));
}

#[tokio::test]
async fn a_paused_scheduled_campaign_waits_for_its_time_after_a_resume_or_starts_if_it_has_passed() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..1)).await;
    let at = world.now().plus(Millis::from_hours(1)).rfc3339(Offset::UTC);
    let body = json!({"group_ids": [book], "message": "Hi", "scheduled_at": at});
    let controlled = async |campaign: u64, verb: &str| {
        let path = format!("/v1/sms/campaigns/{campaign}/{verb}/");
        world.api.post(&path, &json!({})).await.expect(200);
        world.status(campaign).await["status"].as_str().unwrap().to_owned()
    };
    for campaign in [1, 2] {
        world.api.post("/v1/sms/send-group/", &body).await.expect(202);
        assert_eq!(controlled(campaign, "pause").await, "paused");
    }
    world.clock().advance(Millis::from_mins(10));
    assert_eq!(controlled(1, "resume").await, "scheduled");
    world.tick().await;
    world.drain().await;
    assert_eq!(world.inbox().messages, 0, "its time has not come");
    world.clock().advance(Millis::from_mins(51));
    assert_eq!(controlled(2, "resume").await, "queued");
    world.drain().await;
    assert_eq!(world.inbox().messages, 1, "the other one waits for the clock");
    world.tick().await;
    world.drain().await;
    assert_eq!(world.inbox().messages, 2);
}
