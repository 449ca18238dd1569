//! The whole stack with Africa's Talking: with a fake that its official SDK accepts.

use domain::{batch::BatchSize, msisdn::Msisdn, timestamp::Millis};
use http::Method;
use provider_emulators::{africastalking::FakeAfricasTalking, serve};
use providers::africastalking;
use serde_json::{Value, json};
use tests::{World, audit::ProviderTruth, client::Answer, phones};

/// Documented status codes of one recipient.
const INSUFFICIENT_BALANCE: u16 = 405;
const USER_IN_BLACKLIST: u16 = 406;
const GATEWAY_ERROR: u16 = 501;
const SENT: u16 = 101;

/// A world whose texts are handed to a fake Africa's Talking.
pub async fn start() -> (World, FakeAfricasTalking) {
    start_in_batches_of(BatchSize::FULL).await
}

pub async fn start_in_batches_of(recipients: BatchSize) -> (World, FakeAfricasTalking) {
    let fake = FakeAfricasTalking::new("acme", "atsk_secret", &["TALKNTALK"]);
    let base_url = serve(fake.router()).await.unwrap();
    let variables = [
        ("AFRICASTALKING_USERNAME", "acme".to_owned()),
        ("AFRICASTALKING_API_KEY", "atsk_secret".to_owned()),
        ("AFRICASTALKING_BASE_URL", base_url),
    ];
    (World::start_over_in_batches_of(recipients, &africastalking::KIND, variables).await, fake)
}

fn msisdn(phone: &str) -> Msisdn {
    Msisdn::parse_e164(phone).unwrap()
}

fn digits(phone: &str) -> &str {
    phone.trim_start_matches('+')
}

async fn reported(world: &World, row: &Value, status: &str) {
    let answer = report(world, row, status).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
}

/// The answer to a report about the message of a row.
pub async fn report(world: &World, row: &Value, status: &str) -> Answer {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let (id, mobile) = (row["provider_message_id"].as_str().unwrap(), row["mobile"].as_str().unwrap());
    let body = format!("id={id}&status={status}&phoneNumber=%2B{mobile}&networkCode=63902&retryCount=0");
    let api = world.api.without_key();
    api.call(Method::POST, &world.africastalking_callback(), &form, body).await
}

/// Audits everything stored, and that the provider took each of these numbers once.
async fn audit(world: &World, taken: &[&String]) {
    let mut truth = ProviderTruth::new();
    taken.iter().for_each(|phone| truth.took_number(msisdn(phone).as_u64(), 1));
    let verdict = world.judged(truth).await;
    assert!(verdict.is_clean(), "{verdict}");
}

#[tokio::test]
async fn a_campaign_is_sent_and_its_reports_and_opt_outs_are_applied() {
    let (world, fake) = start().await;
    let numbers = phones(0..3);
    fake.answer_number(msisdn(&numbers[1]), USER_IN_BLACKLIST);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.stack.drain().await.unwrap();
    let status = world.status(1).await;
    assert_eq!((&status["status"], &status["sent_count"]), (&json!("completed"), &json!(2)));
    assert_eq!((&status["charged"], &status["refunded"]), (&json!("KES 2.00"), &json!("KES 1.00")));
    assert_eq!(fake.requests().len(), 1, "one call for all three");

    let refused = world.message_of(1, digits(&numbers[1])).await;
    assert_eq!((&refused["status"], &refused["error_code"]), (&json!("failed"), &json!("opted_out")));
    let opt_outs = world.api.get("/v1/opt-outs/").await.expect(200);
    assert_eq!((&opt_outs["total"], &opt_outs["results"][0]["phone"]), (&json!(1), &json!(numbers[1])));

    let sent = world.message_of(1, digits(&numbers[0])).await;
    assert!(sent["provider_message_id"].as_str().unwrap().starts_with("ATPid_"), "{sent}");
    world.clock().advance(Millis::from_mins(5));
    reported(&world, &sent, "Buffered").await;
    reported(&world, &world.message_of(1, digits(&numbers[2])).await, "Failed").await;
    world.stack.drain().await.unwrap();
    let buffered = world.message_of(1, digits(&numbers[0])).await;
    assert_eq!((&buffered["status"], &buffered["network"]), (&json!("sent"), &json!("Safaricom")));
    assert_eq!(buffered["updated_at"], sent["updated_at"], "nothing about it is new");
    reported(&world, &sent, "Success").await;
    world.stack.drain().await.unwrap();
    let delivered = world.message_of(1, digits(&numbers[0])).await;
    assert_eq!((&delivered["status"], &delivered["error"]), (&json!("delivered"), &json!(null)));
    assert_ne!(delivered["updated_at"], sent["updated_at"]);
    let status = world.status(1).await;
    assert_eq!((&status["delivered_count"], &status["undelivered_count"]), (&json!(1), &json!(1)));
    audit(&world, &[&numbers[0], &numbers[2]]).await;
}

