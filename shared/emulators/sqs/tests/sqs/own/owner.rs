//! Waiting for a queue instead of sleeping.

use std::time::Duration;

use sqs_emulator::{Depth, Error};

use crate::support::{delete, embedded, fresh_name, receive_one, send};

#[tokio::test]
async fn a_test_can_wait_until_a_queue_is_idle() {
    let (sqs, client) = embedded().await;
    let name = fresh_name();
    let url = client.create_queue().queue_name(&name).send().await.unwrap().queue_url.unwrap();
    send(&client, &url, "x").await;
    let worker = async {
        let (message, _) = receive_one(&client, &url).await;
        assert_eq!(sqs.queue_depth(&name).unwrap(), Depth { visible: 0, in_flight: 1, delayed: 0 });
        delete(&client, &url, &message).await;
    };
    let (idle, ()) = tokio::join!(sqs.idle(&name), worker);
    idle.unwrap();
    assert_eq!(sqs.queue_depth(&name).unwrap().total(), 0);
}

#[tokio::test]
async fn waiting_ends_when_time_alone_makes_a_message_visible() {
    let (sqs, client) = embedded().await;
    let name = fresh_name();
    let url = client.create_queue().queue_name(&name).send().await.unwrap().queue_url.unwrap();
    client.send_message().queue_url(&url).message_body("x").delay_seconds(1).send().await.unwrap();
    assert_eq!(sqs.queue_depth(&name).unwrap().delayed, 1);
    let depth = sqs.wait_until(&name, |depth| depth.visible == 1).await.unwrap();
    assert_eq!(depth.total(), 1);
}

#[tokio::test]
async fn a_change_between_asking_and_awaiting_is_not_missed() {
    let (sqs, client) = embedded().await;
    let change = sqs.changed();
    client.create_queue().queue_name(fresh_name()).send().await.unwrap();
    change.await;
}

#[tokio::test]
async fn an_unknown_queue_has_no_depth() {
    let (sqs, _client) = embedded().await;
    assert!(matches!(sqs.queue_depth("nowhere"), Err(Error::NoSuchQueue(name)) if name == "nowhere"));
    assert!(sqs.idle("nowhere").await.is_err());
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
