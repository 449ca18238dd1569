//! The emulators on their own threads, through stock clients.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    path::Path,
    sync::Arc,
    time::Duration,
};

use aws_sdk_dynamodb::{
    config::{BehaviorVersion, Credentials, Region},
    error::ProvideErrorMetadata,
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use aws_sdk_sqs::types::QueueAttributeName;
use dynoxide::Database;
use embedded_aws::{AccessKey, DataFolder, DynamoDb, EmbeddedError, Sqs, Storage, apply};
use lambda_emulator::{
    InProcess, InvokeError,
    event_source::{EventSource, Polled, Queue, Settings},
};

use serde_json::{Value, json};

const LOCK_FILE: &str = "lock";
const KEY: &str = "LOCAL1";
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn key() -> AccessKey {
    AccessKey::of(KEY)
}

fn dynamodb(endpoint: &str) -> aws_sdk_dynamodb::Client {
    dynamodb_with(endpoint, KEY)
}

fn dynamodb_with(endpoint: &str, key: &str) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(endpoint)
        .region(Region::new("af-south-1"))
        .credentials_provider(Credentials::new(key, "local", None, None, "test"))
        .build();
    aws_sdk_dynamodb::Client::from_conf(config)
}

fn sqs(endpoint: &str) -> aws_sdk_sqs::Client {
    let key = KEY;
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(endpoint)
        .region(Region::new("af-south-1"))
        .credentials_provider(Credentials::new(key, "local", None, None, "test"))
        .build();
    aws_sdk_sqs::Client::from_conf(config)
}

async fn create_table(client: &aws_sdk_dynamodb::Client) {
    let key = AttributeDefinition::builder().attribute_name("pk").attribute_type(ScalarAttributeType::S);
    let schema = KeySchemaElement::builder().attribute_name("pk").key_type(KeyType::Hash);
    let table = client.create_table().table_name("Campaigns").billing_mode(BillingMode::PayPerRequest);
    let table = table.attribute_definitions(key.build().unwrap()).key_schema(schema.build().unwrap());
    table.send().await.unwrap();
}

async fn tables(client: &aws_sdk_dynamodb::Client) -> Vec<String> {
    client.list_tables().send().await.unwrap().table_names().to_vec()
}

#[tokio::test]
async fn dynamodb_in_memory_answers_a_stock_client() {
    let server = DynamoDb::start(Storage::Memory, ANY_PORT, &key()).unwrap();
    let client = dynamodb(server.endpoint());
    create_table(&client).await;
    assert_eq!(tables(&client).await, ["Campaigns"]);
    assert_eq!(server.database().table_count().unwrap(), 1);
    assert_eq!(server.sweep_ttl().unwrap(), 0);
}

#[tokio::test]
async fn dynamodb_takes_its_own_key_only() {
    let server = DynamoDb::start(Storage::Memory, ANY_PORT, &key()).unwrap();
    let refused = dynamodb_with(server.endpoint(), "LOCAL2").list_tables().send().await.unwrap_err();
    assert_eq!(refused.code(), Some("UnrecognizedClientException"));
}

#[tokio::test]
async fn two_emulators_in_memory_share_nothing() {
    let (first, second) = (
        DynamoDb::start(Storage::Memory, ANY_PORT, &key()),
        DynamoDb::start(Storage::Memory, ANY_PORT, &key()),
    );
    let (first, second) = (first.unwrap(), second.unwrap());
    create_table(&dynamodb(first.endpoint())).await;
    assert!(tables(&dynamodb(second.endpoint())).await.is_empty());
}

#[tokio::test]
async fn the_state_in_a_folder_survives_a_restart() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("made/on/demand");
    for restart in [false, true] {
        let folder = DataFolder::open(&path, LOCK_FILE).unwrap();
        let (tables_server, queues_server) = (
            DynamoDb::start(Storage::Folder(&folder), ANY_PORT, &key()).unwrap(),
            Sqs::start(Storage::Folder(&folder), ANY_PORT, &key()).unwrap(),
        );
        let (tables_client, queues_client) =
            (dynamodb(tables_server.endpoint()), sqs(queues_server.endpoint()));
        if !restart {
            create_table(&tables_client).await;
            queues_client.create_queue().queue_name("batches").send().await.unwrap();
        }
        assert_eq!(tables(&tables_client).await, ["Campaigns"]);
        let queue = queues_client.get_queue_url().queue_name("batches").send().await.unwrap();
        assert!(queue.queue_url().unwrap().ends_with("/batches"));
        tables_server.stop();
        queues_server.stop();
    }
}

/// Damages of a file: cut off, overwritten, or emptied.
const DAMAGES: [fn(&Path); 3] = [
    |path| {
        let file = File::options().write(true).open(path).unwrap();
        file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    },
    |path| fs::write(path, "no database at all, but long enough to be looked at".repeat(100)).unwrap(),
    |path| fs::write(path, "").unwrap(),
];

/// A folder with a table and a queue in it.
async fn used_folder() -> (tempfile::TempDir, DataFolder) {
    let temporary = tempfile::tempdir().unwrap();
    let folder = DataFolder::open(temporary.path(), LOCK_FILE).unwrap();
    let (tables_server, queues_server) = (
        DynamoDb::start(Storage::Folder(&folder), ANY_PORT, &key()).unwrap(),
        Sqs::start(Storage::Folder(&folder), ANY_PORT, &key()).unwrap(),
    );
    create_table(&dynamodb(tables_server.endpoint())).await;
    let client = sqs(queues_server.endpoint());
    client.create_queue().queue_name("batches").send().await.unwrap();
    assert!(queues_server.set_aside().is_none());
    tables_server.stop();
    queues_server.stop();
    (temporary, folder)
}

