use http::Method;
use serde_json::json;
use tests::{World, phones};

#[tokio::test]
async fn reports_show_in_status_and_messages() {
    let world = World::start().await;
    let book = world.book("Book", &[phones(0..3), world.magic(&["000042", "000046"])].concat()).await;
    world.send(&[&book]).await;
    world.drain().await;
    world.deliver_reports().await;
    let status = world.status(1).await;
    assert_eq!((&status["sent_count"], &status["delivered_count"]), (&json!(5), &json!(3)));
    assert_eq!(status["undelivered_count"], 1);
    let undelivered = world.api.get("/v1/sms/campaigns/1/messages/?status=undelivered").await.expect(200);
    assert_eq!(undelivered["total"], 1);
    assert!(undelivered["results"][0]["error"].is_string());
    let sent = world.api.get("/v1/sms/campaigns/1/messages/?status=sent").await.expect(200);
    assert_eq!(sent["total"], 1, "the one that is never reported");
}

#[tokio::test]
async fn repeated_late_and_contradicting_reports_change_nothing_that_is_settled() {
    let world = World::start().await;
    let book = world.book("Book", &world.magic(&["000043", "000044", "000045"])).await;
    world.send(&[&book]).await;
    world.drain().await;
    world.deliver_reports().await;
    world.deliver_reports().await;
    let status = world.status(1).await;
    assert_eq!((&status["delivered_count"], &status["undelivered_count"]), (&json!(3), &json!(0)));
    assert_eq!(status["sent_count"], 3);
}

#[tokio::test]
async fn a_report_settles_a_recipient_whose_answer_was_lost_and_its_money() {
    let world = World::start().await;
    let book = world.book("Book", &world.magic(&["000035"])).await;
    world.send(&[&book]).await;
    world.drain().await;
    assert_eq!(world.status(1).await["unconfirmed_count"], 1);
    assert_eq!(world.balance().await.1, "1.00");
    world.deliver_reports().await;
    let status = world.status(1).await;
    assert_eq!((&status["unconfirmed_count"], &status["delivered_count"]), (&json!(0), &json!(1)));
    assert_eq!(status["charged"], "KES 1.00");
    assert_eq!(world.balance().await, ("999.00".into(), "0.00".into(), "999.00".into()));
}

#[tokio::test]
async fn a_forged_or_malformed_callback_is_refused_and_changes_nothing() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..1)).await;
    world.send(&[&book]).await;
    world.drain().await;
    let stored = world.everything_stored().await;
    let path = "/v1/providers/sandbox/receipts/";
    let api = world.api.without_key();
    let json = [("content-type", "application/json")];
    api.call(Method::POST, path, &json, "{\"reports\":[]}").await.refused(403, "forged_callback");
    let signed = [("content-type", "application/json"), ("x-sandbox-signature", "sha256=00")];
    api.call(Method::POST, path, &signed, "{}").await.refused(403, "forged_callback");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let guess = format!("/v1/providers/africastalking/receipts/{}/", "x".repeat(32));
    let body = "id=ATPid_1&status=Success&phoneNumber=%2B254711000001";
    api.call(Method::POST, &guess, &form, body).await.refused(403, "forged_callback");
    api.call(Method::POST, &world.africastalking_callback(), &form, "status=Success")
        .await
        .refused(400, "malformed_callback");
    assert_eq!(world.everything_stored().await, stored);
    assert_eq!(world.queued_messages().await, 0);
}

#[tokio::test]
async fn an_africas_talking_report_finds_its_recipient_by_number_and_id() {
    let world = World::start().await;
    let numbers = phones(0..1_500);
    let book = world.book("Book", &numbers).await;
    world.give_money("extra", 20_000_000).await;
    world.send(&[&book]).await;
    world.send(&[&book]).await;
    world.drain().await;
    let sought = numbers[777].trim_start_matches('+').to_owned();
    let row = world.message_of(2, &sought).await;
    let id = row["provider_message_id"].as_str().unwrap();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!("id={id}&status=Success&phoneNumber=%2B{sought}&networkCode=63902&retryCount=0");
    let api = world.api.without_key();
    assert_eq!(
        api.call(Method::POST, &world.africastalking_callback(), &form, body).await.status.as_u16(),
        200
    );
    let stranger =
        format!("id=ATPid_nobody&status=Failed&phoneNumber=%2B{sought}&failureReason=DeliveryFailure");
    assert_eq!(
        api.call(Method::POST, &world.africastalking_callback(), &form, stranger).await.status.as_u16(),
        200
    );
    world.drain().await;
    assert_eq!(world.status(1).await["delivered_count"], 0, "the other campaign's message is another");
    assert_eq!(world.status(2).await["delivered_count"], 1);
    let row = world.message_of(2, &sought).await;
    assert_eq!((&row["status"], &row["network"]), (&json!("delivered"), &json!("Safaricom")));
}
