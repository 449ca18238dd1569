//! Making, finding and removing queues.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;

use crate::support::{attributes_of, code_of, counts, fresh_name, queue, receive, send};

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
        client.create_queue().queue_name(fresh_name()).attributes(QueueAttributeName::DelaySeconds, "3");
    let first = request.clone().send().await.unwrap();
    let second = request.send().await.unwrap();
    assert_eq!(first.queue_url(), second.queue_url());
}

pub async fn creating_a_queue_again_with_another_attribute_is_refused(client: &Client) {
    let name = fresh_name();
    client.create_queue().queue_name(&name).send().await.unwrap();
    let other = client.create_queue().queue_name(&name).attributes(QueueAttributeName::DelaySeconds, "3");
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
    assert_eq!(code_of(client.purge_queue().queue_url(&url).send().await), NO_QUEUE);
}

pub async fn a_deleted_queue_is_gone(client: &Client) {
    let url = queue(client).await;
    client.delete_queue().queue_url(&url).send().await.unwrap();
    let outcome = client.send_message().queue_url(&url).message_body("x").send().await;
    assert_eq!(code_of(outcome), NO_QUEUE);
}

pub async fn queues_are_listed_by_prefix_page_by_page(client: &Client) {
    let prefix = fresh_name();
    for nth in 0..5 {
        client.create_queue().queue_name(format!("{prefix}-{nth}")).send().await.unwrap();
    }
    let request = client.list_queues().queue_name_prefix(&prefix).max_results(2);
    let mut pages = request.into_paginator().send();
    let mut listed = Vec::new();
    while let Some(page) = pages.next().await {
        let urls = page.unwrap().queue_urls.unwrap_or_default();
        assert!(urls.len() <= 2);
        listed.extend(urls);
    }
    listed.sort();
    let names: Vec<&str> = listed.iter().map(|url| url.rsplit('/').next().unwrap()).collect();
    assert_eq!(names, (0..5).map(|nth| format!("{prefix}-{nth}")).collect::<Vec<_>>());
}

pub async fn a_purge_empties_the_queue_of_messages_in_flight_as_well(client: &Client) {
    let url = queue(client).await;
    send(client, &url, "in flight").await;
    assert_eq!(receive(client, &url, 5).await.len(), 1);
    send(client, &url, "visible").await;
    client.purge_queue().queue_url(&url).send().await.unwrap();
    assert_eq!(counts(client, &url).await, ["0", "0", "0"]);
}

pub async fn a_second_purge_within_a_minute_is_refused(client: &Client) {
    let url = queue(client).await;
    client.purge_queue().queue_url(&url).send().await.unwrap();
    let again = client.purge_queue().queue_url(&url).send().await.unwrap_err().into_service_error();
    assert!(again.is_purge_queue_in_progress(), "{again:?}");
}

pub async fn a_queue_tells_when_it_was_made_and_changed(client: &Client) {
    let attributes = attributes_of(client, &queue(client).await).await;
    let seconds = |name| attributes[&name].parse::<u64>().unwrap();
    let created = seconds(QueueAttributeName::CreatedTimestamp);
    assert!(created > 1_700_000_000 && created < 10_000_000_000, "seconds since the epoch, not {created}");
    assert!(seconds(QueueAttributeName::LastModifiedTimestamp) >= created);
}