#[tokio::test]
async fn a_damaged_file_of_queues_is_set_aside_and_the_queues_start_empty() {
    for damage in DAMAGES {
        let (temporary, folder) = used_folder().await;
        damage(&temporary.path().join("sqs.sqlite"));
        let server = Sqs::start(Storage::Folder(&folder), ANY_PORT, &key()).unwrap();
        let aside = server.set_aside().unwrap();
        assert!(
            aside.exists() && aside.file_name().unwrap().to_str().unwrap().starts_with("sqs.sqlite.damaged-")
        );
        assert!(sqs(server.endpoint()).get_queue_url().queue_name("batches").send().await.is_err());
    }
}

#[tokio::test]
async fn damaged_tables_are_refused_and_not_changed() {
    for damage in DAMAGES {
        let (temporary, folder) = used_folder().await;
        let path = temporary.path().join("dynamodb.sqlite");
        damage(&path);
        let damaged = fs::read(&path).unwrap();
        let refused = DynamoDb::start(Storage::Folder(&folder), ANY_PORT, &key()).err().unwrap();
        assert!(matches!(refused, EmbeddedError::Tables { .. }), "{refused}");
        assert_eq!(fs::read(&path).unwrap(), damaged);
    }
}

#[test]
fn a_folder_cannot_be_opened_twice_until_the_first_process_ends() {
    let temporary = tempfile::tempdir().unwrap();
    let first = DataFolder::open(temporary.path(), LOCK_FILE).unwrap();
    let refused = DataFolder::open(temporary.path(), LOCK_FILE).unwrap_err();
    assert!(matches!(&refused, EmbeddedError::InUse(path) if path == temporary.path()));
    assert!(refused.to_string().contains("in use by another process"));
    drop(first);
    DataFolder::open(temporary.path(), LOCK_FILE).unwrap();
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind(ANY_PORT).unwrap();
    let address = taken.local_addr().unwrap();
    let refused = DynamoDb::start(Storage::Memory, address, &key()).err().unwrap();
    assert_eq!(refused.to_string(), format!("the embedded DynamoDB cannot listen on {address}"));
}

/// A queue whose messages are visible again at once, and dead after two deliveries.
async fn create_short_lived_queue(client: &aws_sdk_sqs::Client) -> Queue {
    let dead = client.create_queue().queue_name("dead").send().await.unwrap().queue_url.unwrap();
    let arn = arn_of(client, &dead).await;
    let redrive = json!({ "deadLetterTargetArn": arn, "maxReceiveCount": 2 }).to_string();
    let queue =
        client.create_queue().queue_name("batches").attributes(QueueAttributeName::VisibilityTimeout, "0");
    let queue = queue.attributes(QueueAttributeName::RedrivePolicy, redrive).send().await.unwrap();
    let url = queue.queue_url.unwrap();
    Queue { arn: arn_of(client, &url).await, url }
}

async fn arn_of(client: &aws_sdk_sqs::Client, url: &str) -> String {
    let asked = client.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::QueueArn);
    let mut told = asked.send().await.unwrap().attributes.unwrap();
    told.remove(&QueueAttributeName::QueueArn).unwrap()
}

#[tokio::test]
async fn a_message_that_keeps_failing_is_delivered_up_to_the_queues_limit_and_then_a_dead_letter() {
    let server = Sqs::start(Storage::Memory, ANY_PORT, &key()).unwrap();
    let client = sqs(server.endpoint());
    let queue = create_short_lived_queue(&client).await;
    client.send_message().queue_url(&queue.url).message_body("poison").send().await.unwrap();
    let failing = InProcess::new(|_| async { Err(InvokeError::Crashed { status: "on purpose".into() }) });
    let settings = Settings {
        batch_size: 10,
        batching_window: Duration::ZERO,
        max_concurrency: NonZeroUsize::MIN,
        report_batch_item_failures: true,
    };
    let source = EventSource::new(client, queue, Arc::new(failing), settings).unwrap();
    for _ in 0..2 {
        assert_eq!(source.poll_once(0).await.unwrap(), Polled { received: 1, deleted: 0, failed: 1 });
    }
    assert_eq!(source.poll_once(0).await.unwrap(), Polled::default());
    assert_eq!(server.queues().queue_depth("dead").unwrap().visible, 1);
}

#[test]
fn a_query_for_an_empty_key_is_rejected_and_one_that_filters_by_an_empty_text_is_not() {
    let database = Database::memory().unwrap();
    let call = |operation: &str, request: Value| apply(&database, operation, request.to_string().as_bytes());
    let table = json!({
        "TableName": "Things", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    });
    assert_eq!(call("CreateTable", table).0, 200);
    let query = |from: &str, filtered: &str| {
        let values = json!({
            ":pk": {"S": "a"}, ":from": {"S": from}, ":to": {"S": "z"}, ":f": {"S": filtered},
        });
        let request = json!({
            "TableName": "Things", "KeyConditionExpression": "pk = :pk AND sk BETWEEN :from AND :to",
            "FilterExpression": "notes = :f", "ExpressionAttributeValues": values,
        });
        call("Query", request)
    };
    assert_eq!(query("0", "").0, 200);
    let (status, answer) = query("", "x");
    assert_eq!(status, 400);
    assert!(answer.contains("ValidationException") && answer.contains("empty string value"), "{answer}");
}
