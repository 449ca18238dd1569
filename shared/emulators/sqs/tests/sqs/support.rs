//! The server of the checks: an embedded one in memory, or the endpoint that `AWS_ENDPOINT_URL_SQS` names, so that the
//! checks can run against another emulator.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{Message, QueueAttributeName};
use loopback_server::AccessKey;
use sqs_emulator::EmbeddedSqs;
use tokio::net::TcpListener;

/// The endpoint of another emulator, if the checks run against one.
pub fn foreign_endpoint() -> Option<String> {
    std::env::var("AWS_ENDPOINT_URL_SQS").ok().filter(|url| !url.is_empty())
}

/// The access key id of every server and client here.
pub const KEY: &str = "AKIDEXAMPLE";

/// The key of every server here.
pub fn key() -> AccessKey {
    AccessKey::of(KEY)
}

/// A stock client without retries: a check sees every answer.
pub fn client_of(endpoint_url: &str) -> Client {
    client_with(endpoint_url, KEY)
}

/// A client that signs with another access key id.
pub fn client_with(endpoint_url: &str, key: &str) -> Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new(key, "secret", None, None, "test"))
        .endpoint_url(endpoint_url)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .build();
    Client::from_conf(config)
}

/// Serves on a free loopback port for as long as the test runs.
pub async fn serve(sqs: &EmbeddedSqs) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(sqs.clone().serve(listener, key(), std::future::pending()));
    url
}

/// A server of our own with a client.
pub async fn embedded() -> (EmbeddedSqs, Client) {
    let sqs = EmbeddedSqs::in_memory().unwrap();
    let client = client_of(&serve(&sqs).await);
    (sqs, client)
}

/// A queue name that no other check uses, also on a shared endpoint.
pub fn fresh_name() -> String {
    format!("check-{}", uuid::Uuid::new_v4().simple())
}

/// A new queue with attributes; its URL.
pub async fn queue_with(client: &Client, attributes: &[(QueueAttributeName, &str)]) -> String {
    let attributes: HashMap<_, _> =
        attributes.iter().map(|(name, value)| (name.clone(), (*value).to_owned())).collect();
    let created =
        client.create_queue().queue_name(fresh_name()).set_attributes(Some(attributes)).send().await;
    created.unwrap().queue_url.unwrap()
}

/// A new queue with the default attributes; its URL.
pub async fn queue(client: &Client) -> String {
    queue_with(client, &[]).await
}

pub async fn attributes_of(client: &Client, queue_url: &str) -> HashMap<QueueAttributeName, String> {
    let all = client.get_queue_attributes().queue_url(queue_url).attribute_names(QueueAttributeName::All);
    all.send().await.unwrap().attributes.unwrap_or_default()
}

pub async fn arn_of(client: &Client, queue_url: &str) -> String {
    attributes_of(client, queue_url).await[&QueueAttributeName::QueueArn].clone()
}

/// Visible, in flight, delayed: as the queue's attributes say.
pub async fn counts(client: &Client, queue_url: &str) -> [String; 3] {
    let attributes = attributes_of(client, queue_url).await;
    [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        QueueAttributeName::ApproximateNumberOfMessagesDelayed,
    ]
    .map(|name| attributes[&name].clone())
}

pub async fn send(client: &Client, queue_url: &str, body: &str) {
    client.send_message().queue_url(queue_url).message_body(body).send().await.unwrap();
}

/// Receives up to ten messages, waiting up to `wait_seconds` for the first.
pub async fn receive(client: &Client, queue_url: &str, wait_seconds: i32) -> Vec<Message> {
    let request = client.receive_message().queue_url(queue_url).max_number_of_messages(10);
    request.wait_time_seconds(wait_seconds).send().await.unwrap().messages.unwrap_or_default()
}

/// Receives exactly one message, and its receipt handle.
pub async fn receive_one(client: &Client, queue_url: &str) -> (Message, String) {
    let mut messages = receive(client, queue_url, 5).await;
    assert_eq!(messages.len(), 1);
    let message = messages.remove(0);
    let handle = message.receipt_handle.clone().unwrap();
    (message, handle)
}

/// The bodies of messages, in their order.
pub fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.body().unwrap()).collect()
}

pub async fn delete(client: &Client, queue_url: &str, message: &Message) {
    let handle = message.receipt_handle().unwrap();
    client.delete_message().queue_url(queue_url).receipt_handle(handle).send().await.unwrap();
}

/// The error code of a refused call.
pub fn code_of<T: std::fmt::Debug, E: ProvideErrorMetadata>(outcome: Result<T, SdkError<E>>) -> String {
    match outcome {
        Ok(answer) => panic!("the call should have been refused: {answer:?}"),
        Err(error) => error.code().expect("a refusal has a code").to_owned(),
    }
}

/// How long something takes.
pub async fn timed<T>(future: impl Future<Output = T>) -> (T, Duration) {
    let started = Instant::now();
    let outcome = future.await;
    (outcome, started.elapsed())
}

/// Whether something that waits for a second did: never less but for the clocks' grain, and far less than
/// the 20 seconds of the longest poll.
pub fn lasts_a_second(elapsed: Duration) -> bool {
    (990..8_000).contains(&elapsed.as_millis())
}

/// A folder that is removed at the end.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(fresh_name());
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that cannot be removed is left to the system's cleaning.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
