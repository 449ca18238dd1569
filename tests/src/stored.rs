//! Reads all items of the tables, to compare them before and after a request.

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use local::stack::Stack;
use platform::{aws::AwsSettings, environment::Environment};
use stores::{DynamoDb, Stores, TableNames};

use crate::tables::Tables;

/// Keys that even a refused request may change: its count, and the last use of its key.
const COUNTED: [&str; 3] = ["#RATE", "#IDEMPOTENCY", "USED#"];

/// Every item of every table, sorted, without those that even a refused request may change.
pub async fn everything(stack: &Stack) -> String {
    let client = client(stack);
    let mut items = Vec::new();
    for table in ["ACCOUNTS_TABLE", "ADDRESS_BOOKS_TABLE", "CAMPAIGNS_TABLE"] {
        let pages = client.scan().table_name(&stack.variables()[table]).into_paginator();
        let mut pages = pages.items().send();
        while let Some(item) = pages.next().await {
            let item = item.expect("the table answers");
            let counted = |value: &AttributeValue| {
                COUNTED.iter().any(|part| value.as_s().is_ok_and(|pk| pk.contains(part)))
            };
            if !counted(&item["pk"]) {
                items.push(canonical(&AttributeValue::M(item)));
            }
        }
    }
    items.sort();
    items.join("\n")
}

/// Removes the items of a table that have expired by the world's time, as DynamoDB does within days.
pub async fn sweep(stack: &Stack, table: &str) {
    let client = client(stack);
    let (name, now) = (&stack.variables()[table], stack.clock().now().secs());
    let request = client.scan().table_name(name).filter_expression("expires_at <= :now");
    let mut pages = request
        .expression_attribute_values(":now", AttributeValue::N(now.to_string()))
        .into_paginator()
        .items()
        .send();
    while let Some(item) = pages.next().await {
        let item = item.expect("the table answers");
        let request = client.delete_item().table_name(name);
        let request = request.key("pk", item["pk"].clone()).key("sk", item["sk"].clone());
        request.send().await.expect("the table answers");
    }
}

/// Writes equal values as equal texts, in any order of their maps.
fn canonical(value: &AttributeValue) -> String {
    match value {
        AttributeValue::M(map) => {
            let mut entries: Vec<String> =
                map.iter().map(|(name, value)| format!("{name}={}", canonical(value))).collect();
            entries.sort();
            format!("{{{}}}", entries.join(" "))
        }
        AttributeValue::L(list) => format!("{:?}", list.iter().map(canonical).collect::<Vec<_>>()),
        other => format!("{other:?}"),
    }
}

/// A stack's stores, which bypass the wire if its tables are embedded.
pub fn stores(stack: &Stack) -> Stores {
    Stores::new(&DynamoDb::of(client(stack)), &names(stack))
}

pub fn names(stack: &Stack) -> TableNames {
    let name = |variable: &str| stack.variables()[variable].clone();
    TableNames {
        accounts: name("ACCOUNTS_TABLE"),
        address_books: name("ADDRESS_BOOKS_TABLE"),
        campaigns: name("CAMPAIGNS_TABLE"),
    }
}

/// A client of a stack's tables: past the wire, if they are embedded.
pub fn client(stack: &Stack) -> Client {
    let lookup = |name: &str| stack.variables().get(name).cloned();
    let mut environment = Environment::new(&lookup);
    let settings = AwsSettings::read(&mut environment, stores::SERVICE);
    let embedded = stack.dynamodb().map(|dynamodb| Tables::of(dynamodb.database().clone()).http_client());
    Client::new(&settings.connection(embedded.unwrap_or_else(|| stack.http().shared_http_client())))
}
