//! The whole stack with AWS End User Messaging SMS: with a fake that botocore accepts.

use std::time::Duration;

use domain::{journal::SlotOutcome, msisdn::Msisdn, timestamp::Millis};
use local::stack::QueueName;
use provider_emulators::{aws::FakeAws, serve};
use providers::aws;
use serde_json::json;
use tests::{World, audit::ProviderTruth, phones};

fn msisdn(phone: &str) -> Msisdn {
    Msisdn::parse_e164(phone).unwrap()
}

#[tokio::test]
async fn a_campaign_is_sent_one_request_a_recipient_and_its_events_come_through_their_queue() {
    let fake = FakeAws::new("", &["TALKNTALK"]);
    let variables =
        [("AWS_CONFIGURATION_SET", "sms".to_owned()), ("AWS_BASE_URL", serve(fake.router()).await.unwrap())];
    let world = World::start_over(&aws::KIND, variables).await;
    let numbers = phones(0..4);
    let (opted_out, blocked, lost) = (msisdn(&numbers[1]), msisdn(&numbers[2]), msisdn(&numbers[3]));
    fake.answer_number(opted_out, "ConflictException", Some("DESTINATION_PHONE_NUMBER_OPTED_OUT"));
    fake.report_number(blocked, "TEXT_CARRIER_BLOCKED");
    fake.answer_number(lost, "InternalServerException", None);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.stack.drain().await.unwrap();
    assert_eq!(fake.requests().len(), numbers.len(), "one request each, with every answer");
    let row = async |place: usize| world.message_of(1, numbers[place].trim_start_matches('+')).await;
    assert_eq!(row(1).await["error_code"], "opted_out");
    assert_eq!(row(3).await["status"], "unconfirmed");

    world.clock().advance(Millis::from_mins(5));
    let mut events = fake.take_events();
    assert_eq!(events.len(), 4);
    // An event about another sender's text with the same configuration set, and a body that is not an event.
    events.push(json!({"eventType": "TEXT_DELIVERED", "messageId": "m", "context": {}}).to_string());
    events.push(json!({"eventType": "TEXT_DELIVERED"}).to_string());
    world.stack.put_aws_events(events).await.unwrap();
    world.stack.drain().await.unwrap();
    assert_eq!(world.stack.depth(QueueName::AwsEvents).await.unwrap().total(), 0);
    assert_eq!((&row(0).await["status"], &row(0).await["error"]), (&json!("delivered"), &json!(null)));
    assert_eq!(row(2).await["status"], "undelivered");
    assert_eq!(row(0).await["network"], "Safaricom");

    // An event is early if its batch is being handed over. It is applied within seconds of the answer.
    let early = phones(4..5);
    let book = world.book("Early", &early).await;
    world.send(&[&book]).await;
    crate::reports::hand_over(&world, 2, Vec::new(), vec![0]).await;
    let reference = world.campaign(2).batch(0).message(0).to_string();
    let event = json!({
        "eventType": "TEXT_DELIVERED", "isFinal": true, "messageId": "m-early", "context": {"reference": reference}
    });
    world.stack.put_aws_events(vec![event.to_string()]).await.unwrap();
    world.stack.poll_aws_events().await.unwrap();
    assert_eq!(world.stack.depth(QueueName::AwsEvents).await.unwrap().total(), 1, "it comes back");
    let answered = vec![SlotOutcome::Accepted(Some("m-early".to_owned()))];
    crate::reports::hand_over(&world, 2, answered, Vec::new()).await;
    world.stack.sqs().unwrap().queues().skip(Duration::from_secs(5)).unwrap();
    world.stack.poll_aws_events().await.unwrap();
    assert_eq!(world.stack.depth(QueueName::AwsEvents).await.unwrap().total(), 0, "it is applied");
    world.clock().advance(Millis::from_mins(4));
    world.stack.drain().await.unwrap();
    assert_eq!(world.status(2).await["delivered_count"], 1);

    let mut truth = ProviderTruth::new();
    [0, 2].iter().for_each(|taken: &usize| truth.took_number(msisdn(&numbers[*taken]).as_u64(), 1));
    truth.took_number(msisdn(&early[0]).as_u64(), 1);
    let verdict = world.judged(truth).await;
    assert!(verdict.is_clean(), "{verdict}");
}
