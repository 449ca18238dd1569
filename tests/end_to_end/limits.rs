//! Rates, spend caps and sizes.

use domain::{money::Money, organisation::Organisation, timestamp::Millis};
use http::Method;
use serde_json::json;
use tests::{World, phones};

#[tokio::test]
async fn every_answer_has_the_rate_headers_and_a_request_above_the_rate_is_429() {
    let world = World::start().await;
    world.configure(|organisation| organisation.rate_limit = 5).await;
    for left in (0..5).rev() {
        let answer = world.api.get("/v1/").await;
        answer.expect(200);
        assert_eq!(answer.header("ratelimit-limit"), Some("5"));
        assert_eq!(answer.header("ratelimit-remaining"), Some(left.to_string().as_str()));
        let reset: u32 = answer.header("ratelimit-reset").unwrap().parse().unwrap();
        assert!(reset <= if left > 0 { 60 } else { 120 }, "{reset} s with {left} left");
    }
    let refused = world.api.get("/v1/").await;
    let seconds: i64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert_eq!(refused.header("ratelimit-remaining"), Some("0"));
    assert_eq!(refused.header("ratelimit-reset"), refused.header("retry-after"));
    let detail = refused.refused(429, "throttled");
    assert_eq!(detail, format!("Request was throttled. Expected available in {seconds} seconds."));
    world.clock().advance(Millis::from_secs(seconds - 1));
    world.api.get("/v1/").await.refused(429, "throttled");
    world.clock().advance(Millis::from_secs(1));
    world.api.get("/v1/").await.expect(200);
}

#[tokio::test]
async fn every_answer_to_a_known_key_carries_the_rate_and_counts() {
    let world = World::start().await;
    world.configure(|organisation| organisation.rate_limit = 100).await;
    let json = [("content-type", "application/json")];
    let requests = [
        (Method::GET, "/v1/", 200),
        (Method::GET, "/v1/balance/", 200),
        (Method::GET, "/v1/address-books/", 200),
        (Method::POST, "/v1/address-books/", 400),
        (Method::DELETE, "/v1/opt-outs/", 400),
        (Method::GET, "/v1/sms/campaigns/7/", 404),
        (Method::PUT, "/v1/sms/send-group/", 405),
        (Method::PUT, "/v1/address-books/", 405),
        (Method::GET, "/v1/nothing/here/", 404),
        (Method::GET, "/v1/address-books/a/b/c/", 404),
        (Method::GET, "/favicon.ico", 404),
    ];
    for (counted, (method, path, status)) in (1..).zip(requests) {
        let answer = world.api.call(method, path, &json, "{}").await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.text());
        assert_eq!(answer.header("ratelimit-limit"), Some("100"), "{path}");
        assert_eq!(
            answer.header("ratelimit-remaining"),
            Some((100 - counted).to_string().as_str()),
            "{path}"
        );
        assert!(answer.header("ratelimit-reset").is_some(), "{path}");
    }
    let without_key = world.api.without_key().get("/v1/nothing/here/").await;
    without_key.refused(404, "unknown_path");
    assert_eq!(without_key.header("ratelimit-limit"), None);
    world.configure(|organisation| organisation.rate_limit = 1).await;
    world.api.get("/v1/nothing/here/").await.refused(429, "throttled");
}

#[tokio::test]
async fn an_error_has_the_rate_headers_and_organisations_have_separate_rates() {
    let world = World::start().await;
    world.configure(|organisation| organisation.rate_limit = 1).await;
    let answer = world.api.post("/v1/sms/send-group/", &json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.header("ratelimit-remaining")), (400, Some("0")));
    world.api.get("/v1/").await.refused(429, "throttled");
    world.other_organisation().await.api.get("/v1/").await.expect(200);
}

#[tokio::test]
async fn the_daily_spend_cap_counts_campaigns_accepted_today() {
    let world = World::start().await;
    world
        .configure(|organisation| organisation.daily_spend_cap = Some(Money::from_ten_thousandths(50_000)))
        .await;
    let book = world.book("Book", &phones(0..3)).await;
    world.send(&[&book]).await;
    let body = json!({"group_ids": [book], "message": "Hi"});
    let detail = world.api.post("/v1/sms/send-group/", &body).await.refused(402, "spend_cap_reached");
    assert!(detail.contains("KES 5.00"), "{detail}");
    let dry = json!({"group_ids": [book], "message": "Hi", "dry_run": true});
    world.api.post("/v1/sms/send-group/", &dry).await.refused(402, "spend_cap_reached");
    world.clock().advance(Millis::from_hours(24));
    world.send(&[&book]).await;
}

