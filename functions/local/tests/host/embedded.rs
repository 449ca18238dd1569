//! The emulators on their own threads, through stock clients.

use std::net::{Ipv4Addr, SocketAddr};

use aws_sdk_dynamodb::{
    config::{BehaviorVersion, Credentials, Region},
    types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType},
};
use local::embedded::{DataFolder, DynamoDb, EmbeddedError, Sqs, Storage};

use crate::fake_sqs;

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn dynamodb(endpoint: &str) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(endpoint)
        .region(Region::new("af-south-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .build();
    aws_sdk_dynamodb::Client::from_conf(config)
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
    let server = DynamoDb::start(Storage::Memory, ANY_PORT).unwrap();
    let client = dynamodb(server.endpoint());
    create_table(&client).await;
    assert_eq!(tables(&client).await, ["Campaigns"]);
    assert_eq!(server.database().table_count().unwrap(), 1);
    assert_eq!(server.sweep_ttl().unwrap(), 0);
}

#[tokio::test]
async fn two_emulators_in_memory_share_nothing() {
    let (first, second) =
        (DynamoDb::start(Storage::Memory, ANY_PORT), DynamoDb::start(Storage::Memory, ANY_PORT));
    let (first, second) = (first.unwrap(), second.unwrap());
    create_table(&dynamodb(first.endpoint())).await;
    assert!(tables(&dynamodb(second.endpoint())).await.is_empty());
}

#[tokio::test]
async fn what_is_in_a_folder_is_there_after_a_restart() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("made/on/demand");
    for restart in [false, true] {
        let folder = DataFolder::open(&path).unwrap();
        let (tables_server, queues_server) = (
            DynamoDb::start(Storage::Folder(&folder), ANY_PORT).unwrap(),
            Sqs::start(Storage::Folder(&folder), ANY_PORT).unwrap(),
        );
        let (tables_client, queues_client) =
            (dynamodb(tables_server.endpoint()), fake_sqs::client(queues_server.endpoint()));
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

#[test]
fn a_second_opener_of_a_folder_is_refused_until_the_first_is_gone() {
    let temporary = tempfile::tempdir().unwrap();
    let first = DataFolder::open(temporary.path()).unwrap();
    let refused = DataFolder::open(temporary.path()).unwrap_err();
    assert!(matches!(&refused, EmbeddedError::InUse(path) if path == temporary.path()));
    assert!(refused.to_string().contains("in use by another process"));
    drop(first);
    DataFolder::open(temporary.path()).unwrap();
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind(ANY_PORT).unwrap();
    let address = taken.local_addr().unwrap();
    let refused = DynamoDb::start(Storage::Memory, address).err().unwrap();
    assert_eq!(refused.to_string(), format!("the embedded DynamoDB cannot listen on {address}"));
}
