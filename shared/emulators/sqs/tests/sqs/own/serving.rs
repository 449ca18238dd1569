//! The server's life: stopping, and malformed requests.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;
use sqs_emulator::EmbeddedSqs;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::support::{
    KEY, arn_of, client_of, client_with, code_of, embedded, key, queue, queue_with, receive, send, serve,
    timed,
};

#[tokio::test]
async fn stopping_the_server_ends_long_polls_at_once() {
    let sqs = EmbeddedSqs::in_memory().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client_of(&format!("http://{}", listener.local_addr().unwrap()));
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(sqs.clone().serve(listener, key(), async { stopped.await.unwrap() }));
    let (source, dead) = poisoned(&client).await;
    let polling = tokio::spawn({
        let client = client.clone();
        async move { receive(&client, &source, 20).await }
    });
    // The message moves in the poll's first read; after that the poll waits.
    assert_eq!(receive(&client, &dead, 20).await.len(), 1);
    stop.send(()).unwrap();
    let (ended, elapsed) = timed(async { (polling.await.unwrap(), serving.await.unwrap()) }).await;
    assert!(ended.0.is_empty());
    ended.1.unwrap();
    assert!(elapsed < Duration::from_secs(5), "{elapsed:?}");
}

#[tokio::test]
async fn polls_end_and_no_poll_begins_once_the_owner_ends_them() {
    let (sqs, client) = embedded().await;
    let (source, dead) = poisoned(&client).await;
    let polling = tokio::spawn({
        let (client, source) = (client.clone(), source.clone());
        async move { receive(&client, &source, 20).await }
    });
    assert_eq!(receive(&client, &dead, 20).await.len(), 1);
    sqs.end_polls();
    let ends = async { (polling.await.unwrap(), receive(&client, &source, 20).await) };
    let ((open, later), elapsed) = timed(ends).await;
    assert!(open.is_empty() && later.is_empty());
    assert!(elapsed < Duration::from_secs(5), "{elapsed:?}");
}

/// A queue whose only message moves at the next receive, and the queue that it moves to.
async fn poisoned(client: &Client) -> (String, String) {
    let dead = queue(client).await;
    let arn = arn_of(client, &dead).await;
    let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":1}}"#);
    let attributes =
        [(QueueAttributeName::RedrivePolicy, &*policy), (QueueAttributeName::VisibilityTimeout, "0")];
    let source = queue_with(client, &attributes).await;
    send(client, &source, "poison").await;
    assert_eq!(receive(client, &source, 0).await.len(), 1);
    (source, dead)
}

async fn post(target: &str, body: &str) -> String {
    let sqs = EmbeddedSqs::in_memory().unwrap();
    let address = serve(&sqs).await.replace("http://", "");
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let length = body.len();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nX-Amz-Target: {target}\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential={KEY}/20261123/us-east-1/sqs/aws4_request\r\n\
         Content-Type: application/x-amz-json-1.0\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn an_unknown_action_is_refused() {
    let answer = post("AmazonSQS.StartMessageMoveTask", "{}").await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains(r#""__type":"com.amazonaws.sqs#UnknownOperationException""#), "{answer}");
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    let answer = post("AmazonSQS.SendMessage", "Action=SendMessage").await;
    assert!(answer.contains("x-amzn-query-error: MalformedInput;Sender"), "{answer}");
}

#[tokio::test]
async fn a_field_of_an_absent_feature_is_refused() {
    let message = r#"{"QueueUrl":"q","MessageBody":"x","MessageAttributes":{}}"#;
    assert!(post("AmazonSQS.SendMessage", message).await.contains("SerializationException"));
}

#[tokio::test]
async fn a_missing_required_field_is_named() {
    let answer = post("AmazonSQS.SendMessage", "{}").await;
    assert!(answer.contains("x-amzn-query-error: MissingParameter;Sender"), "{answer}");
    assert!(answer.contains("The request must contain the parameter QueueUrl."), "{answer}");
}

#[tokio::test]
async fn an_error_names_its_shape_and_its_older_code() {
    let answer = post("AmazonSQS.GetQueueUrl", r#"{"QueueName":"nowhere"}"#).await;
    assert!(answer.contains("content-type: application/x-amz-json-1.0"), "{answer}");
    assert!(
        answer.contains("x-amzn-query-error: AWS.SimpleQueueService.NonExistentQueue;Sender"),
        "{answer}"
    );
    assert!(answer.contains(r#""__type":"com.amazonaws.sqs#QueueDoesNotExist""#), "{answer}");
}

#[tokio::test]
async fn a_queues_url_is_made_of_the_host_that_was_called() {
    let (_sqs, client) = embedded().await;
    let url = queue(&client).await;
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
}

#[tokio::test]
async fn a_field_of_the_wrong_type_is_not_quoted() {
    let answer = post("AmazonSQS.SendMessage", r#"{"MessageBody":"x","DelaySeconds":"canary"}"#).await;
    assert!(answer.contains("SerializationException") && !answer.contains("canary"), "{answer}");
}

#[tokio::test]
async fn a_call_with_another_key_is_refused_as_sqs_does() {
    let sqs = EmbeddedSqs::in_memory().unwrap();
    let other_key = client_with(&serve(&sqs).await, "AKIDOTHER");
    let refused = other_key.create_queue().queue_name("theirs").send().await;
    assert_eq!(code_of(refused), "InvalidClientTokenId");
    assert!(sqs.queue_depth("theirs").is_err());
}
