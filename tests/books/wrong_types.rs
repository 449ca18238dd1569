//! Stored values of a wrong type: an error, and never read as 0.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::AttributeValue::{self, N, S},
};
use domain::{
    api_key::KeyMode,
    audience::Audience,
    batch::BatchSize,
    duplicate::Fingerprint,
    ids::{CampaignId, OrganisationId},
    keys::CampaignKey,
    packed,
    rate::Window,
};
use stores::{StoreError, Stores};

use crate::{
    database::{client, names, organisation},
    sample::{START, phone},
};

const DAY: &str = "2026-11-29";

fn integer(value: i64) -> AttributeValue {
    N(value.to_string())
}

fn word() -> AttributeValue {
    S("twelve".to_owned())
}

/// Puts an item under `ORG#<organisation><suffix>`.
async fn put(
    client: &Client,
    table: &str,
    (organisation, suffix, sk): (OrganisationId, &str, &str),
    attributes: &[(&str, AttributeValue)],
) {
    let key = [("pk", S(format!("ORG#{organisation}{suffix}"))), ("sk", S(sk.to_owned())), ("v", integer(1))];
    let attributes = attributes.iter().chain(&key).map(|(name, value)| ((*name).to_owned(), value.clone()));
    let item: HashMap<String, AttributeValue> = attributes.collect();
    client.put_item().table_name(table).set_item(Some(item)).send().await.unwrap();
}

fn refused<T: std::fmt::Debug>(what: &str, read: Result<T, StoreError>) {
    let error = read.expect_err(what);
    assert!(matches!(error, StoreError::Unreadable { .. }), "{what}: {error:?}");
    assert!(!error.to_string().contains("twelve"), "{error}");
}

async fn start() -> (Client, Stores, OrganisationId) {
    let client = client().await;
    let stores = Stores::new(&stores::DynamoDb::of(client.clone()), &names());
    (client, stores, organisation())
}

#[tokio::test]
async fn a_wallet_of_a_wrong_type_or_without_a_part_is_refused() {
    let (client, stores, organisation) = start().await;
    let whole = ["available", "reserved", "charged", "line_count"].map(|part| (part, integer(1)));
    for damaged in 0..whole.len() {
        for value in [Some(word()), None] {
            let mut parts = whole.to_vec();
            match value {
                Some(value) => parts[damaged].1 = value,
                None => drop(parts.remove(damaged)),
            }
            put(&client, &names().accounts, (organisation, "#WALLET", "WALLET"), &parts).await;
            refused("a wallet", stores.accounts.wallets.get(organisation).await);
        }
    }
}

#[tokio::test]
async fn a_rate_window_of_a_wrong_type_is_refused_if_it_is_of_this_minute_or_of_the_last_one() {
    let (client, stores, organisation) = start().await;
    for back in [1, 0] {
        let window = format!("live#{:012}", Window::at(START).number - back);
        put(&client, &names().accounts, (organisation, "#RATE", &window), &[("requests", word())]).await;
        let admitted = stores.accounts.rate_windows.admit(organisation, KeyMode::Live, 300, START).await;
        refused("a rate window", admitted);
        client
            .delete_item()
            .table_name(names().accounts)
            .key("pk", S(format!("ORG#{organisation}#RATE")))
            .key("sk", S(window))
            .send()
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_days_spend_and_a_duplicate_guard_of_a_wrong_type_are_refused() {
    let (client, stores, organisation) = start().await;
    put(&client, &names().accounts, (organisation, "#SPEND", DAY), &[("spent", word())]).await;
    refused("a day's spend", stores.campaigns.spent_on(organisation, DAY).await);
    let fingerprint = Fingerprint::of("Hello!", &[]);
    for damaged in ["campaign", "ends_at"] {
        let parts = ["campaign", "ends_at", "expires_at"]
            .map(|part| (part, if part == damaged { word() } else { integer(1) }));
        put(&client, &names().campaigns, (organisation, "#SENT", fingerprint.as_str()), &parts).await;
        refused("a guard", stores.campaigns.last_send(organisation, &fingerprint).await);
    }
}

#[tokio::test]
async fn a_head_with_an_attribute_of_a_wrong_type_is_an_error_and_other_heads_are_read() {
    let (client, stores, organisation) = start().await;
    let key = CampaignKey { organisation, campaign: CampaignId::new(1).unwrap() };
    let mut audience = Audience::default();
    audience.add_leaf(&[&packed::pack(&[phone(254_711_000_001)])], None).unwrap();
    stores.campaigns.write_batches(key, KeyMode::Live, &audience, BatchSize::FULL, START).await.unwrap();
    let open = ("state", S("open".to_owned()));
    put(&client, &names().campaigns, (organisation, "#C1#B1", "HEAD"), std::slice::from_ref(&open)).await;
    for (name, value) in [
        ("state", S("shut".to_owned())),
        ("lease_until", word()),
        ("delays", integer(-1)),
        ("held", word()),
        ("reports", word()),
        ("unpaid", word()),
    ] {
        let parts = [open.clone(), (name, value)];
        put(&client, &names().campaigns, (organisation, "#C1#B0", "HEAD"), &parts).await;
        refused(name, stores.campaigns.batch(key.batch(0)).await);
        let heads = stores.campaigns.heads(key, 0..3).await.unwrap();
        assert_eq!((heads.read.len(), heads.unreadable), (1, [0].into()), "{name}");
    }
}
