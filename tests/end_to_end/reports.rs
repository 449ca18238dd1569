//! Delivery reports, from the provider's callback to a message's status.

use std::time::Duration;

use domain::{
    batch::BatchSize,
    ids::AccountName,
    journal::{Intent, Record, SlotOutcome},
    msisdn::Msisdn,
    timestamp::Millis,
};
use http::Method;
use local::stack::QueueName;
use providers::sandbox;
use serde_json::json;
use tests::{World, phones};

use crate::africastalking;

/// Has Africa's Talking report a delivery to a number, under its name for the message.
pub async fn report_delivery(world: &World, number: &str, id: &str) {
    let digits = number.trim_start_matches('+');
    let fields = format!("id={id}&status=Success&phoneNumber=%2B{digits}&networkCode=63902&retryCount=0");
    report(world, fields).await;
}

/// Has Africa's Talking report with these fields of a form.
async fn report(world: &World, body: String) {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let api = world.api.without_key();
    let answer = api.call(Method::POST, &world.africastalking_callback(), &form, body).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
}

/// A world with Africa's Talking, whose answer about a number has a code that is not listed: the message may have gone
/// out, and its id is not known.
async fn world_without_id_of(number: &str) -> World {
    let (world, fake) = africastalking::start().await;
    fake.answer_number(Msisdn::parse_e164(number).unwrap(), 199);
    world
}

/// The provider's name for a campaign's message to a number.
async fn id_of(world: &World, campaign: u64, number: &str) -> String {
    let row = world.message_of(campaign, number.trim_start_matches('+')).await;
    row["provider_message_id"].as_str().unwrap().to_owned()
}

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
    let (world, _) = africastalking::start_in_batches_of(BatchSize::try_from(10).unwrap()).await;
    let numbers = phones(0..12);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.send(&[&book]).await;
    world.stack.drain().await.unwrap();
    let sought = &numbers[11];
    report_delivery(&world, sought, &id_of(&world, 2, sought).await).await;
    report_delivery(&world, sought, "ATPid_nobody").await;
    world.stack.drain().await.unwrap();
    assert_eq!(world.status(1).await["delivered_count"], 0, "the other campaign's message is another");
    assert_eq!(world.status(2).await["delivered_count"], 1);
    let row = world.message_of(2, sought.trim_start_matches('+')).await;
    assert_eq!((&row["status"], &row["network"]), (&json!("delivered"), &json!("Safaricom")));
}

#[tokio::test]
async fn a_report_with_an_unknown_id_settles_the_only_hand_over_whose_answer_was_lost() {
    let numbers = phones(0..1);
    let world = world_without_id_of(&numbers[0]).await;
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.stack.drain().await.unwrap();
    world.send(&[&book]).await;
    world.api.post("/v1/sms/campaigns/2/pause/", &json!({})).await.expect(200);
    report_delivery(&world, &numbers[0], "ATPid_lost").await;
    world.stack.drain().await.unwrap();
    let status = world.status(1).await;
    assert_eq!((&status["delivered_count"], &status["unconfirmed_count"]), (&json!(1), &json!(0)));
    world.send(&[&book]).await;
    world.api.post("/v1/sms/campaigns/2/resume/", &json!({})).await.expect(200);
    // The account may be in doubt: each campaign waits until it may probe it.
    for _ in 0..3 {
        world.clock().advance(Millis::from_mins(1));
        world.stack.sqs().unwrap().queues().skip(Duration::from_mins(1)).unwrap();
        world.stack.drain().await.unwrap();
    }
    report_delivery(&world, &numbers[0], "ATPid_either").await;
    world.stack.drain().await.unwrap();
    for campaign in [2, 3] {
        assert_eq!(world.status(campaign).await["unconfirmed_count"], 1, "it may be about either");
    }
}

#[tokio::test]
async fn a_report_on_a_campaign_that_just_began_is_not_given_to_an_older_one() {
    let (world, _) = africastalking::start().await;
    let numbers = phones(0..2);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.stack.drain().await.unwrap();
    report_delivery(&world, &numbers[0], &id_of(&world, 1, &numbers[0]).await).await;
    world.send(&[&book]).await;
    world.stack.drain().await.unwrap();
    report_delivery(&world, &numbers[1], &id_of(&world, 2, &numbers[1]).await).await;
    world.stack.drain().await.unwrap();
    for campaign in [1, 2] {
        assert_eq!(world.status(campaign).await["delivered_count"], 1, "campaign {campaign}");
    }
}

