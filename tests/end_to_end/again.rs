//! Sending again to recipients that a campaign did not reach, and moving the start of a scheduled one.

use std::collections::BTreeSet;

use domain::timestamp::Millis;
use serde_json::{Value, json};
use tests::{World, phones};

const TEXT: &str = "Hello! Your invoice is ready.";

/// A finished campaign of two failed, one unconfirmed and three sent recipients.
async fn finished() -> World {
    let world = World::start_small().await;
    let book =
        world.book("Book", &[phones(0..3), world.magic(&["000001", "000005", "000035"])].concat()).await;
    world.send(&[&book]).await;
    world.drain().await;
    world
}

async fn resend(world: &World, campaign: u64, body: &Value) -> tests::client::Answer {
    world.api.post(&format!("/v1/sms/campaigns/{campaign}/resend/"), body).await
}

async fn mobiles(world: &World, campaign: u64) -> BTreeSet<String> {
    let page = world.api.get(&format!("/v1/sms/campaigns/{campaign}/messages/")).await.expect(200);
    let rows = page["results"].as_array().unwrap().iter();
    rows.map(|row| row["mobile"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn failed_recipients_are_sent_to_again_once_by_a_new_campaign() {
    let world = finished().await;
    let estimate = resend(&world, 1, &json!({"dry_run": true})).await.expect(200);
    assert_eq!((&estimate["recipients_count"], &estimate["estimated_cost"]), (&json!(2), &json!("KES 2.00")));
    let stored = world.everything_stored().await;
    resend(&world, 1, &json!({"max_cost": "1.99"})).await.refused(402, "max_cost_exceeded");
    assert_eq!(world.everything_stored().await, stored);
    let accepted = resend(&world, 1, &json!({"max_cost": "2.00"})).await.expect(202);
    assert_eq!((&accepted["campaign_id"], &accepted["recipients_count"]), (&json!(2), &json!(2)));
    assert_eq!(mobiles(&world, 2).await, BTreeSet::from(["254722000001", "254722000005"].map(str::to_owned)));
    let (first, second) = (world.status(1).await, world.status(2).await);
    assert_eq!((&second["resend_of"], &second["message"]), (&json!(1), &json!(TEXT)));
    assert_eq!((&first["resent_failed_as"], &first["resent_unconfirmed_as"]), (&json!(2), &json!(null)));
    assert_eq!(second["group_names"], first["group_names"]);
    let again = resend(&world, 1, &json!({})).await;
    again.refused(409, "already_sent_again");
    assert_eq!(again.json()["campaign_id"], 2);
    resend(&world, 1, &json!({"dry_run": true})).await.refused(409, "already_sent_again");
    resend(&world, 2, &json!({})).await.refused(409, "campaign_state");
    world.drain().await;
    assert_eq!(resend(&world, 2, &json!({})).await.expect(202)["campaign_id"], 3, "those of the last one");
    let meant = json!({"allow_duplicate": true, "message": "Once more."});
    assert_eq!(resend(&world, 1, &meant).await.expect(202)["campaign_id"], 4);
    assert_eq!(world.status(4).await["message"], "Once more.");
}

#[tokio::test]
async fn concurrent_resends_make_one_campaign() {
    let world = finished().await;
    let body = json!({});
    let answers = tests::all((0..4).map(|_| resend(&world, 1, &body))).await;
    let (accepted, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status.as_u16() == 202);
    assert_eq!(accepted.len(), 1, "{answers:?}");
    let campaign = accepted[0].json()["campaign_id"].clone();
    for answer in refused {
        answer.refused(409, "already_sent_again");
        assert_eq!(answer.json()["campaign_id"], campaign);
    }
    assert_eq!(world.status(1).await["resent_failed_as"], campaign);
}

#[tokio::test]
async fn a_resend_that_reached_no_recipient_may_be_repeated() {
    let world = finished().await;
    resend(&world, 1, &json!({})).await.expect(202);
    world.api.post("/v1/sms/campaigns/2/cancel/", &json!({})).await.expect(200);
    let key = [("idempotency-key", "again")];
    let path = "/v1/sms/campaigns/1/resend/";
    let accepted = world.api.post_with(path, &key, &json!({})).await.expect(202);
    let replayed = world.api.post_with(path, &key, &json!({})).await;
    assert_eq!(replayed.header("idempotent-replayed"), Some("true"));
    assert_eq!(replayed.expect(202), accepted);
    assert_eq!(world.status(1).await["resent_failed_as"], 3);
}

#[tokio::test]
async fn an_allowed_duplicate_that_reached_no_recipient_does_not_hide_the_campaign_before_it() {
    let world = finished().await;
    resend(&world, 1, &json!({})).await.expect(202);
    let duplicate = json!({"allow_duplicate": true});
    assert_eq!(resend(&world, 1, &duplicate).await.expect(202)["campaign_id"], 3);
    world.api.post("/v1/sms/campaigns/3/cancel/", &json!({})).await.expect(200);
    // Campaign 2 is under way to the same recipients.
    resend(&world, 1, &json!({})).await.refused(409, "already_sent_again");
    resend(&world, 1, &duplicate).await.expect(202);
}

#[tokio::test]
async fn the_unconfirmed_are_sent_to_again_only_on_purpose_and_once_their_money_is_back() {
    let world = finished().await;
    let refused = resend(&world, 1, &json!({"statuses": ["unconfirmed"]})).await;
    assert_eq!(refused.bad_fields(), ["may_repeat"]);
    let unconfirmed = json!({"statuses": ["unconfirmed"], "may_repeat": true});
    resend(&world, 1, &unconfirmed).await.refused(400, "no_reachable_recipient");
    world.clock().advance(Millis::from_hours(73));
    world.tick().await;
    let accepted = resend(&world, 1, &unconfirmed).await.expect(202);
    assert_eq!(accepted["recipients_count"], 1);
    assert_eq!(mobiles(&world, 2).await, BTreeSet::from(["254722000035".to_owned()]));
    resend(&world, 1, &unconfirmed).await.refused(409, "already_sent_again");
    assert_eq!(resend(&world, 1, &json!({"statuses": ["failed"]})).await.expect(202)["recipients_count"], 2);
    for (body, field) in [
        (json!({"statuses": []}), "statuses"),
        (json!({"statuses": ["sent"]}), "statuses"),
        (json!({"statuses": "failed"}), "statuses"),
        (json!({"message": "Dear {name}"}), "message"),
        (json!({"group_ids": []}), "group_ids"),
        (json!({"codes": []}), "codes"),
        (json!({"codes": ["no_answer"]}), "codes"),
        (
            json!({"codes": ["not_routed"], "statuses": ["failed", "unconfirmed"], "may_repeat": true}),
            "codes",
        ),
    ] {
        assert_eq!(resend(&world, 1, &body).await.bad_fields(), [field], "{body}");
    }
}

#[tokio::test]
async fn opt_outs_running_campaigns_and_forgotten_recipients_are_not_sent_again() {
    let world = finished().await;
    world.api.post("/v1/opt-outs/", &json!({"phones": ["+254722000001"]})).await.expect(200);
    let accepted = resend(&world, 1, &json!({})).await.expect(202);
    assert_eq!((&accepted["recipients_count"], &accepted["skipped"]["opted_out"]), (&json!(1), &json!(1)));
    resend(&world, 2, &json!({})).await.refused(409, "campaign_state");
    let reached = world.book("Interposed", &phones(10..12)).await;
    world.send(&[&reached]).await;
    world.drain().await;
    resend(&world, 3, &json!({})).await.refused(400, "no_reachable_recipient");
    let test = world.test_key().await;
    test.post("/v1/sms/campaigns/1/resend/", &json!({})).await.refused(404, "campaign_not_found");
    world.clock().advance(Millis::from_days(181));
    resend(&world, 1, &json!({"allow_duplicate": true})).await.refused(400, "no_reachable_recipient");
}

#[tokio::test]
async fn a_scheduled_campaign_is_moved_and_starts_at_its_new_time() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    let at = |hours| world.now().plus(Millis::from_hours(hours)).rfc3339(world.organisation.offset);
    let body = json!({"group_ids": [book], "message": "Hi", "scheduled_at": at(2)});
    world.api.post("/v1/sms/send-group/", &body).await.expect(202);
    let path = "/v1/sms/campaigns/1/reschedule/";
    let before = world.status(1).await;
    let moved = world.api.post(path, &json!({"scheduled_at": at(5)})).await.expect(200);
    assert_eq!((&moved["scheduled_at"], &moved["status"]), (&json!(at(5)), &json!("scheduled")));
    assert_eq!(
        (&moved["valid_until"], &moved["messages_kept_until"]),
        (&json!(at(29)), &before["messages_kept_until"])
    );
    world.clock().advance(Millis::from_hours(3));
    world.tick().await;
    assert_eq!(world.status(1).await["status"], "scheduled", "its first time is over");
    for (scheduled_at, code) in [
        (json!(at(-1)), "scheduled_at_in_past"),
        (json!("soon"), "scheduled_at_invalid"),
        (json!(at(24 * 160)), "scheduled_at_too_far"),
    ] {
        world.api.post(path, &json!({"scheduled_at": scheduled_at})).await.refused(400, code);
    }
    let detail = world.api.post(path, &json!({"scheduled_at": null})).await.refused(400, "invalid_request");
    assert!(detail.contains("give a time, or cancel the campaign"), "{detail}");
    world.api.post(path, &json!({"scheduled_at": at(1)})).await.expect(200);
    world.clock().advance(Millis::from_mins(61));
    world.tick().await;
    world.drain().await;
    assert_eq!(world.status(1).await["status"], "completed");
    world.api.post(path, &json!({"scheduled_at": at(1)})).await.refused(409, "campaign_state");
}

#[tokio::test]
async fn failed_recipients_are_sent_to_again_by_code_and_each_code_once() {
    let world = finished().await;
    let failed = world.api.get("/v1/sms/campaigns/1/messages/?status=failed").await.expect(200);
    let codes: BTreeSet<&str> =
        failed["results"].as_array().unwrap().iter().map(|row| row["error_code"].as_str().unwrap()).collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    assert_eq!(codes.len(), 2, "{codes:?}");
    let of = |code: &str| json!({"codes": [code]});
    let (first, second) = (of(codes[0]), of(codes[1]));
    assert_eq!(resend(&world, 1, &first).await.expect(202)["recipients_count"], 1);
    let status = world.status(1).await;
    assert_eq!((&status["resent_failed_as"], &status["resent_codes"]), (&json!(2), &json!([codes[0]])));
    // Neither the same recipients nor all failed ones can be sent to again, even if that campaign reached none of them.
    world.drain().await;
    for refused in [&first, &json!({}), &json!({"codes": codes})] {
        let answer = resend(&world, 1, refused).await;
        answer.refused(409, "already_sent_again");
        assert_eq!(answer.json()["campaign_id"], 2);
    }
    let answers = tests::all((0..3).map(|_| resend(&world, 1, &second))).await;
    let accepted = answers.iter().filter(|answer| answer.status == 202).count();
    assert_eq!(accepted, 1, "one of several at once");
    let status = world.status(1).await;
    assert_eq!(status["resent_codes"], json!(codes));
    assert_eq!(resend(&world, 1, &json!({"allow_duplicate": true})).await.expect(202)["recipients_count"], 2);
    assert_eq!(world.status(1).await["resent_codes"], json!([]), "all of them");
    let none = json!({"codes": ["too_long"], "allow_duplicate": true});
    resend(&world, 1, &none).await.refused(400, "no_reachable_recipient");
}

#[tokio::test]
async fn all_of_the_failed_stay_sent_to_again_after_some_of_them_are_once_more() {
    let world = finished().await;
    resend(&world, 1, &json!({})).await.expect(202);
    let failed = world.api.get("/v1/sms/campaigns/1/messages/?status=failed").await.expect(200);
    let code = |row: usize| failed["results"][row]["error_code"].clone();
    let once_more = json!({"codes": [code(0)], "allow_duplicate": true});
    assert_eq!(resend(&world, 1, &once_more).await.expect(202)["campaign_id"], 3);
    world.api.post("/v1/sms/campaigns/3/cancel/", &json!({})).await.expect(200);
    let status = world.status(1).await;
    assert_eq!((&status["resent_failed_as"], &status["resent_codes"]), (&json!(2), &json!([])));
    for refused in [json!({"codes": [code(1)]}), json!({"codes": [code(0)]})] {
        resend(&world, 1, &refused).await.refused(409, "already_sent_again");
    }
}
