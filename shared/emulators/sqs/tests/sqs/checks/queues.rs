//! Making, finding and removing queues.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;

use crate::support::{code_of, fresh_name, queue};

const NO_QUEUE: &str = "AWS.SimpleQueueService.NonExistentQueue";

pub async fn a_created_queue_is_found_by_its_name(client: &Client) {
    let name = fresh_name();
    let created = client.create_queue().queue_name(&name).send().await.unwrap();
    let found = client.get_queue_url().queue_name(&name).send().await.unwrap();
    assert_eq!(found.queue_url(), created.queue_url());
    assert!(found.queue_url().unwrap().ends_with(&format!("/000000000000/{name}")));
}

pub async fn creating_a_queue_again_finds_the_same_queue(client: &Client) {
    let request =
        client.create_queue().queue_name(fresh_name()).attributes(QueueAttributeName::VisibilityTimeout, "3");
    let first = request.clone().send().await.unwrap();
    let second = request.send().await.unwrap();
    assert_eq!(first.queue_url(), second.queue_url());
}

pub async fn creating_a_queue_again_with_another_attribute_is_refused(client: &Client) {
    let name = fresh_name();
    client.create_queue().queue_name(&name).send().await.unwrap();
    let other =
        client.create_queue().queue_name(&name).attributes(QueueAttributeName::VisibilityTimeout, "3");
    let error = other.send().await.unwrap_err().into_service_error();
    assert!(error.is_queue_name_exists(), "{error:?}");
}

pub async fn a_queue_name_outside_the_alphabet_is_refused(client: &Client) {
    for name in ["with space", "ü", &"x".repeat(81)] {
        let outcome = client.create_queue().queue_name(name).send().await;
        assert_eq!(code_of(outcome), "InvalidParameterValue", "{name}");
    }
}

pub async fn an_unknown_queue_is_a_modelled_error_of_every_action(client: &Client) {
    let name = fresh_name();
    assert_eq!(code_of(client.get_queue_url().queue_name(&name).send().await), NO_QUEUE);
    let existing = queue(client).await;
    let url = format!("{}/{name}", existing.rsplit_once('/').unwrap().0);
    let sent = client.send_message().queue_url(&url).message_body("x").send().await;
    assert!(sent.unwrap_err().into_service_error().is_queue_does_not_exist());
    let received = client.receive_message().queue_url(&url).send().await;
    assert!(received.unwrap_err().into_service_error().is_queue_does_not_exist());
    let deleted = client.delete_message().queue_url(&url).receipt_handle("x").send().await;
    assert!(deleted.unwrap_err().into_service_error().is_queue_does_not_exist());
}

pub async fn a_deleted_queue_is_gone(client: &Client) {
    let url = queue(client).await;
    client.delete_queue().queue_url(&url).send().await.unwrap();
    let outcome = client.send_message().queue_url(&url).message_body("x").send().await;
    assert_eq!(code_of(outcome), NO_QUEUE);
}
