//! The bill, and the age of a queue.

use std::time::Duration;

use sqs_emulator::{Action, BILLED_CHUNK_BYTES};

use crate::support::{embedded, queue, receive, send};

#[tokio::test]
async fn each_begun_64_kb_of_payload_is_billed_when_sent_and_when_received() {
    let (sqs, client) = embedded().await;
    let url = queue(&client).await;
    let before = sqs.requests();
    send(&client, &url, "small").await;
    send(&client, &url, &"x".repeat(BILLED_CHUNK_BYTES + 1)).await;
    assert_eq!(receive(&client, &url, 0).await.len(), 2);
    let billed = sqs.requests().since(&before);
    assert_eq!((billed.of(Action::SendMessage), billed.of(Action::ReceiveMessage)), (3, 2));
    assert_eq!(billed.total(), 5);
}

#[tokio::test]
async fn an_empty_poll_and_a_refused_call_are_billed_as_one_request_each() {
    let (sqs, client) = embedded().await;
    let url = queue(&client).await;
    let before = sqs.requests();
    receive(&client, &url, 0).await;
    client.delete_message().queue_url(&url).receipt_handle("garbage").send().await.unwrap_err();
    let billed = sqs.requests().since(&before);
    assert_eq!((billed.of(Action::ReceiveMessage), billed.of(Action::DeleteMessage)), (1, 1));
}

#[tokio::test]
async fn the_age_of_a_queue_is_that_of_its_oldest_message_received_less_than_three_times() {
    let (sqs, client) = embedded().await;
    let url = queue(&client).await;
    let name = url.rsplit('/').next().unwrap();
    let age = || sqs.oldest_age(name).unwrap().map(|age| age.as_secs() / 60);
    assert_eq!(age(), None);
    send(&client, &url, "old").await;
    sqs.skip(Duration::from_secs(600)).unwrap();
    for _ in 0..3 {
        assert!(age().is_some_and(|minutes| minutes >= 10));
        assert_eq!(receive(&client, &url, 0).await.len(), 1);
        sqs.skip(Duration::from_secs(30)).unwrap();
    }
    assert_eq!(age(), None);
    send(&client, &url, "new").await;
    sqs.skip(Duration::from_secs(300)).unwrap();
    assert_eq!(age(), Some(5));
}
