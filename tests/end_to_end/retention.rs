//! A campaign whose recipients have passed their retention.

use domain::timestamp::Millis;
use http::Method;
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
    // As the tables are before DynamoDB has swept them, and after.
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
}
