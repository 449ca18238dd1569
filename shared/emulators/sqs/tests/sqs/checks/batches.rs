//! Batches: their limits, and that entries fail one by one.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::send_message_batch::builders::SendMessageBatchFluentBuilder;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, SendMessageBatchRequestEntry,
};

use crate::support::{bodies, code_of, counts, queue, receive};

fn entry(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
}

fn batch(client: &Client, url: &str, ids: &[&str]) -> SendMessageBatchFluentBuilder {
    let entries = ids.iter().map(|id| entry(id, id)).collect();
    client.send_message_batch().queue_url(url).set_entries(Some(entries))
}

pub async fn ten_messages_are_sent_at_once(client: &Client) {
    let url = queue(client).await;
    let ids = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "J_-9"];
    let outcome = batch(client, &url, &ids).send().await.unwrap();
    assert!(outcome.failed().is_empty());
    let mut sent: Vec<(&str, &str)> =
        outcome.successful().iter().map(|sent| (sent.id(), sent.message_id())).collect();
    sent.sort_unstable_by_key(|(id, _)| ids.iter().position(|known| known == id));
    let messages = receive(client, &url, 5).await;
    let mut received: Vec<(&str, &str)> =
        messages.iter().map(|message| (message.body().unwrap(), message.message_id().unwrap())).collect();
    received.sort_unstable_by_key(|(body, _)| ids.iter().position(|known| known == body));
    assert_eq!(sent, received);
}

pub async fn batches_beyond_the_rules_are_refused_whole(client: &Client) {
    let url = queue(client).await;
    let eleven: Vec<String> = (0..11).map(|nth| nth.to_string()).collect();
    let eleven: Vec<&str> = eleven.iter().map(String::as_str).collect();
    for (ids, code) in [
        (&eleven[..], "TooManyEntriesInBatchRequest"),
        (&[], "EmptyBatchRequest"),
        (&["a", "b", "a"], "BatchEntryIdsNotDistinct"),
        (&["a", "not good"], "InvalidBatchEntryId"),
    ] {
        let outcome = batch(client, &url, ids).send().await;
        assert_eq!(code_of(outcome), format!("AWS.SimpleQueueService.{code}"));
    }
    assert_eq!(counts(client, &url).await, ["0", "0", "0"]);
}

pub async fn a_batch_of_one_mebibyte_is_the_largest(client: &Client) {
    let url = queue(client).await;
    let send = |last_bytes: usize| {
        let half = entry("a", &"x".repeat(524_288));
        client
            .send_message_batch()
            .queue_url(&url)
            .entries(half)
            .entries(entry("b", &"x".repeat(last_bytes)))
            .send()
    };
    let error = send(524_289).await.unwrap_err().into_service_error();
    assert!(error.is_batch_request_too_long(), "{error:?}");
    assert_eq!(send(524_288).await.unwrap().successful().len(), 2);
}

pub async fn one_bad_entry_does_not_stop_the_others(client: &Client) {
    let url = queue(client).await;
    let request = client.send_message_batch().queue_url(&url).entries(entry("good", "good"));
    let delayed = SendMessageBatchRequestEntry::builder().id("late").message_body("late").delay_seconds(901);
    let outcome = request.entries(delayed.build().unwrap()).send().await.unwrap();
    let failed = &outcome.failed()[0];
    assert_eq!((failed.id(), failed.code(), failed.sender_fault()), ("late", "InvalidParameterValue", true));
    assert_eq!(outcome.successful().len(), 1);
    assert_eq!(bodies(&receive(client, &url, 5).await), ["good"]);
}

pub async fn an_entry_with_disallowed_characters_fails_alone(client: &Client) {
    let url = queue(client).await;
    let request = client.send_message_batch().queue_url(&url).entries(entry("good", "good"));
    let outcome = request.entries(entry("bad", "\u{1}")).send().await.unwrap();
    assert_eq!(outcome.failed()[0].code(), "InvalidMessageContents");
    assert_eq!(outcome.successful().len(), 1);
}

pub async fn entries_have_delays_of_their_own(client: &Client) {
    let url = queue(client).await;
    let delayed = SendMessageBatchRequestEntry::builder().id("d").message_body("d").delay_seconds(600);
    let request = client.send_message_batch().queue_url(&url).entries(entry("n", "n"));
    request.entries(delayed.build().unwrap()).send().await.unwrap();
    assert_eq!(counts(client, &url).await, ["1", "0", "1"]);
}

pub async fn a_garbage_handle_fails_alone_in_a_delete_batch(client: &Client) {
    let url = queue(client).await;
    batch(client, &url, &["a", "b"]).send().await.unwrap();
    let mut messages = Vec::new();
    while messages.len() < 2 {
        messages.extend(receive(client, &url, 5).await);
    }
    let entry =
        |id: &str, handle: &str| DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(handle);
    let request =
        client.delete_message_batch().queue_url(&url).entries(entry("bad", "garbage").build().unwrap());
    let request = messages.iter().enumerate().fold(request, |request, (nth, message)| {
        request.entries(entry(&nth.to_string(), message.receipt_handle().unwrap()).build().unwrap())
    });
    let outcome = request.send().await.unwrap();
    assert_eq!((outcome.failed()[0].id(), outcome.failed()[0].code()), ("bad", "ReceiptHandleIsInvalid"));
    assert_eq!(outcome.successful().len(), 2);
    assert_eq!(counts(client, &url).await, ["0", "0", "0"]);
}

pub async fn a_garbage_handle_fails_alone_in_a_batch_of_visibilities(client: &Client) {
    let url = queue(client).await;
    batch(client, &url, &["a", "b"]).send().await.unwrap();
    let mut messages = Vec::new();
    while messages.len() < 2 {
        messages.extend(receive(client, &url, 5).await);
    }
    let entry = |id: &str, handle: &str, seconds: i32| {
        let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(id).receipt_handle(handle);
        entry.visibility_timeout(seconds).build().unwrap()
    };
    let handles = messages.iter().map(|message| message.receipt_handle().unwrap());
    let request =
        client.change_message_visibility_batch().queue_url(&url).entries(entry("bad", "garbage", 0));
    let request = handles.zip([0, 600]).fold(request, |request, (handle, seconds)| {
        request.entries(entry(&format!("{seconds}"), handle, seconds))
    });
    let outcome = request.send().await.unwrap();
    assert_eq!((outcome.failed()[0].id(), outcome.failed()[0].code()), ("bad", "ReceiptHandleIsInvalid"));
    assert_eq!(outcome.successful().len(), 2);
    assert_eq!(counts(client, &url).await, ["1", "1", "0"]);
}
