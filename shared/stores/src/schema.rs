//! The definitions of the tables. `template.yaml` declares the same; a test compares the two.

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
        ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
    },
};

pub use crate::table::IndexDefinition;
use crate::{error::StoreError, names::TableNames, table::DynamoDb};

/// Time to live, in seconds since the epoch, of items that expire.
pub const TTL_ATTRIBUTE: &str = "expires_at";
/// Hash key of the index of due campaigns.
pub const DUE_SHARD: &str = "due_shard";
/// Range key of the index of due campaigns: milliseconds since the epoch.
pub const DUE_AT: &str = "due_at";

/// The ledger by time. Its hash key is an attribute of the lines, since these lie in two partitions.
pub const NEWEST: IndexDefinition = IndexDefinition {
    name: "newest",
    hash: ("ledger", "S"),
    range: ("at", "S"),
    projection: "ALL",
    included: &[],
};
/// When a campaign's first batch was claimed, in the index of what is due.
pub const STARTED_AT: &str = "started_at";
/// When a campaign's last recipient was submitted or dropped, in the index of what is due.
pub const FINISHED_AT: &str = "finished_at";

/// The accounts that can have a recipient of a closed batch of a campaign, in the index of what is due.
pub const SENT_BY: &str = "sent_by";

/// Items that the clock has to check; sparse. The times of a campaign say when a text of it can have gone out. They are
/// written together with the range key, so that they cost no write of the index. Its accounts cost one each.
pub const DUE: IndexDefinition = IndexDefinition {
    name: "due",
    hash: (DUE_SHARD, "S"),
    range: (DUE_AT, "N"),
    projection: "INCLUDE",
    included: &[STARTED_AT, FINISHED_AT, SENT_BY],
};

/// A table's definition, in the words of CloudFormation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDefinition {
    pub logical_name: &'static str,
    pub index: Option<IndexDefinition>,
}

/// The three tables.
pub fn tables() -> [TableDefinition; 3] {
    [
        TableDefinition { logical_name: "Accounts", index: Some(NEWEST) },
        TableDefinition { logical_name: "AddressBooks", index: None },
        TableDefinition { logical_name: "Campaigns", index: Some(DUE) },
    ]
}

/// Creates the tables that do not exist yet. For local use and tests; on AWS the template creates them.
pub async fn create(dynamodb: &DynamoDb, names: &TableNames) -> Result<(), StoreError> {
    let existing = dynamodb.0.list_tables().send().await.map_err(StoreError::of("ListTables"))?;
    let names = [&names.accounts, &names.address_books, &names.campaigns];
    for (definition, name) in tables().into_iter().zip(names) {
        if !existing.table_names().contains(name) {
            create_table(&dynamodb.0, name, &definition).await?;
        }
    }
    Ok(())
}

async fn create_table(client: &Client, name: &str, definition: &TableDefinition) -> Result<(), StoreError> {
    let mut attributes = vec![("pk", "S"), ("sk", "S")];
    attributes.extend(definition.index.iter().flat_map(|index| [index.hash, index.range]));
    attributes.sort_unstable();
    attributes.dedup();
    let mut request = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    for (attribute, kind) in attributes {
        request = request.attribute_definitions(attribute_definition(attribute, kind)?);
    }
    request = request.key_schema(key("pk", KeyType::Hash)?).key_schema(key("sk", KeyType::Range)?);
    if let Some(index) = &definition.index {
        request = request.global_secondary_indexes(index_of(index)?);
    }
    request.send().await.map_err(StoreError::of("CreateTable"))?;
    let ttl = TimeToLiveSpecification::builder().attribute_name(TTL_ATTRIBUTE).enabled(true).build();
    let ttl = client.update_time_to_live().table_name(name).time_to_live_specification(ttl.map_err(unbuilt)?);
    ttl.send().await.map_err(StoreError::of("UpdateTimeToLive")).map(drop)
}

fn index_of(index: &IndexDefinition) -> Result<GlobalSecondaryIndex, StoreError> {
    let included: Vec<String> = index.included.iter().map(|name| (*name).to_owned()).collect();
    let projection = Projection::builder()
        .projection_type(ProjectionType::from(index.projection))
        .set_non_key_attributes(Some(included).filter(|included| !included.is_empty()))
        .build();
    GlobalSecondaryIndex::builder()
        .index_name(index.name)
        .key_schema(key(index.hash.0, KeyType::Hash)?)
        .key_schema(key(index.range.0, KeyType::Range)?)
        .projection(projection)
        .build()
        .map_err(unbuilt)
}

fn key(name: &str, kind: KeyType) -> Result<KeySchemaElement, StoreError> {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build().map_err(unbuilt)
}

fn attribute_definition(name: &str, kind: &str) -> Result<AttributeDefinition, StoreError> {
    let kind = ScalarAttributeType::from(kind);
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().map_err(unbuilt)
}

fn unbuilt<E>(_: E) -> StoreError {
    StoreError::Unavailable { operation: "CreateTable", code: "request could not be built".to_owned() }
}
