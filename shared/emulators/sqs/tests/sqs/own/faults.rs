//! Duplicates, disorder, delay and partial failures on demand.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_sqs::types::SendMessageBatchRequestEntry;

use crate::support::{bodies, delete, embedded, queue, receive, send, timed};

#[tokio::test]
async fn every_third_message_is_delivered_twice_although_it_was_deleted() {
    let (sqs, client) = embedded().await;
    let url = queue(&client).await;
    for nth in 0..9 {
        send(&client, &url, &nth.to_string()).await;
    }
    sqs.faults().duplicate_every(3);
    let mut deliveries: BTreeMap<String, usize> = BTreeMap::new();
    loop {
        let messages = receive(&client, &url, 0).await;
        if messages.is_empty() {
            break;
        }
        for message in &messages {
            delete(&client, &url, message).await;
            *deliveries.entry(message.message_id.clone().unwrap()).or_default() += 1;
        }
    }
    assert_eq!(deliveries.len(), 9);
    assert_eq!(deliveries.values().filter(|times| **times == 2).count(), 3);
    assert_eq!(deliveries.values().sum::<usize>(), 12);
}

#[tokio::test]
async fn receives_are_reversed_until_the_faults_are_cleared() {
    let (sqs, client) = embedded().await;
    let url = queue(&client).await;
    for body in ["a", "b", "c", "d"] {
        send(&client, &url, body).await;
    }
    sqs.faults().reverse_receives(true);
    let request = client.receive_message().queue_url(&url).max_number_of_messages(2);
    let reversed = request.clone().send().await.unwrap();
    assert_eq!(bodies(reversed.messages()), ["b", "a"]);
    sqs.faults().clear();
    assert_eq!(bodies(request.send().await.unwrap().messages()), ["c", "d"]);
}

#[tokio::test]
async fn deliveries_are_delayed_by_milliseconds() {
    let (sqs, client) = embedded().await;
    let url = queue(&client).await;
    sqs.faults().delay_deliveries(Duration::from_millis(300));
    let sent_and_received = async {
        send(&client, &url, "late").await;
        receive(&client, &url, 20).await
    };
    let (messages, elapsed) = timed(sent_and_received).await;
    assert_eq!(messages.len(), 1);
    assert!((300..8_000).contains(&elapsed.as_millis()), "{elapsed:?}");
}

#[tokio::test]
async fn every_fourth_entry_of_a_batch_fails_and_is_not_stored() {
    let (sqs, client) = embedded().await;
    let url = queue(&client).await;
    sqs.faults().fail_batch_entry_every(4);
    let entry =
        |nth: i32| SendMessageBatchRequestEntry::builder().id(nth.to_string()).message_body(nth.to_string());
    let entries = (1..=10).map(|nth| entry(nth).build().unwrap()).collect();
    let outcome =
        client.send_message_batch().queue_url(&url).set_entries(Some(entries)).send().await.unwrap();
    let failed: Vec<&str> = outcome.failed().iter().map(|failed| failed.id()).collect();
    assert_eq!(failed, ["4", "8"]);
    let all_internal = |failed: &aws_sdk_sqs::types::BatchResultErrorEntry| {
        failed.code() == "InternalError" && !failed.sender_fault()
    };
    assert!(outcome.failed().iter().all(all_internal));
    assert_eq!(bodies(&receive(&client, &url, 0).await), ["1", "2", "3", "5", "6", "7", "9", "10"]);
}
