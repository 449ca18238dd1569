//! The owner's view of a queue: its depth, and time that is skipped.

use std::time::Duration;

use sqs_emulator::Error;

use crate::support::{embedded, fresh_name, receive_one};

#[tokio::test]
async fn an_unknown_queue_has_no_depth() {
    let (sqs, _client) = embedded().await;
    assert!(matches!(sqs.queue_depth("nowhere"), Err(Error::NoSuchQueue(name)) if name == "nowhere"));
}

#[tokio::test]
async fn time_can_be_skipped_instead_of_waited_for() {
    let (sqs, client) = embedded().await;
    let name = fresh_name();
    let url = client.create_queue().queue_name(&name).send().await.unwrap().queue_url.unwrap();
    client.send_message().queue_url(&url).message_body("x").delay_seconds(900).send().await.unwrap();
    sqs.skip(Duration::from_secs(899)).unwrap();
    assert_eq!(sqs.queue_depth(&name).unwrap().delayed, 1);
    sqs.skip(Duration::from_secs(1)).unwrap();
    receive_one(&client, &url).await;
    assert_eq!(sqs.queue_depth(&name).unwrap().in_flight, 1);
    sqs.skip(Duration::from_secs(30)).unwrap();
    assert_eq!(sqs.queue_depth(&name).unwrap().visible, 1);
    sqs.skip(Duration::from_secs(5 * 24 * 3600)).unwrap();
    let received = client.receive_message().queue_url(&url).send().await.unwrap();
    assert!(received.messages.unwrap_or_default().is_empty(), "it has outlived its retention");
}
