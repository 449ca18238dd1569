//! Many clients at once.

use std::collections::BTreeSet;

use aws_sdk_sqs::Client;
use tokio::task::JoinSet;

use crate::support::{counts, delete, queue, receive, send};

const CLIENTS: usize = 8;
const MESSAGES_EACH: usize = 25;

pub async fn every_message_of_many_senders_reaches_one_of_many_receivers(client: &Client) {
    let url = queue(client).await;
    let mut senders = JoinSet::new();
    let mut receivers = JoinSet::new();
    for sender in 0..CLIENTS {
        senders.spawn(send_all(client.clone(), url.clone(), sender));
        receivers.spawn(receive_until_quiet(client.clone(), url.clone()));
    }
    senders.join_all().await;
    let received: Vec<String> = receivers.join_all().await.into_iter().flatten().collect();
    let distinct: BTreeSet<&String> = received.iter().collect();
    assert_eq!((received.len(), distinct.len()), (CLIENTS * MESSAGES_EACH, CLIENTS * MESSAGES_EACH));
    assert_eq!(counts(client, &url).await, ["0", "0", "0"]);
}

async fn send_all(client: Client, url: String, sender: usize) {
    for nth in 0..MESSAGES_EACH {
        send(&client, &url, &format!("{sender}-{nth}")).await;
    }
}

async fn receive_until_quiet(client: Client, url: String) -> Vec<String> {
    let mut received = Vec::new();
    loop {
        let messages = receive(&client, &url, 2).await;
        if messages.is_empty() {
            return received;
        }
        for message in messages {
            delete(&client, &url, &message).await;
            received.push(message.body.unwrap());
        }
    }
}
