//! `Idempotency-Key`, to the letter of the contract.

use std::collections::BTreeSet;

use domain::{api_key::KeyMode, ids::BookId, timestamp::Millis};
use http::{HeaderMap, HeaderValue, Method, header::CONTENT_TYPE};
use serde_json::{Value, json};
use stores::{
    accounts::idempotency::{Begin, Claim},
    books::Book,
};
use tests::{
    World,
    client::{Answer, JSON},
    phones,
    routes::table,
};
use web::identity::RequestIdentity;

const KEY: [(&str, &str); 1] = [("idempotency-key", "order-4711")];

async fn send(world: &World, book: &str, message: &str) -> Answer {
    let body = json!({"group_ids": [book], "message": message});
    world.api.post_with("/v1/sms/send-group/", &KEY, &body).await
}

/// Claims the key for a request to a path that is still being carried out, or that crashed.
async fn begun(world: &World, path: &str, body: &Value) -> Claim {
    begun_under(world, KEY[0].1, path, body).await
}

async fn begun_under(world: &World, key: &str, path: &str, body: &Value) -> Claim {
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    let (uri, body) = (path.parse().unwrap(), body.to_string());
    let request = RequestIdentity::of(&Method::POST, &uri, &headers, body.as_bytes());
    let records = &world.stack.stores().accounts.idempotency;
    match records
        .begin(world.organisation.id, KeyMode::Live, key, &request.parts(), world.now())
        .await
        .unwrap()
    {
        Begin::Started(claim) => claim,
        other => panic!("{other:?}"),
    }
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
async fn the_same_fields_in_another_order_are_the_same_request() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..1)).await;
    send(&world, &book, "Hi").await.expect(202);
    let call = async |body: String| {
        let headers = [JSON[0], KEY[0]];
        world.api.call(Method::POST, "/v1/sms/send-group", &headers, body).await
    };
    let same = call(format!(" {{\"message\" : \"H\\u0069\",\n \"group_ids\": [\"{book}\"] }}")).await;
    same.expect(202);
    assert_eq!(same.header("idempotent-replayed"), Some("true"));
    let more = call(format!("{{\"message\":\"Hi\",\"group_ids\":[\"{book}\"],\"max_cost\":\"9\"}}")).await;
    more.refused(422, "idempotency_key_reused");
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
async fn a_request_is_409_while_the_first_one_with_its_key_is_carried_out() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..2)).await;
    let body = json!({"group_ids": [book], "message": "Hi"});
    let first = begun(&world, "/v1/sms/send-group", &body).await;
    for _ in 0..2 {
        let refused = send(&world, &book, "Hi").await;
        refused.refused(409, "idempotency_in_progress");
        let seconds: i64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=40).contains(&seconds), "{seconds}");
    }
    assert_eq!(world.api.get("/v1/sms/campaigns/").await.expect(200)["total"], 0);
    world.stack.stores().accounts.idempotency.release(&first).await.unwrap();
    send(&world, &book, "Hi").await.expect(202);
}

#[tokio::test]
async fn a_book_whose_creation_crashed_before_its_answer_was_stored_is_not_created_twice() {
    let world = World::start().await;
    let create = json!({"name": "Members"});
    let died = begun(&world, "/v1/address-books", &create).await;
    let id = BookId(died.id("address book"));
    let (name, description, now) = ("Members".to_owned(), String::new(), world.now());
    let (contact_count, no_phone_count) = (0, 0);
    let book =
        Book { id, name, description, contact_count, no_phone_count, created_at: now, updated_at: now };
    let created = world.stack.stores().books.create(world.organisation.id, &book).await.unwrap();
    assert_eq!(created, stores::Creation::Created);
    let post = || world.api.post_with("/v1/address-books/", &KEY, &create);
    post().await.refused(409, "idempotency_in_progress");
    world.clock().advance(Millis::from_secs(41));
    let carried_on = post().await;
    assert_eq!(carried_on.expect(201)["id"], id.to_string());
    let replayed = post().await;
    assert_eq!((replayed.status, &replayed.body), (carried_on.status, &carried_on.body));
    assert_eq!(world.api.get("/v1/address-books/").await.expect(200)["total"], 1);
    world.clock().advance(Millis::from_hours(25));
    assert_ne!(post().await.expect(201)["id"], id.to_string(), "another use of the key");
}

