//! Many clients at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_sdk_sqs::Client;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::support::{counts, delete, queue, receive, send};

const CLIENTS: usize = 8;
const MESSAGES_EACH: usize = 25;
const MESSAGES: usize = CLIENTS * MESSAGES_EACH;
/// Ends the check when messages are missing.
const PATIENCE: Duration = Duration::from_secs(60);

pub async fn every_message_of_many_senders_reaches_one_of_many_receivers(client: &Client) {
    let url = queue(client).await;
    let total = Arc::new(AtomicUsize::new(0));
    let mut senders = JoinSet::new();
    let mut receivers = JoinSet::new();
    for sender in 0..CLIENTS {
        senders.spawn(send_all(client.clone(), url.clone(), sender));
        receivers.spawn(receive_until_all(client.clone(), url.clone(), total.clone()));
    }
    senders.join_all().await;
    let received: Vec<String> = timeout(PATIENCE, receivers.join_all()).await.unwrap().concat();
    let distinct: BTreeSet<&String> = received.iter().collect();
    assert_eq!((received.len(), distinct.len()), (MESSAGES, MESSAGES));
    assert_eq!(counts(client, &url).await, ["0", "0", "0"]);
}

async fn send_all(client: Client, url: String, sender: usize) {
    for nth in 0..MESSAGES_EACH {
        send(&client, &url, &format!("{sender}-{nth}")).await;
    }
}

/// Receives until all receivers together have every message.
async fn receive_until_all(client: Client, url: String, total: Arc<AtomicUsize>) -> Vec<String> {
    let mut received = Vec::new();
    while total.load(Ordering::SeqCst) < MESSAGES {
        for message in receive(&client, &url, 1).await {
            delete(&client, &url, &message).await;
            received.push(message.body.unwrap());
            total.fetch_add(1, Ordering::SeqCst);
        }
    }
    received
}