#[tokio::test]
async fn recipients_that_are_put_off_for_an_hour_are_sent_once_after_it() {
    let (world, fake) = start().await;
    let numbers = phones(0..3);
    numbers.iter().for_each(|phone| fake.answer_number(msisdn(phone), GATEWAY_ERROR));
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    for _ in 0..6 {
        world.stack.drain().await.unwrap();
        world.clock().advance(Millis::from_mins(10));
        world.tick().await;
    }
    assert_eq!(world.status(1).await["queued_count"], 3);
    assert!(fake.requests().len() > 5, "more than the tries of a minute");
    numbers.iter().for_each(|phone| fake.answer_number(msisdn(phone), SENT));
    world.clock().advance(Millis::from_mins(11));
    world.tick().await;
    world.stack.drain().await.unwrap();
    assert_eq!(world.status(1).await["sent_count"], 3);
    audit(&world, &numbers.iter().collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn an_unlisted_code_is_shown_and_is_not_reported_as_a_lost_answer() {
    let (world, fake) = start().await;
    let numbers = phones(0..2);
    fake.answer_number(msisdn(&numbers[0]), 199);
    fake.answer_number(msisdn(&numbers[1]), 488);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.stack.drain().await.unwrap();
    let unknown = world.message_of(1, digits(&numbers[0])).await;
    assert_eq!(
        (&unknown["status"], &unknown["error_code"]),
        (&json!("unconfirmed"), &json!("unlisted_code"))
    );
    assert!(!unknown["error"].as_str().unwrap().contains("lost"), "{unknown}");
    let refused = world.message_of(1, digits(&numbers[1])).await;
    assert_eq!((&refused["status"], &refused["error_code"]), (&json!("failed"), &json!("refused")));
}

#[tokio::test]
async fn an_account_without_money_pauses_the_campaign_until_it_is_resumed() {
    let (world, fake) = start().await;
    let numbers = phones(0..2);
    let book = world.book("Book", &numbers).await;
    numbers.iter().for_each(|phone| fake.answer_number(msisdn(phone), INSUFFICIENT_BALANCE));
    world.send(&[&book]).await;
    world.stack.drain().await.unwrap();
    let status = world.status(1).await;
    let (state, reason) = (&status["status"], &status["pause_reason"]);
    assert_eq!((state, reason), (&json!("paused"), &json!("provider_balance_empty")));
    assert_eq!((&status["queued_count"], &status["charged"]), (&json!(2), &json!("KES 0.00")));

    numbers.iter().for_each(|phone| fake.answer_number(msisdn(phone), SENT));
    let resumed = world.api.post("/v1/sms/campaigns/1/resume/", &json!({})).await.expect(200);
    assert!(resumed["pause_reason"].is_null(), "{resumed}");
    world.stack.drain().await.unwrap();
    let status = world.status(1).await;
    assert_eq!((&status["status"], &status["sent_count"]), (&json!("completed"), &json!(2)));
    assert_eq!(status["charged"], "KES 2.00");
    audit(&world, &[&numbers[0], &numbers[1]]).await;
}
