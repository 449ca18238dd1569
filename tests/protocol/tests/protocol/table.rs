//! How the deployed code treats a second record of a number: two workers write one, over the embedded DynamoDB.

use aws_sdk_dynamodb::config::Builder;
use domain::{
    ids::{AccountName, CampaignId, OrganisationId},
    journal::{Intent, Progress, Record, Written},
    keys::{BatchKey, CampaignKey},
    timestamp::Timestamp,
};
use dynoxide::Database;
use harness::tables::Tables;
use platform::aws::AwsSettings;
use protocol::Taken;
use serde_json::Value;
use stores::{DynamoDb, Stores, TableNames, schema};
use uuid::Uuid;

const AT: Timestamp = Timestamp::from_secs(1_000);

/// Writes a record by each of two workers under one number.
pub async fn taken() -> Taken {
    let tables = Tables::of(Database::memory().unwrap());
    let stores = stores(&tables).await;
    assert_eq!(write(&stores, 1).await, Written::Ours);
    let first = stored(&tables);
    let told = write(&stores, 2).await;
    Taken { told, is_replaced: stored(&tables) != first }
}

async fn stores(tables: &Tables) -> Stores {
    let config = AwsSettings::emulator("http://tables").connection(tables.http_client());
    let (dynamodb, names) = (DynamoDb::configured(Builder::from(&config)), TableNames::with_prefix(""));
    schema::create(&dynamodb, &names).await.unwrap();
    Stores::new(&dynamodb, &names)
}

/// Writes the first record of a batch under a claim.
async fn write(stores: &Stores, token: u64) -> Written {
    let campaign = CampaignKey { organisation: OrganisationId(Uuid::nil()), campaign: CampaignId::FIRST };
    let key = BatchKey { campaign, batch: 0 };
    let intent = Intent::new(AccountName::new("one"), vec![0]);
    let record = Record { token, at: AT, outcomes: Vec::new(), dropped: Vec::new(), intent };
    let checked = Progress::new(1).check(record).unwrap();
    stores.campaigns.write_record(key, &checked, AT).await.unwrap()
}

fn stored(tables: &Tables) -> Value {
    let (status, items) = tables.apply("Scan", br#"{"TableName": "Campaigns", "ConsistentRead": true}"#);
    assert_eq!(status, 200, "{items}");
    serde_json::from_str(&items).unwrap()
}
