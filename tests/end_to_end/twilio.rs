//! The whole stack with Twilio: with a fake that its official SDK accepts.

use domain::{msisdn::Msisdn, timestamp::Millis};
use http::Method;
use provider_emulators::{outbox::Delivered, serve, twilio::FakeTwilio};
use providers::twilio;
use serde_json::json;
use tests::{World, audit::ProviderTruth, phones};

const ACCOUNT_SID: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const AUTH_TOKEN: &str = "f1e2d3c4b5a697887766554433221100";

/// A world whose texts are handed to a fake Twilio.
async fn start() -> (World, FakeTwilio) {
    let fake = FakeTwilio::new(ACCOUNT_SID, AUTH_TOKEN, &["TALKNTALK"]);
    let variables = [
        ("TWILIO_ACCOUNT_SID", ACCOUNT_SID.to_owned()),
        ("TWILIO_AUTH_TOKEN", AUTH_TOKEN.to_owned()),
        ("TWILIO_BASE_URL", serve(fake.router()).await.unwrap()),
    ];
    (World::start_over(&twilio::KIND, variables).await, fake)
}

fn msisdn(phone: &str) -> Msisdn {
    Msisdn::parse_e164(phone).unwrap()
}

#[tokio::test]
async fn a_campaign_is_sent_one_request_a_recipient_and_its_reports_are_applied() {
    let (world, fake) = start().await;
    let numbers = phones(0..5);
    let [_, opted_out, unreachable, not_routed, lost] =
        [0, 1, 2, 3, 4].map(|place: usize| msisdn(&numbers[place]));
    fake.answer_number(opted_out, 21_610);
    fake.report_number(unreachable, "undelivered", Some(30_003));
    fake.answer_number(not_routed, 21_612);
    fake.answer_number(lost, 20_500);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.stack.drain().await.unwrap();
    assert_eq!(fake.requests().len(), numbers.len(), "one request each, with every answer");
    let expected =
        [("sent", None), ("failed", Some("opted_out")), ("sent", None), ("failed", Some("not_routed"))];
    let expected = expected.into_iter().chain([("unconfirmed", Some("no_answer"))]);
    for (phone, (status, code)) in numbers.iter().zip(expected) {
        let row = world.message_of(1, phone.trim_start_matches('+')).await;
        assert_eq!((&row["status"], &row["error_code"]), (&json!(status), &json!(code)), "{row}");
    }

    world.clock().advance(Millis::from_mins(5));
    assert_eq!(
        fake.outbox().deliver().await,
        Delivered { delivered: 4, left: 0 },
        "each is signed as it was called"
    );
    world.stack.drain().await.unwrap();
    let delivered = world.message_of(1, numbers[0].trim_start_matches('+')).await;
    assert_eq!((&delivered["status"], &delivered["error"]), (&json!("delivered"), &json!(null)));
    let undelivered = world.message_of(1, numbers[2].trim_start_matches('+')).await;
    assert_eq!(undelivered["status"], "undelivered", "{undelivered}");
    assert_eq!(world.status(1).await["delivered_count"], 1);

    let forged = [("content-type", "application/x-www-form-urlencoded"), ("x-twilio-signature", "AAAA")];
    let api = world.api.without_key();
    let body = "MessageSid=SM1&MessageStatus=delivered";
    let answer = api.call(Method::POST, "/v1/providers/twilio/receipts/", &forged, body).await;
    assert_eq!(answer.status.as_u16(), 403, "{}", answer.text());

    let mut truth = ProviderTruth::new();
    [0, 2].iter().for_each(|taken: &usize| truth.took_number(msisdn(&numbers[*taken]).as_u64(), 1));
    let verdict = world.judged(truth).await;
    assert!(verdict.is_clean(), "{verdict}");
}
