//! The whole stack with Infobip: with a fake that its official SDK accepts.

use domain::{msisdn::Msisdn, timestamp::Millis};
use http::Method;
use provider_emulators::{infobip::FakeInfobip, outbox::Delivered, serve};
use providers::infobip;
use serde_json::json;
use tests::{World, audit::ProviderTruth, phones};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const PENDING_ACCEPTED: u32 = 26;
const SYSTEM_ERROR: u32 = 21;
const DELIVERED: u32 = 5;

fn msisdn(phone: &str) -> Msisdn {
    Msisdn::parse_e164(phone).unwrap()
}

async fn start() -> (World, FakeInfobip) {
    let fake = FakeInfobip::new("ib_test", &["TALKNTALK"]);
    let variables = [
        ("INFOBIP_API_KEY", "ib_test".to_owned()),
        ("INFOBIP_BASE_URL", serve(fake.router()).await.unwrap()),
        ("INFOBIP_CALLBACK_SECRET", SECRET.to_owned()),
    ];
    (World::start_over(&infobip::KIND, variables).await, fake)
}

#[tokio::test]
async fn a_campaign_is_sent_in_one_call_and_its_reports_come_in_groups() {
    let (world, fake) = start().await;
    let numbers = phones(0..4);
    fake.answer_number(msisdn(&numbers[1]), 10);
    fake.report_number(msisdn(&numbers[2]), 9);
    fake.answer_number(msisdn(&numbers[3]), SYSTEM_ERROR);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.stack.drain().await.unwrap();
    assert_eq!(fake.requests().len(), 1, "one call for all");
    let row = async |place: usize| world.message_of(1, numbers[place].trim_start_matches('+')).await;
    assert_eq!(row(1).await["error_code"], "do_not_disturb");
    assert_eq!(row(3).await["status"], "queued", "put off");
    assert_eq!(fake.outbox().deliver().await, Delivered { delivered: 1, left: 0 }, "two reports in one");

    // The second hand-over of the recipient that was put off has another id, so it is not a duplicate.
    fake.answer_number(msisdn(&numbers[3]), PENDING_ACCEPTED);
    world.clock().advance(Millis::from_mins(11));
    world.tick().await;
    world.stack.drain().await.unwrap();
    assert_eq!(fake.outbox().deliver().await, Delivered { delivered: 1, left: 0 });
    world.stack.drain().await.unwrap();
    for (place, status) in [(0, "delivered"), (2, "undelivered"), (3, "delivered")] {
        assert_eq!(row(place).await["status"], status, "{}", row(place).await);
    }
    assert_eq!((&row(0).await["network"], &row(0).await["error"]), (&json!("Safaricom"), &json!(null)));

    let mut truth = ProviderTruth::new();
    [0, 2, 3].iter().for_each(|taken: &usize| truth.took_number(msisdn(&numbers[*taken]).as_u64(), 1));
    let verdict = world.judged(truth).await;
    assert!(verdict.is_clean(), "{verdict}");
}

#[tokio::test]
async fn a_report_of_a_hand_over_that_was_put_off_does_not_settle_the_next_one() {
    let (world, fake) = start().await;
    let numbers = phones(0..1);
    fake.answer_number(msisdn(&numbers[0]), SYSTEM_ERROR);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.stack.drain().await.unwrap();
    // The answer to the second hand-over is lost, and with it the id.
    fake.answer_next(200, "");
    world.clock().advance(Millis::from_mins(11));
    world.tick().await;
    world.stack.drain().await.unwrap();
    assert_eq!((fake.requests().len(), &world.status(1).await["unconfirmed_count"]), (2, &json!(1)));

    let reference = world.campaign(1).batch(0).message(0);
    let path = format!("/v1/providers/infobip/receipts/{SECRET}/");
    let kind = [("content-type", "application/json")];
    for (times_put_off, status, counts) in [(0, SYSTEM_ERROR, [1, 0, 0]), (1, DELIVERED, [0, 1, 0])] {
        let result = json!({"messageId": format!("{reference}-{times_put_off}"), "status": {"id": status}});
        let body = json!({ "results": [result] }).to_string();
        let answer = world.api.without_key().call(Method::POST, &path, &kind, body).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
        world.stack.drain().await.unwrap();
        let found = world.status(1).await;
        let found = ["unconfirmed_count", "delivered_count", "undelivered_count"].map(|name| &found[name]);
        assert_eq!(found.map(|count| count.as_i64().unwrap()), counts, "hand-over {times_put_off}");
    }
}
