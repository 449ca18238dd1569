//! Receiving and waiting.

use std::time::{Duration, SystemTime};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{MessageSystemAttributeName as Name, QueueAttributeName};

use crate::support::{bodies, code_of, lasts_a_second, queue, queue_with, receive, receive_one, send, timed};

pub async fn a_short_poll_of_an_empty_queue_returns_at_once(client: &Client) {
    let url = queue(client).await;
    let (messages, elapsed) = timed(receive(client, &url, 0)).await;
    assert!(messages.is_empty());
    assert!(elapsed < Duration::from_secs(1), "{elapsed:?}");
}

pub async fn a_long_poll_wakes_when_a_message_arrives(client: &Client) {
    let url = queue(client).await;
    let (poll, ()) = tokio::join!(timed(receive(client, &url, 20)), send(client, &url, "wake up"));
    let (messages, elapsed) = poll;
    assert_eq!(bodies(&messages), ["wake up"]);
    assert!(elapsed < Duration::from_secs(5), "{elapsed:?}");
}

pub async fn a_long_poll_ends_empty_after_its_wait(client: &Client) {
    let url = queue(client).await;
    let (messages, elapsed) = timed(receive(client, &url, 1)).await;
    assert!(messages.is_empty());
    assert!(lasts_a_second(elapsed), "{elapsed:?}");
}

pub async fn numbers_out_of_range_are_refused(client: &Client) {
    let url = queue(client).await;
    let request = || client.receive_message().queue_url(&url);
    for request in [
        request().max_number_of_messages(0),
        request().max_number_of_messages(11),
        request().wait_time_seconds(21),
        request().wait_time_seconds(-1),
        request().visibility_timeout(43_201),
    ] {
        let asked = format!("{:?}", request.as_input());
        assert_eq!(code_of(request.send().await), "InvalidParameterValue", "{asked}");
    }
}

pub async fn one_message_is_received_unless_more_are_asked_for(client: &Client) {
    let url = queue(client).await;
    for body in ["a", "b", "c"] {
        send(client, &url, body).await;
    }
    let one = client.receive_message().queue_url(&url).wait_time_seconds(5).send().await.unwrap();
    assert_eq!(one.messages().len(), 1);
    let two = client.receive_message().queue_url(&url).max_number_of_messages(2).wait_time_seconds(5);
    assert_eq!(two.send().await.unwrap().messages().len(), 2);
}

pub async fn system_attributes_are_returned_when_named(client: &Client) {
    let url = queue(client).await;
    let before_ms = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
    let request = client.send_message().queue_url(&url).message_body("x").message_group_id("tenant-1");
    request.send().await.unwrap();
    let request = client.receive_message().queue_url(&url).message_system_attribute_names(Name::All);
    let message = request.wait_time_seconds(5).send().await.unwrap().messages.unwrap().remove(0);
    let attributes = message.attributes.unwrap();
    assert_eq!(attributes[&Name::ApproximateReceiveCount], "1");
    assert_eq!(attributes[&Name::MessageGroupId], "tenant-1");
    assert!(!attributes[&Name::SenderId].is_empty());
    let ms = |name| attributes[&name].parse::<u128>().unwrap();
    assert!(ms(Name::SentTimestamp) + 1 >= before_ms);
    assert!(ms(Name::ApproximateFirstReceiveTimestamp) >= ms(Name::SentTimestamp));
}

pub async fn no_system_attribute_is_returned_unasked(client: &Client) {
    let url = queue(client).await;
    send(client, &url, "x").await;
    assert!(receive_one(client, &url).await.0.attributes.is_none_or(|attributes| attributes.is_empty()));
}

pub async fn a_received_message_is_hidden_until_its_timeout_ends(client: &Client) {
    let url = queue_with(client, &[(QueueAttributeName::VisibilityTimeout, "1")]).await;
    send(client, &url, "again").await;
    let request = || {
        let request = client.receive_message().queue_url(&url).wait_time_seconds(20);
        request.message_system_attribute_names(Name::All).send()
    };
    let twice = timed(async { (request().await, request().await) });
    let ((first, second), elapsed) = twice.await;
    let first = first.unwrap().messages.unwrap().remove(0);
    let second = second.unwrap().messages.unwrap().remove(0);
    assert!(lasts_a_second(elapsed), "{elapsed:?}");
    assert_eq!(first.message_id(), second.message_id());
    assert_ne!(first.receipt_handle(), second.receipt_handle());
    let (first, second) = (first.attributes.unwrap(), second.attributes.unwrap());
    assert_eq!(second[&Name::ApproximateReceiveCount], "2");
    assert_eq!(
        first[&Name::ApproximateFirstReceiveTimestamp],
        second[&Name::ApproximateFirstReceiveTimestamp]
    );
}

pub async fn a_receive_may_set_a_visibility_timeout_of_its_own(client: &Client) {
    let url = queue(client).await;
    send(client, &url, "x").await;
    let request = client.receive_message().queue_url(&url).visibility_timeout(1).wait_time_seconds(20);
    let twice = timed(async { (request.send().await.unwrap(), receive(client, &url, 20).await) });
    let ((first, second), elapsed) = twice.await;
    assert_eq!((first.messages().len(), second.len()), (1, 1));
    assert!(lasts_a_second(elapsed), "{elapsed:?}");
}
