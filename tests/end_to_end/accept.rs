//! Sending: its recipients, its answers, and the reasons for which it is refused.

use serde_json::json;
use tests::{World, phones};

#[tokio::test]
async fn a_send_is_answered_with_the_six_documented_fields_and_the_additions() {
    let world = World::start().await;
    let premium = world.book("Premium Customers", &phones(0..3)).await;
    let body = json!({"group_ids": [premium], "message": "Your monthly statement is ready.", "sender_id": "TALKNTALK"});
    let answer = world.api.post("/v1/sms/send-group/", &body).await.expect(202);
    assert_eq!(
        answer,
        json!({
            "campaign_id": 1,
            "status": "queued",
            "recipients_count": 3,
            "group_names": ["Premium Customers"],
            "sender_id": "TALKNTALK",
            "estimated_cost": "KES 3.00",
            "message_parts": 1,
            "encoding": "GSM-7",
            "scheduled_at": null,
            "skipped": {
                "duplicate": 0, "no_phone": 0, "invalid_phone": 0, "opted_out": 0, "not_mobile": 0, "unpriced": 0, "unrouted": 0,
            },
            "unknown_group_ids": [],
        })
    );
}

#[tokio::test]
async fn group_names_have_the_order_of_the_ids_and_a_repeated_id_counts_once() {
    let world = World::start().await;
    let a = world.book("Aardvarks", &phones(0..2)).await;
    let z = world.book("Zebras", &phones(1..4)).await;
    let answer = world.send(&[&z, &a, &z]).await;
    assert_eq!(answer["group_names"], json!(["Zebras", "Aardvarks"]));
    assert_eq!(answer["recipients_count"], 4);
    assert_eq!(answer["skipped"]["duplicate"], 1);
}

#[tokio::test]
async fn unknown_books_are_named_and_only_unknown_books_are_404() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..2)).await;
    let unknown = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f";
    let answer = world.send(&[unknown, &book]).await;
    assert_eq!(answer["unknown_group_ids"], json!([unknown]));
    assert_eq!(answer["recipients_count"], 2);
    let body = json!({"group_ids": [unknown], "message": "Hi"});
    world.api.post("/v1/sms/send-group/", &body).await.refused(404, "address_book_not_found");
}

#[tokio::test]
async fn a_recipient_that_opted_out_is_neither_reached_nor_charged() {
    let world = World::start().await;
    let numbers = phones(0..4);
    let book = world.book("Book", &numbers).await;
    world.api.post("/v1/opt-outs/", &json!({"phones": [numbers[1], numbers[3]]})).await.expect(200);
    let answer = world.send(&[&book]).await;
    assert_eq!((&answer["recipients_count"], &answer["estimated_cost"]), (&json!(2), &json!("KES 2.00")));
    assert_eq!(answer["skipped"]["opted_out"], 2);
    world.drain().await;
    assert_eq!(world.messages_to(&numbers), [1, 0, 1, 0]);
}

#[tokio::test]
async fn the_audience_is_frozen_when_a_send_is_accepted() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..2)).await;
    world.send(&[&book]).await;
    world.add_contacts(&book, &phones(2..5)).await;
    world.drain().await;
    assert_eq!(world.inbox().messages, 2);
}

#[tokio::test]
async fn a_dry_run_returns_the_estimate_and_writes_nothing() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..2)).await;
    let before = world.everything_stored().await;
    let body = json!({"group_ids": [book], "message": "Habari — karibu", "dry_run": true});
    let answer = world.api.post("/v1/sms/send-group/", &body).await.expect(200);
    assert!(answer.get("campaign_id").is_none());
    assert_eq!(answer["recipients_count"], 2);
    assert_eq!(answer["encoding"], "UCS-2");
    assert_eq!((&answer["balance_after"], &answer["currency"]), (&json!("998.00"), &json!("KES")));
    assert_eq!(
        answer["price_breakdown"],
        json!([{"prefix": "254", "recipients": 2, "unit_price": "KES 1.00", "cost": "KES 2.00"}])
    );
    assert!(answer["estimated_duration_seconds"].is_u64());
    assert_eq!(answer["ucs2"]["characters"], json!([{"character": "—", "position": 7}]));
    assert_eq!(answer["ucs2"]["gsm7_message_parts"], 1);
    assert_eq!(world.everything_stored().await, before);
    assert_eq!(world.queued_messages().await, 0);
}

