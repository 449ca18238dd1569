//! A whole stack in this process, controlled step by step.

use std::{collections::HashMap, sync::Arc};

use aws_sdk_sqs::{Client, types::QueueAttributeName};
use bytes::Bytes;
use cli::client::IdempotencyKey;
use domain::{
    lane::Lane,
    timestamp::{Millis, Timestamp},
};
use embedded_aws::DataFolder;
use local::stack::{BATCHES, QueueName, Stack, StackConfig, State};
use platform::{aws::AwsSettings, clock::Clock, environment::Environment};
use serde_json::json;
use tests::acme::client_of_acme;

/// Recipients of a small campaign.
const CONTACTS: u64 = 40;

#[tokio::test]
async fn a_campaign_is_sent_when_the_queues_are_processed_and_not_before() {
    let stack = Stack::in_memory(Clock::machine()).await.unwrap();
    let client = client_of_acme(&stack).await;
    let book = client.create_book("Premium", "").await.unwrap();
    let phones: String = (0..CONTACTS).map(|number| format!("07125000{number:02}\n")).collect();
    let imported = client.import(book.id, format!("phone\n{phones}").into()).await.unwrap();
    assert_eq!(imported.received, CONTACTS);
    let request = json!({"group_ids": [book.id], "message": "Hi"});
    let sent = client.send(&request, &IdempotencyKey::draw()).await.unwrap();
    assert_eq!(sent.recipients_count, CONTACTS);
    let campaign = sent.campaign_id.unwrap();
    assert_eq!(stack.sandbox().totals().messages, 0);
    assert_eq!(stack.depth(QueueName::Batches(Lane::Small)).await.unwrap().total(), 1);

    stack.drain().await.unwrap();
    assert_eq!(stack.depth(QueueName::Batches(Lane::Small)).await.unwrap().total(), 0);
    let totals = stack.sandbox().totals();
    assert_eq!((totals.messages, totals.numbers, totals.repeated), (CONTACTS, CONTACTS, 0));
    let status = client.status(campaign).await.unwrap();
    assert_eq!(
        (status.status.as_str(), status.sent_count, status.delivered_count),
        ("completed", CONTACTS, 0)
    );

    let delivered = stack.deliver_reports().await.unwrap();
    assert_eq!((delivered.delivered as u64, delivered.left), (CONTACTS, 0));
    assert_eq!(client.status(campaign).await.unwrap().delivered_count, CONTACTS);
    stack.tick().await.unwrap();
    stack.stop().await;
}

#[tokio::test]
async fn a_scheduled_campaign_is_sent_at_its_time() {
    let clock = Clock::manual(Timestamp::parse_rfc3339("2027-01-31T08:00:00+03:00").unwrap());
    let stack = Stack::in_memory(clock.clone()).await.unwrap();
    let client = client_of_acme(&stack).await;
    let book = client.create_book("One", "").await.unwrap();
    client.import(book.id, Bytes::from_static(b"phone\n0712345678\n")).await.unwrap();
    let request =
        json!({"group_ids": [book.id], "message": "Hi", "scheduled_at": "2027-01-31T09:00:00+03:00"});
    let sent = client.send(&request, &IdempotencyKey::draw()).await.unwrap();
    let campaign = sent.campaign_id.unwrap();
    for (wait, messages) in [(Millis::from_mins(59), 0), (Millis::from_mins(2), 1)] {
        clock.advance(wait);
        stack.tick().await.unwrap();
        stack.drain().await.unwrap();
        assert_eq!(stack.sandbox().totals().messages, messages);
    }
    assert_eq!(client.status(campaign).await.unwrap().status, "completed");
}

#[tokio::test]
async fn stacks_share_nothing() {
    let (one, other) = tokio::join!(Stack::in_memory(Clock::machine()), Stack::in_memory(Clock::machine()));
    let (one, other) = (one.unwrap(), other.unwrap());
    let client = client_of_acme(&one).await;
    client.create_book("Mine", "").await.unwrap();
    let elsewhere = client_of_acme(&other).await;
    assert!(elsewhere.address_books().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_start_configures_the_queues_that_an_earlier_one_has_left() {
    let folder = tempfile::tempdir().unwrap();
    let start = async || {
        let state = State::Folder(Arc::new(DataFolder::open(folder.path(), "lock").unwrap()));
        // The same names each time: a stack in memory draws others.
        let prefix = "kept-".to_owned();
        Stack::start(StackConfig { state, prefix, ..StackConfig::in_memory(Clock::machine()) }).await.unwrap()
    };
    let stack = start().await;
    let changed = HashMap::from([(QueueAttributeName::VisibilityTimeout, "1".to_owned())]);
    let request = sqs(&stack).set_queue_attributes().queue_url(&stack.variables()["BATCHES_QUEUE_URL"]);
    request.set_attributes(Some(changed)).send().await.unwrap();
    stack.stop().await;

    let stack = start().await;
    let request = sqs(&stack).get_queue_attributes().queue_url(&stack.variables()["BATCHES_QUEUE_URL"]);
    let told = request.attribute_names(QueueAttributeName::All).send().await.unwrap().attributes.unwrap();
    assert_eq!(told[&QueueAttributeName::VisibilityTimeout], BATCHES.visibility.as_secs().to_string());
    assert!(told[&QueueAttributeName::RedrivePolicy].contains("batches-dead"));
    stack.stop().await;
}

fn sqs(stack: &Stack) -> Client {
    let lookup = |name: &str| stack.variables().get(name).cloned();
    let settings = AwsSettings::read(&mut Environment::new(&lookup), "SQS");
    Client::new(&settings.connection(stack.http().shared_http_client()))
}