#[tokio::test]
async fn after_a_failure_only_the_same_request_can_use_its_key_and_at_once() {
    let world = World::start().await;
    let create = json!({"name": "Members"});
    let failed = begun(&world, "/v1/address-books", &create).await;
    world.stack.stores().accounts.idempotency.leave_open(&failed).await.unwrap();
    let other = world.api.post_with("/v1/address-books/", &KEY, &json!({"name": "Others"})).await;
    other.refused(422, "idempotency_key_reused");
    let created = world.api.post_with("/v1/address-books/", &KEY, &create).await.expect(201);
    assert_eq!(created["id"], failed.id("address book").to_string());
}

#[tokio::test]
async fn an_error_frees_the_key() {
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
    // The scheduled start is in the past by then, and the answer is still replayed.
    world.clock().advance(Millis::from_hours(40));
    let replayed = world.api.post_with("/v1/sms/send-group/", &key, &body).await;
    assert_eq!(replayed.header("idempotent-replayed"), Some("true"));
    assert_eq!(replayed.body, scheduled.body);
}

#[tokio::test]
async fn every_post_that_creates_takes_a_key() {
    let world = World::start().await;
    let book = world.book("Book", &[]).await;
    let contacts = format!("/v1/address-books/{book}/contacts/");
    let posts = [
        ("/v1/address-books/", 201, json!({"name": "Members"}), json!({"name": "Others"})),
        (contacts.as_str(), 200, json!([{"phone": "0712345678"}]), json!([{"phone": "0712345600"}])),
        ("/v1/opt-outs/", 200, json!({"phones": ["0712345679", "junk"]}), json!({"phone": "0712345600"})),
    ];
    let tested: BTreeSet<String> = posts
        .iter()
        .map(|(path, ..)| path.replace(&book, "{book}"))
        // A send and a resend create campaigns with the same code; `again` covers the resend.
        .chain(["/v1/sms/send-group/", "/v1/sms/campaigns/{campaign}/resend/"].map(str::to_owned))
        .collect();
    let creating = table().into_iter().filter(|(_, route)| route.creates);
    assert_eq!(tested, creating.map(|(_, route)| format!("{}/", route.path)).collect());
    for (path, status, body, other) in posts {
        let key = [("idempotency-key", path)];
        let running = begun_under(&world, path, path.trim_end_matches('/'), &body).await;
        world.api.post_with(path, &key, &body).await.refused(409, "idempotency_in_progress");
        world.stack.stores().accounts.idempotency.release(&running).await.unwrap();
        let first = world.api.post_with(path, &key, &body).await;
        first.expect(status);
        assert_eq!(first.header("idempotent-replayed"), None, "{path}");
        let stored = world.everything_stored().await;
        let again = world.api.post_with(path, &key, &body).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body), "{path}");
        assert_eq!(again.header("idempotent-replayed"), Some("true"), "{path}");
        world.api.post_with(path, &key, &other).await.refused(422, "idempotency_key_reused");
        assert_eq!(world.everything_stored().await, stored, "{path}");
    }
}

#[tokio::test]
async fn a_dry_run_neither_replays_nor_claims_an_idempotency_key() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..2)).await;
    let dry = json!({"group_ids": [book], "message": "Hi", "dry_run": true});
    let running = begun(&world, "/v1/sms/send-group", &dry).await;
    let estimate = world.api.post_with("/v1/sms/send-group/", &KEY, &dry).await;
    assert_eq!(estimate.expect(200)["recipients_count"], 2);
    world.stack.stores().accounts.idempotency.release(&running).await.unwrap();
    world.api.post_with("/v1/sms/send-group/", &KEY, &dry).await.expect(200);
    send(&world, &book, "Hi").await.expect(202);
    let bad = [("idempotency-key", "with space")];
    world.api.post_with("/v1/sms/send-group/", &bad, &dry).await.refused(400, "invalid_request");
}

#[tokio::test]
async fn a_key_in_another_header_is_refused() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..1)).await;
    let body = json!({"group_ids": [book], "message": "Hi"});
    let before = world.everything_stored().await;
    for path in ["/v1/sms/send-group/", "/v1/address-books/"] {
        let body = if path.contains("books") { json!({"name": "New"}) } else { body.clone() };
        let answer = world.api.post_with(path, &[("X-Idempotency-Key", "order-4711")], &body).await;
        let detail = answer.refused(400, "invalid_request");
        assert!(detail.contains("x-idempotency-key"), "{detail}");
        assert_eq!(answer.bad_fields(), ["Idempotency-Key"]);
    }
    assert_eq!(world.everything_stored().await, before);
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