#[tokio::test]
async fn the_daily_spend_cap_can_be_used_up_to_the_cent_by_one_or_several_sends() {
    let world = World::start().await;
    let cap = |amount| {
        move |organisation: &mut Organisation| {
            organisation.daily_spend_cap = Some(Money::from_ten_thousandths(amount));
        }
    };
    let book = world.book("Book", &phones(0..3)).await;
    world.configure(cap(30_000)).await;
    world.send(&[&book]).await;
    world.configure(cap(60_000)).await;
    world.send(&[&book]).await;
    let one_more = json!({"group_ids": [world.book("One", &phones(0..1)).await], "message": "Hi"});
    world.api.post("/v1/sms/send-group/", &one_more).await.refused(402, "spend_cap_reached");
}

#[tokio::test]
async fn only_a_campaign_that_reached_no_one_may_be_repeated() {
    let world = World::start().await;
    world.configure(|organisation| organisation.duplicate_window = Some(Millis::from_mins(10))).await;
    let book = world.book("A", &phones(0..2)).await;
    let send = async |extra: serde_json::Value| {
        let mut body = json!({"group_ids": [book], "message": "Same"});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        world.api.post("/v1/sms/send-group/", &body).await
    };
    let at = world.now().plus(Millis::from_mins(5)).rfc3339(domain::timestamp::Offset::UTC);
    send(json!({"scheduled_at": at})).await.expect(202);
    send(json!({})).await.refused(409, "duplicate_campaign");
    world.api.post("/v1/sms/campaigns/1/cancel/", &json!({})).await.expect(200);
    send(json!({"dry_run": true})).await.expect(200);
    let again = tests::all((0..4).map(|_| send(json!({})))).await;
    let accepted = again.iter().filter(|answer| answer.status.as_u16() == 202).count();
    assert_eq!(accepted, 1, "the guard is of the second campaign now");
    send(json!({})).await.refused(409, "duplicate_campaign");
    world.drain().await;
    let campaign =
        again.iter().find(|answer| answer.status.as_u16() == 202).unwrap().json()["campaign_id"].clone();
    assert_eq!(world.status(campaign.as_u64().unwrap()).await["sent_count"], 2);
    send(json!({})).await.refused(409, "duplicate_campaign");
    // An intended repetition that was cancelled does not hide an earlier send.
    let meant = send(json!({"scheduled_at": at, "allow_duplicate": true})).await.expect(202);
    let cancel = format!("/v1/sms/campaigns/{}/cancel/", meant["campaign_id"]);
    world.api.post(&cancel, &json!({})).await.expect(200);
    send(json!({})).await.refused(409, "duplicate_campaign");
    let refused = world.book("Refused", &world.magic(&["000001"])).await;
    let to_refused = json!({"group_ids": [refused], "message": "Same"});
    let first = world.api.post("/v1/sms/send-group/", &to_refused).await.expect(202);
    world.drain().await;
    let status = world.status(first["campaign_id"].as_u64().unwrap()).await;
    assert_eq!((&status["status"], &status["sent_count"]), (&json!("failed"), &json!(0)));
    world.api.post("/v1/sms/send-group/", &to_refused).await.expect(202);
}

#[tokio::test]
async fn a_repetition_within_the_window_is_409_unless_it_is_meant() {
    let world = World::start().await;
    world.configure(|organisation| organisation.duplicate_window = Some(Millis::from_mins(10))).await;
    let (a, b) = (world.book("A", &phones(0..1)).await, world.book("B", &phones(1..2)).await);
    let send = |extra: serde_json::Value| {
        let mut body = json!({"group_ids": [b, a], "message": "Same"});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        body
    };
    let first = json!({"group_ids": [a, b], "message": "Same"});
    world.api.post("/v1/sms/send-group/", &first).await.expect(202);
    let refused = world.api.post("/v1/sms/send-group/", &send(json!({}))).await;
    refused.refused(409, "duplicate_campaign");
    assert_eq!(refused.json()["campaign_id"], 1);
    let dry_run = world.api.post("/v1/sms/send-group/", &send(json!({"dry_run": true}))).await;
    dry_run.refused(409, "duplicate_campaign");
    world.api.post("/v1/sms/send-group/", &send(json!({"allow_duplicate": true}))).await.expect(202);
    let keyed =
        world.api.post_with("/v1/sms/send-group/", &[("idempotency-key", "meant")], &send(json!({}))).await;
    keyed.expect(202);
    let other_text = json!({"group_ids": [a, b], "message": "Other"});
    world.api.post("/v1/sms/send-group/", &other_text).await.expect(202);
    // Other sends in between hide neither campaign, and an unknown id does not make a send different.
    let unknown = json!({"group_ids": [a, b, a.replace(|c| c != '-', "0")], "message": "Same"});
    for repeated in [&first, &other_text, &first, &unknown] {
        world.api.post("/v1/sms/send-group/", repeated).await.refused(409, "duplicate_campaign");
    }
    world.clock().advance(Millis::from_mins(11));
    world.api.post("/v1/sms/send-group/", &send(json!({}))).await.expect(202);
}
