//! The whole stack with Infobip: with a fake that its official SDK accepts.

use domain::{msisdn::Msisdn, timestamp::Millis};
use provider_emulators::{infobip::FakeInfobip, outbox::Delivered, serve};
use providers::infobip;
use serde_json::json;
use tests::{World, audit::ProviderTruth, phones};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const PENDING_ACCEPTED: u32 = 26;
const SYSTEM_ERROR: u32 = 21;

fn msisdn(phone: &str) -> Msisdn {
    Msisdn::parse_e164(phone).unwrap()
}

#[tokio::test]
async fn a_campaign_is_sent_in_one_call_and_its_reports_come_in_groups() {
    let fake = FakeInfobip::new("ib_test", &["TALKNTALK"]);
    let variables = [
        ("INFOBIP_API_KEY", "ib_test".to_owned()),
        ("INFOBIP_BASE_URL", serve(fake.router()).await.unwrap()),
        ("INFOBIP_CALLBACK_SECRET", SECRET.to_owned()),
    ];
    let world = World::start_over(&infobip::KIND, variables).await;
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
