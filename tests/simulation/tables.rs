//! The embedded DynamoDB as a backend, with dumps and restores for tests.

#[cfg(test)]
use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::tables::Tables;

use crate::wire::Backend;

#[cfg(test)]
const TABLES: [&str; 3] = ["Accounts", "AddressBooks", "Campaigns"];

/// All items, by table.
#[cfg(test)]
pub type Dump = BTreeMap<String, Vec<Value>>;

/// Every item of every table, as DynamoDB's JSON, in the order of their keys.
#[cfg(test)]
pub fn dump(tables: &Tables) -> Dump {
    let scan = |table: &&str| {
        let request = json!({"TableName": table, "ConsistentRead": true});
        let mut answer = answer(tables, "Scan", &request);
        assert!(answer["LastEvaluatedKey"].is_null(), "a dump is small");
        let Value::Array(mut items) = answer["Items"].take() else { panic!("{answer}") };
        items.sort_by_key(|item| (item["pk"].to_string(), item["sk"].to_string()));
        ((*table).to_owned(), items)
    };
    TABLES.iter().map(scan).collect()
}

/// Replaces all items by those of a dump.
#[cfg(test)]
pub fn restore(tables: &Tables, backup: &Dump) {
    for (table, items) in dump(tables) {
        for item in items {
            let key = json!({"pk": item["pk"], "sk": item["sk"]});
            answer(tables, "DeleteItem", &json!({"TableName": table, "Key": key}));
        }
    }
    for (table, items) in backup {
        for item in items {
            answer(tables, "PutItem", &json!({"TableName": table, "Item": item}));
        }
    }
}

#[cfg(test)]
fn answer(tables: &Tables, operation: &str, request: &Value) -> Value {
    let (status, answer) = tables.apply(operation, request.to_string().as_bytes());
    assert_eq!(status, 200, "{operation}: {answer}");
    serde_json::from_str(&answer).unwrap()
}

impl Backend for Tables {
    fn apply(&self, operation: &str, body: &[u8]) -> (u16, String) {
        Self::apply(self, operation, body)
    }

    fn leave_over(&self, request: &mut Value) -> Option<(&'static str, Value)> {
        let (table, entries) = request["RequestItems"].as_object_mut()?.iter_mut().next()?;
        let table = table.clone();
        if let Some(writes) = entries.as_array_mut().filter(|writes| writes.len() > 1) {
            return Some(("UnprocessedItems", json!({table: [writes.remove(0)]})));
        }
        let mut left = entries.clone();
        let keys = entries.get_mut("Keys")?.as_array_mut().filter(|keys| keys.len() > 1)?;
        left["Keys"] = json!([keys.remove(0)]);
        Some(("UnprocessedKeys", json!({table: left})))
    }
}
