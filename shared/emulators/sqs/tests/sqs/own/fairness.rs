//! Fair queues, through the wire.

use aws_sdk_sqs::Client;

use crate::support::{bodies, embedded, queue, receive};

async fn send_to_group(client: &Client, url: &str, group: &str, body: &str) {
    client.send_message().queue_url(url).message_group_id(group).message_body(body).send().await.unwrap();
}

#[tokio::test]
async fn a_small_campaign_does_not_wait_behind_a_large_one() {
    let (_sqs, client) = embedded().await;
    let url = queue(&client).await;
    for nth in 0..25 {
        send_to_group(&client, &url, "big", &format!("big-{nth}")).await;
    }
    assert_eq!(receive(&client, &url, 0).await.len(), 10);
    send_to_group(&client, &url, "small", "small-0").await;
    send_to_group(&client, &url, "small", "small-1").await;
    let next = receive(&client, &url, 0).await;
    assert_eq!(bodies(&next)[..3], ["small-0", "small-1", "big-10"]);
}

#[tokio::test]
async fn messages_of_one_group_are_taken_in_the_order_in_which_they_were_sent() {
    let (_sqs, client) = embedded().await;
    let url = queue(&client).await;
    for body in ["a", "b", "c"] {
        send_to_group(&client, &url, "only", body).await;
    }
    assert_eq!(bodies(&receive(&client, &url, 0).await), ["a", "b", "c"]);
}
