//! The bytes that a campaign's items take in the tables, by their kind.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{Client, types::AttributeValue};

use crate::support::measured_stack::MeasuredStack;

/// Bytes that DynamoDB counts for a list or a map beside its parts, and for each part.
const CONTAINER_BYTES: usize = 3;
const ENTRY_BYTES: usize = 1;

/// Bytes by kind of item.
#[derive(Clone, Debug, Default)]
pub struct Stored(BTreeMap<&'static str, usize>);

/// The kinds, by how an item's second key begins, in the order of the table.
pub const KINDS: [(&str, &str); 6] = [
    ("L#", "roster leaves"),
    ("PLAN", "plans"),
    ("DIR", "directory"),
    ("J#", "journal"),
    ("HEAD", "heads"),
    ("C#", "header"),
];

impl Stored {
    /// All items of the tables of books and campaigns.
    pub async fn read(measured: &MeasuredStack) -> Self {
        let (client, mut stored) = (measured.dynamodb(), Self::default());
        for table in ["ADDRESS_BOOKS_TABLE", "CAMPAIGNS_TABLE"] {
            stored.add_table(&client, &measured.stack.variables()[table]).await;
        }
        stored
    }

    async fn add_table(&mut self, client: &Client, table: &str) {
        let mut items = client.scan().table_name(table).into_paginator().items().send();
        while let Some(item) = items.next().await {
            let item = item.expect("the table answers");
            let place = item.get("sk").and_then(|sk| sk.as_s().ok()).map(String::as_str).unwrap_or_default();
            if let Some((_, kind)) = KINDS.iter().find(|(prefix, _)| place.starts_with(prefix)) {
                *self.0.entry(kind).or_default() += entries_bytes(&item);
            }
        }
    }

    /// Bytes of one kind.
    pub fn of(&self, kind: &str) -> f64 {
        self.0.get(kind).copied().unwrap_or_default() as f64
    }
}

fn entries_bytes<'a>(entries: impl IntoIterator<Item = (&'a String, &'a AttributeValue)>) -> usize {
    entries.into_iter().map(|(name, value)| name.len() + value_bytes(value)).sum()
}

/// Sizes by the developer guide, "DynamoDB item sizes and formats".
fn value_bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::M(entries) => CONTAINER_BYTES + entries.len() * ENTRY_BYTES + entries_bytes(entries),
        AttributeValue::L(values) => {
            CONTAINER_BYTES + values.iter().map(|value| ENTRY_BYTES + value_bytes(value)).sum::<usize>()
        }
        _ => 1,
    }
}
