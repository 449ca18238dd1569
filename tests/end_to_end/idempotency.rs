use domain::timestamp::Millis;
use serde_json::json;
use tests::{World, client::Answer, phones};

const KEY: [(&str, &str); 1] = [("idempotency-key", "order-4711")];

async fn send(world: &World, book: &str, message: &str) -> Answer {
    let body = json!({"group_ids": [book], "message": message});
    world.api.post_with("/v1/sms/send-group/", &KEY, &body).await
}

#[tokio::test]
async fn the_same_key_and_body_is_answered_byte_for_byte_and_sent_once() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    let first = send(&world, &book, "Hi").await;
    first.expect(202);
    assert_eq!(first.header("idempotent-replayed"), None);
    world.drain().await;
    let again = send(&world, &book, "Hi").await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    world.drain().await;
    assert_eq!(world.inbox().messages, 3);
    assert_eq!(world.balance().await.0, "997.00");
}

#[tokio::test]
async fn the_same_key_with_another_body_is_422() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..1)).await;
    send(&world, &book, "Hi").await.expect(202);
    send(&world, &book, "Ho").await.refused(422, "idempotency_key_reused");
}

#[tokio::test]
async fn many_requests_at_once_make_one_campaign() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..2)).await;
    let requests = (0..8).map(|_| send(&world, &book, "Hi"));
    let answers = tests::all(requests).await;
    let mut accepted = 0;
    for answer in &answers {
        match answer.status.as_u16() {
            202 => accepted += 1,
            409 => {
                assert!(answer.header("retry-after").is_some());
                answer.refused(409, "idempotency_in_progress");
            }
            other => panic!("{other}: {}", answer.text()),
        }
    }
    assert!(accepted >= 1);
    world.drain().await;
    assert_eq!(world.inbox().messages, 2);
    let campaigns = world.api.get("/v1/sms/campaigns/").await.expect(200);
    assert_eq!(campaigns["total"], 1);
}

#[tokio::test]
async fn an_error_gives_the_key_back() {
    let world = World::start().await;
    let book = world.book("Book", &[]).await;
    send(&world, &book, "Hi").await.refused(400, "no_reachable_recipient");
    world.add_contacts(&book, &phones(0..2)).await;
    send(&world, &book, "Hi").await.expect(202);
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day_and_for_a_scheduled_campaign_a_day_after_its_start() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..1)).await;
    send(&world, &book, "Hi").await.expect(202);
    let at = world.now().plus(Millis::from_hours(48)).rfc3339(domain::timestamp::Offset::UTC);
    let body = json!({"group_ids": [book], "message": "Later", "scheduled_at": at});
    let key = [("idempotency-key", "later")];
    let scheduled = world.api.post_with("/v1/sms/send-group/", &key, &body).await;
    scheduled.expect(202);
    world.clock().advance(Millis::from_hours(25));
    let fresh = send(&world, &book, "Hi").await;
    fresh.expect(202);
    assert_eq!(fresh.header("idempotent-replayed"), None);
    // Its start lies in the past by then, and it is still replayed.
    world.clock().advance(Millis::from_hours(40));
    let replayed = world.api.post_with("/v1/sms/send-group/", &key, &body).await;
    assert_eq!(replayed.header("idempotent-replayed"), Some("true"));
    assert_eq!(replayed.body, scheduled.body);
}

#[tokio::test]
async fn every_post_that_creates_takes_a_key() {
    let world = World::start().await;
    let create = json!({"name": "Members"});
    let first = world.api.post_with("/v1/address-books/", &KEY, &create).await;
    let again = world.api.post_with("/v1/address-books/", &KEY, &create).await;
    first.expect(201);
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(world.api.get("/v1/address-books/").await.expect(200)["total"], 1);
}

#[tokio::test]
async fn a_key_must_be_visible_ascii() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..1)).await;
    let body = json!({"group_ids": [book], "message": "Hi"});
    for key in ["", "with space", &"x".repeat(256), "\u{e9}"] {
        let answer = world.api.post_with("/v1/sms/send-group/", &[("idempotency-key", key)], &body).await;
        answer.refused(400, "invalid_request");
        assert_eq!(answer.json()["errors"][0]["field"], "Idempotency-Key");
    }
}