#[tokio::test]
async fn a_send_over_its_max_cost_or_the_balance_is_402_and_nothing_is_written() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    let before = world.everything_stored().await;
    let body = json!({"group_ids": [book], "message": "Hi", "max_cost": "2.99"});
    let detail = world.api.post("/v1/sms/send-group/", &body).await.refused(402, "max_cost_exceeded");
    assert!(detail.contains("KES 3.00") && detail.contains("KES 2.99"), "{detail}");
    let long = "x".repeat(1_530);
    let big = world.book("Big", &phones(100..250)).await;
    let before_big = world.everything_stored().await;
    let body = json!({"group_ids": [big], "message": long});
    let detail = world.api.post("/v1/sms/send-group/", &body).await.refused(402, "insufficient_balance");
    assert_eq!(detail, "Insufficient balance. Required KES 1500.00, available KES 1000.00.");
    assert_ne!(before, before_big);
    assert_eq!(world.everything_stored().await, before_big);
}

#[tokio::test]
async fn a_destination_without_a_price_is_skipped_and_counted() {
    let world = World::start().await;
    let book = world.book("Book", &["+254712345678".to_owned(), "+33612345678".to_owned()]).await;
    let answer = world.send(&[&book]).await;
    assert_eq!(answer["recipients_count"], 1);
    assert_eq!(answer["skipped"]["unpriced"], 1);
}

#[tokio::test]
async fn books_without_a_phone_number_cannot_be_sent_to() {
    let world = World::start().await;
    let empty = world.book("Empty", &[]).await;
    let contact = json!([{"first_name": "Wanjiru", "email": "wanjiru@example.com"}]);
    world.api.post(&format!("/v1/address-books/{empty}/contacts/"), &contact).await.expect(200);
    world.api.post("/v1/opt-outs/", &json!({"phone": phones(0..1)[0]})).await.expect(200);
    let others = world.book("Others", &[phones(0..1), vec!["+33612345678".to_owned()]].concat()).await;
    let unknown = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f";
    let body = json!({"group_ids": [empty, unknown, others], "message": "Hi"});
    let answer = world.api.post("/v1/sms/send-group/", &body).await;
    let detail = answer.refused(400, "no_reachable_recipient");
    let skipped = json!({
        "duplicate": 0, "no_phone": 1, "invalid_phone": 0, "opted_out": 1, "not_mobile": 0, "unpriced": 1, "unrouted": 0,
    });
    assert_eq!(
        (&answer.json()["skipped"], &answer.json()["unknown_group_ids"]),
        (&skipped, &json!([unknown]))
    );
    assert!(
        detail.ends_with("1 without a phone number, 1 opted out, 1 without a price for their destination."),
        "{detail}"
    );
    let body = json!({"group_ids": [world.book("Nobody", &[]).await], "message": "Hi"});
    let detail = world.api.post("/v1/sms/send-group/", &body).await.refused(400, "no_reachable_recipient");
    assert!(detail.ends_with("they are empty."), "{detail}");
}

#[tokio::test]
async fn a_test_key_reaches_no_one_and_costs_nothing() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    let test = world.as_test().await;
    assert_eq!(test.send(&[&book]).await["estimated_cost"], "KES 3.00");
    world.drain().await;
    let status = test.status(1).await;
    assert_eq!((&status["status"], &status["sent_count"]), (&json!("completed"), &json!(3)));
    assert_eq!((&status["test"], &status["charged"]), (&json!(true), &json!("KES 0.00")));
    assert_eq!(world.inbox().messages, 0);
    assert_eq!(world.balance().await, ("1000.00".into(), "0.00".into(), "1000.00".into()));
}

/// The refusals of a test campaign are made up, so its recipients have not opted out.
#[tokio::test]
async fn a_test_send_adds_no_opt_outs() {
    let world = World::start().await;
    let opted_out = "+254722000002".to_owned();
    let book = world.book("Book", &[opted_out]).await;
    let test = world.as_test().await;
    test.send(&[&book]).await;
    world.drain().await;
    assert_eq!(test.status(1).await["failed_count"], 1);
    assert_eq!(world.api.get("/v1/opt-outs/").await.expect(200)["total"], 0);
    world.send(&[&book]).await;
    world.drain().await;
    assert_eq!(world.api.get("/v1/opt-outs/").await.expect(200)["total"], 1);
}

#[tokio::test]
async fn campaign_numbers_rise_from_one_for_each_organisation() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..1)).await;
    for number in 1..=3 {
        assert_eq!(world.send(&[&book]).await["campaign_id"], number);
    }
    let other = world.other_organisation().await;
    let theirs = other.book("Theirs", &phones(0..1)).await;
    assert_eq!(other.send(&[&theirs]).await["campaign_id"], 1);
}