#[tokio::test]
async fn a_report_that_is_faster_than_the_answer_waits_for_it() {
    let (world, _) = africastalking::start().await;
    let numbers = phones(0..1);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.stack.drain().await.unwrap();
    world.send(&[&book]).await;
    hand_over(&world, 2, Vec::new(), vec![0]).await;
    report_delivery(&world, &numbers[0], "ATPid_fast").await;
    world.stack.poll_receipts().await.unwrap();
    assert_eq!(world.stack.depth(QueueName::Receipts).await.unwrap().total(), 1, "it comes back");
    assert_eq!(world.status(2).await["delivered_count"], 0);
    hand_over(&world, 2, vec![SlotOutcome::Accepted(Some("ATPid_fast".to_owned()))], Vec::new()).await;
    world.stack.sqs().unwrap().queues().skip(Duration::from_secs(5)).unwrap();
    world.stack.poll_receipts().await.unwrap();
    assert_eq!(world.stack.depth(QueueName::Receipts).await.unwrap().total(), 0, "it is applied");
    // After its lease the batch is claimed again, and closed.
    world.clock().advance(Millis::from_mins(4));
    world.stack.drain().await.unwrap();
    assert_eq!(world.status(1).await["delivered_count"], 0);
    assert_eq!(world.status(2).await["delivered_count"], 1);
}

#[tokio::test]
async fn a_report_is_applied_in_every_spelling_of_its_number() {
    let (world, _) = africastalking::start().await;
    let numbers = phones(0..6);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.stack.drain().await.unwrap();
    let forms: [fn(&str) -> String; 6] = [
        |number| number.to_owned(),
        |number| format!("%2B{}", &number[1..]),
        |number| number[1..].to_owned(),
        |number| format!("00{}", &number[1..]),
        |number| format!("0{}&networkCode=63902", &number[4..]),
        |number| format!("0{}", &number[4..]),
    ];
    for (number, form) in numbers.iter().zip(forms) {
        let id = id_of(&world, 1, number).await;
        report(&world, format!("id={id}&status=Success&phoneNumber={}", form(number))).await;
    }
    world.stack.drain().await.unwrap();
    assert_eq!(world.status(1).await["delivered_count"], 6);
}

#[tokio::test]
async fn an_unlisted_status_counts_as_in_transit_and_a_later_report_still_applies() {
    let numbers = phones(0..3);
    let world = world_without_id_of(&numbers[2]).await;
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.stack.drain().await.unwrap();
    let ids = [id_of(&world, 1, &numbers[0]).await, id_of(&world, 1, &numbers[1]).await, "ATPid_new".into()];
    for (id, number) in ids.iter().zip(&numbers) {
        report(&world, format!("id={id}&status=Delivered&phoneNumber={number}&networkCode=63902")).await;
    }
    world.stack.drain().await.unwrap();
    let status = world.status(1).await;
    assert_eq!((&status["sent_count"], &status["delivered_count"]), (&json!(3), &json!(0)));
    let row = world.message_of(1, numbers[0].trim_start_matches('+')).await;
    assert_eq!((&row["status"], &row["network"]), (&json!("sent"), &json!("Safaricom")));
    report(&world, format!("id={}&status=success&phoneNumber={}", ids[0], numbers[0])).await;
    world.stack.drain().await.unwrap();
    assert_eq!(world.status(1).await["delivered_count"], 1);
}

/// Writes the next record of a campaign's first batch, as a worker with a lease of a minute does.
pub async fn hand_over(world: &World, campaign: u64, outcomes: Vec<SlotOutcome>, intent: Vec<u16>) {
    let (campaigns, batch) = (&world.stack.stores().campaigns, world.campaign(campaign).batch(0));
    let (now, token) = (world.now(), 7);
    let header = campaigns.header(batch.campaign).await.unwrap().unwrap();
    campaigns.claim(&header, 0, token, now.plus(Millis::from_mins(1)), now).await.unwrap();
    let progress = campaigns.batch(batch).await.unwrap().unwrap().progress;
    let intent = Intent::new(AccountName::new("africastalking"), intent);
    let record = Record { token, at: now, outcomes, dropped: Vec::new(), intent };
    let record = progress.check(record).unwrap();
    let written = campaigns.write_record(batch, &record, header.kept_until);
    written.await.unwrap();
}

#[tokio::test]
async fn the_sandbox_within_dispatch_sends_its_own_delivery_reports() {
    let world = World::start_over(&sandbox::KIND, [("SANDBOX_URL", String::new())]).await;
    let numbers = [phones(0..3), world.magic(&["000001", "000042", "000044", "000046"])].concat();
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    // Not through `World::drain`, whose audit compares with the server's inbox.
    world.stack.drain().await.unwrap();
    let status = world.status(1).await;
    let counts = ["sent_count", "delivered_count", "undelivered_count", "failed_count"];
    assert_eq!(counts.map(|count| &status[count]), [&json!(6), &json!(4), &json!(1), &json!(1)]);
    assert_eq!(status["status"], "completed");
    let row = world.message_of(1, numbers[4].trim_start_matches('+')).await;
    assert_eq!((&row["error_code"], &row["network"]), (&json!("absent_subscriber"), &json!("Sandbox")));
}
