//! Messages that cannot be processed: their dead-letter queue, and the redrive.

use std::collections::BTreeSet;

use aws_sdk_sqs::{
    Client,
    types::{MessageSystemAttributeName, QueueAttributeName},
};
use cli::operator::{RedriveError, Redriven, redrive};
use domain::{journal::Cause, timestamp::Millis};
use embedded_aws::{Sqs, Storage};
use platform::{
    aws::AwsSettings,
    http::{HttpClient, Roots},
};

use crate::{
    system::{ANY_PORT, FaultSystem, GROUP, Queue, RECIPIENTS, SharedEmulators, emulator_key},
    truth::{Behaviour, Truth},
};

/// A queue and its dead letters, on an SQS of its own.
async fn queues(sqs: &Sqs) -> (Client, String, String) {
    let http = HttpClient::new(Roots::Amazon).unwrap();
    let config = AwsSettings::emulator(sqs.endpoint()).connection(http.shared_http_client());
    let client = Client::new(&config);
    let create = |name: &'static str| client.create_queue().queue_name(name).send();
    let dead = create("batches-dead").await.unwrap().queue_url.unwrap();
    let alive = create("batches").await.unwrap().queue_url.unwrap();
    let arn = client.get_queue_attributes().queue_url(&dead).attribute_names(QueueAttributeName::QueueArn);
    let arn = arn.send().await.unwrap().attributes.unwrap().remove(&QueueAttributeName::QueueArn).unwrap();
    let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":1}}"#);
    let set = client.set_queue_attributes().queue_url(&alive);
    set.attributes(QueueAttributeName::RedrivePolicy, policy).send().await.unwrap();
    (client, alive, dead)
}

#[tokio::test]
async fn dead_letters_are_moved_back_unchanged_and_counted() {
    let sqs = Sqs::start(Storage::Memory, ANY_PORT, &emulator_key()).unwrap();
    let (client, alive, dead) = queues(&sqs).await;
    for n in 0..23 {
        let letter = client.send_message().queue_url(&dead).message_body(format!("letter {n}"));
        letter.message_group_id("one-campaign").send().await.unwrap();
    }
    assert_eq!(redrive(&client, &alive).await.unwrap(), Redriven { moved: 23, left: 0 });
    assert_eq!(redrive(&client, &alive).await.unwrap(), Redriven::default());
    assert_eq!(sqs.queues().queue_depth("batches-dead").unwrap().total(), 0);
    let mut bodies = BTreeSet::new();
    while bodies.len() < 23 {
        let received = client.receive_message().queue_url(&alive).max_number_of_messages(10);
        let received = received.message_system_attribute_names(MessageSystemAttributeName::MessageGroupId);
        let messages = received.send().await.unwrap().messages.unwrap_or_default();
        assert!(!messages.is_empty(), "{bodies:?}");
        for message in messages {
            let group = &message.attributes.unwrap()[&MessageSystemAttributeName::MessageGroupId];
            assert_eq!(group, "one-campaign", "{:?}", message.body);
            bodies.extend(message.body);
        }
    }
    assert_eq!(bodies, (0..23).map(|n| format!("letter {n}")).collect());
}

#[tokio::test]
async fn a_redrive_without_a_dead_letter_queue_is_an_error() {
    let sqs = Sqs::start(Storage::Memory, ANY_PORT, &emulator_key()).unwrap();
    let (client, _, dead) = queues(&sqs).await;
    assert!(matches!(redrive(&client, &dead).await, Err(RedriveError::NoDeadLetters)));
}

#[tokio::test]
async fn a_batch_that_the_provider_always_puts_off_fails_at_the_end_of_its_validity() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::new(GROUP, |_| Behaviour::Throttles)).await;
    let campaign = system.insist("once").await;
    for _ in 0..5 {
        system.deliver(Queue::Batches).await;
        system.pass(Millis::from_hours(1));
    }
    assert_eq!(system.status(campaign).await.finished_at, None, "it goes on trying");
    system.pass(Millis::from_hours(24));
    system.finish("put off for ever").await;
    let header = system.status(campaign).await;
    assert_eq!((header.state.as_str(), header.counts.failed), ("failed", RECIPIENTS as i64));
    let record = system.stores().campaigns.batch(system.campaign(campaign).batch(0)).await.unwrap().unwrap();
    let causes: BTreeSet<&str> =
        record.progress.slots().iter().filter_map(|slot| slot.cause.as_ref().map(Cause::code)).collect();
    assert_eq!(causes, BTreeSet::from(["validity_expired"]));
}
