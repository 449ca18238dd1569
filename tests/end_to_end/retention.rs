//! A campaign whose recipients have passed their retention.

use domain::timestamp::{Millis, Offset};
use http::Method;
use providers::sandbox;
use serde_json::json;
use tests::{World, phones, stored};

#[tokio::test]
async fn recipients_that_are_forgotten_are_counted_nowhere_and_the_totals_stay() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    world.send(&[&book]).await;
    world.drain().await;
    let kept_until = world.status(1).await["messages_kept_until"].clone();
    world.clock().advance(Millis::from_hours(24 * 180 - 1));
    world.tick().await;
    world.tick().await;
    let sent = world.api.get("/v1/sms/campaigns/1/messages/?status=sent").await.expect(200);
    assert_eq!(sent["total"], 3, "until {kept_until}");
    world.clock().advance(Millis::from_hours(2));
    // With the tables before and after DynamoDB has removed expired items.
    for _ in 0..2 {
        for query in ["", "?status=queued", "?status=sent", "?status=failed"] {
            let path = format!("/v1/sms/campaigns/1/messages/{query}");
            let page = world.api.get(&path).await.expect(200);
            assert_eq!((&page["total"], &page["results"]), (&json!(0), &json!([])), "{query}");
            assert!(page["next"].is_null(), "{query}");
        }
        let csv = [("accept", "text/csv")];
        let export = world.api.call(Method::GET, "/v1/sms/campaigns/1/messages/", &csv, "").await;
        assert_eq!((export.text().lines().count(), export.header("x-total-count")), (1, Some("0")));
        stored::sweep(&world.stack, "CAMPAIGNS_TABLE").await;
    }
    let status = world.status(1).await;
    assert_eq!((&status["status"], &status["sent_count"]), (&json!("completed"), &json!(3)));
    assert_eq!(status["messages_kept_until"], kept_until);
    assert_eq!((&status["message"], &status["group_names"]), (&json!(null), &json!([])), "the text goes too");
    let listed = world.api.get("/v1/sms/campaigns/").await.expect(200);
    assert_eq!((&listed["total"], &listed["results"][0]["sent_count"]), (&json!(1), &json!(3)));
    world.audit().await;
}

#[tokio::test]
async fn a_campaign_is_kept_for_the_retention_of_its_deployment() {
    let world = World::start_over(&sandbox::KIND, [("RETENTION_DAYS", "60".to_owned())]).await;
    let book = world.book("Book", &phones(0..1)).await;
    world.send(&[&book]).await;
    let until = world.now().plus(Millis::from_days(60)).rfc3339(Offset::EAST_AFRICA);
    assert_eq!(world.status(1).await["messages_kept_until"], json!(until));
    world.drain().await;
    world.clock().advance(Millis::from_days(61));
    stored::sweep(&world.stack, "CAMPAIGNS_TABLE").await;
    assert_eq!(world.api.get("/v1/sms/campaigns/1/messages/").await.expect(200)["total"], 0);
}
