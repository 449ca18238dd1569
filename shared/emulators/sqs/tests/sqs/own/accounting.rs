//! The bill.

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
