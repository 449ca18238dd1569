//! The naive sender's table: an item for everything.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client as DynamoDb,
    types::{
        AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, PutRequest,
        ScalarAttributeType, WriteRequest,
    },
};
use futures_util::{StreamExt, stream};

pub const TABLE: &str = "Naive";
/// Calls at the same time.
pub const CALLS: usize = 16;
/// Items of a BatchWriteItem.
const WRITES_A_CALL: usize = 25;

pub type Item = HashMap<String, AttributeValue>;

pub async fn create(dynamodb: &DynamoDb) {
    let mut request = dynamodb.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
        let attribute =
            AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        let key = KeySchemaElement::builder().attribute_name(name).key_type(kind);
        request = request.attribute_definitions(attribute.build().expect("it is whole"));
        request = request.key_schema(key.build().expect("it is whole"));
    }
    request.send().await.expect("the table is created");
}

/// Writes items, as many in each call as DynamoDB allows.
pub async fn write_all(dynamodb: &DynamoDb, items: Vec<Item>) {
    let put = |item| {
        let put = PutRequest::builder().set_item(Some(item)).build().expect("it is whole");
        WriteRequest::builder().put_request(put).build()
    };
    let requests: Vec<WriteRequest> = items.into_iter().map(put).collect();
    let call = |requests: &[WriteRequest]| {
        dynamodb.batch_write_item().request_items(TABLE, requests.to_vec()).send()
    };
    let calls: Vec<_> = requests.chunks(WRITES_A_CALL).map(call).collect();
    stream::iter(calls)
        .buffer_unordered(CALLS)
        .for_each(|written| async { drop(written.expect("the table answers")) })
        .await;
}

pub const fn text(text: String) -> AttributeValue {
    AttributeValue::S(text)
}
