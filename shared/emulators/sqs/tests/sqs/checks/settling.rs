//! Deleting messages and changing their visibility.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::change_message_visibility::builders::ChangeMessageVisibilityFluentBuilder;
use aws_sdk_sqs::types::{Message, QueueAttributeName};

use crate::support::{bodies, code_of, counts, delete, queue, queue_with, receive, receive_one, send, timed};

fn hide(client: &Client, url: &str, handle: &str, seconds: i32) -> ChangeMessageVisibilityFluentBuilder {
    client.change_message_visibility().queue_url(url).receipt_handle(handle).visibility_timeout(seconds)
}

/// Two messages, received one after the other: when the second one's timeout has ended, so has the first's.
async fn two_received(client: &Client) -> (String, [Message; 2]) {
    let url = queue_with(client, &[(QueueAttributeName::VisibilityTimeout, "1")]).await;
    send(client, &url, "first").await;
    let (first, _) = receive_one(client, &url).await;
    send(client, &url, "second").await;
    let (second, _) = receive_one(client, &url).await;
    (url, [first, second])
}

/// Waits until what is left of two comes back: the second alone.
async fn second_alone_comes_back(client: &Client, url: &str) {
    assert_eq!(bodies(&receive(client, url, 20).await), ["second"]);
    assert!(receive(client, url, 0).await.is_empty());
}

pub async fn a_deleted_message_does_not_come_back(client: &Client) {
    let (url, [first, _]) = two_received(client).await;
    delete(client, &url, &first).await;
    second_alone_comes_back(client, &url).await;
    assert_eq!(counts(client, &url).await, ["0", "1", "0"]);
}

pub async fn a_second_delete_of_the_same_handle_is_fine(client: &Client) {
    let url = queue(client).await;
    send(client, &url, "x").await;
    let (message, _) = receive_one(client, &url).await;
    delete(client, &url, &message).await;
    delete(client, &url, &message).await;
}

pub async fn a_message_may_be_deleted_after_its_timeout(client: &Client) {
    let url = queue_with(client, &[(QueueAttributeName::VisibilityTimeout, "0")]).await;
    send(client, &url, "x").await;
    let (message, _) = receive_one(client, &url).await;
    delete(client, &url, &message).await;
    assert_eq!(counts(client, &url).await, ["0", "0", "0"]);
}

pub async fn a_garbage_handle_is_refused(client: &Client) {
    let url = queue(client).await;
    let deleted = client.delete_message().queue_url(&url).receipt_handle("garbage").send().await;
    let error = deleted.unwrap_err().into_service_error();
    assert!(error.is_receipt_handle_is_invalid(), "{error:?}");
    let error = hide(client, &url, "garbage", 1).send().await.unwrap_err().into_service_error();
    assert!(error.is_receipt_handle_is_invalid(), "{error:?}");
}

pub async fn a_timeout_of_zero_gives_the_message_back_at_once(client: &Client) {
    let url = queue(client).await;
    send(client, &url, "x").await;
    let (_, handle) = receive_one(client, &url).await;
    let waiting = timed(receive(client, &url, 20));
    let (poll, given_back) = tokio::join!(waiting, hide(client, &url, &handle, 0).send());
    given_back.unwrap();
    assert_eq!(poll.0.len(), 1);
    assert!(poll.1 < Duration::from_secs(8), "{:?}", poll.1);
}

pub async fn an_extension_keeps_the_message_hidden(client: &Client) {
    let (url, [first, _]) = two_received(client).await;
    hide(client, &url, first.receipt_handle().unwrap(), 600).send().await.unwrap();
    second_alone_comes_back(client, &url).await;
    assert_eq!(counts(client, &url).await, ["0", "2", "0"]);
}

pub async fn a_visible_message_cannot_be_hidden(client: &Client) {
    let url = queue(client).await;
    send(client, &url, "x").await;
    let (_, handle) = receive_one(client, &url).await;
    hide(client, &url, &handle, 0).send().await.unwrap();
    let error = hide(client, &url, &handle, 10).send().await.unwrap_err().into_service_error();
    assert!(error.is_message_not_inflight(), "{error:?}");
}

pub async fn a_deleted_message_cannot_be_hidden(client: &Client) {
    let url = queue(client).await;
    send(client, &url, "x").await;
    let (message, handle) = receive_one(client, &url).await;
    delete(client, &url, &message).await;
    assert_eq!(code_of(hide(client, &url, &handle, 10).send().await), "InvalidParameterValue");
}

pub async fn a_timeout_beyond_twelve_hours_is_refused(client: &Client) {
    let url = queue(client).await;
    send(client, &url, "x").await;
    let (_, handle) = receive_one(client, &url).await;
    assert_eq!(code_of(hide(client, &url, &handle, 43_201).send().await), "InvalidParameterValue");
}
