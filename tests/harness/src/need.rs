//! The permissions that a call needs.

use std::{collections::BTreeSet, fmt};

use serde_json::Value;

use crate::proxy::Service;

/// An action on a resource, and the partition keys of the items.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Need {
    pub action: String,
    pub resource: String,
    pub keys: BTreeSet<String>,
}

impl fmt::Display for Need {
    /// Writes only the kinds of keys: their other parts are ids and hashes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, resource, keys } = self;
        write!(f, "{action} {resource} {keys:?}")
    }
}

/// Actions of a transaction's items.
const ITEM_ACTIONS: [(&str, &str); 4] = [
    ("Put", "PutItem"),
    ("Update", "UpdateItem"),
    ("Delete", "DeleteItem"),
    ("ConditionCheck", "ConditionCheckItem"),
];

/// The permissions of a call: one action, one for each table of a batch, or one for each item of a transaction.
pub fn needs(service: Service, operation: &str, body: &Value) -> Vec<Need> {
    match service {
        Service::Sqs => vec![of_queue(operation, body)],
        Service::DynamoDb => match operation {
            "TransactWriteItems" => of_transaction(body),
            "BatchGetItem" | "BatchWriteItem" => of_batch(operation, body),
            _ => vec![of_item(operation, body)],
        },
    }
}

fn of_queue(operation: &str, body: &Value) -> Need {
    let url = body["QueueUrl"].as_str().unwrap_or_default();
    let queue = url.rsplit(['/', '-']).next().unwrap_or_default();
    let action = operation.strip_suffix("Batch").unwrap_or(operation);
    Need { action: format!("sqs:{action}"), resource: queue.to_owned(), keys: BTreeSet::new() }
}

fn of_item(operation: &str, body: &Value) -> Need {
    let table = table(body["TableName"].as_str().unwrap_or_default());
    let resource = match body["IndexName"].as_str() {
        Some(index) => format!("{table}/index/{index}"),
        None => table,
    };
    let key = [&body["Key"]["pk"], &body["Item"]["pk"], &body["ExpressionAttributeValues"][":hash"]];
    let keys = key.into_iter().filter_map(text).collect();
    Need { action: format!("dynamodb:{operation}"), resource, keys }
}

fn of_transaction(body: &Value) -> Vec<Need> {
    let items = body["TransactItems"].as_array().into_iter().flatten();
    let parts = items.flat_map(|item| item.as_object().into_iter().flatten());
    let need = |(kind, part): (&String, &Value)| {
        let action =
            ITEM_ACTIONS.iter().find(|(name, _)| name == kind).map_or("Unknown", |(_, action)| action);
        of_item(action, part)
    };
    parts.map(need).collect()
}

fn of_batch(operation: &str, body: &Value) -> Vec<Need> {
    let tables = body["RequestItems"].as_object().into_iter().flatten();
    let need = |(name, request): (&String, &Value)| {
        let gets = request["Keys"].as_array().into_iter().flatten().map(|key| &key["pk"]);
        let writes = request.as_array().into_iter().flatten();
        let puts = writes.clone().map(|write| &write["PutRequest"]["Item"]["pk"]);
        let deletes = writes.map(|write| &write["DeleteRequest"]["Key"]["pk"]);
        let keys = gets.chain(puts).chain(deletes).filter_map(text).collect();
        Need { action: format!("dynamodb:{operation}"), resource: table(name), keys }
    };
    tables.map(need).collect()
}

fn text(value: &Value) -> Option<String> {
    value["S"].as_str().map(str::to_owned)
}

/// A table without the beginning that its stack gave it.
fn table(name: &str) -> String {
    name.rsplit('-').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn needed(operation: &str, body: &Value) -> Vec<(String, String, Vec<String>)> {
        let needs = needs(Service::DynamoDb, operation, body).into_iter();
        needs.map(|need| (need.action, need.resource, need.keys.into_iter().collect())).collect()
    }

    fn one(action: &str, resource: &str, keys: &[&str]) -> (String, String, Vec<String>) {
        (action.to_owned(), resource.to_owned(), keys.iter().map(|key| (*key).to_owned()).collect())
    }

    #[test]
    fn a_transaction_needs_each_of_its_items_actions() {
        let put = json!({"Put": {"TableName": "t1-Accounts", "Item": {"pk": {"S": "a"}}}});
        let delete = json!({"Delete": {"TableName": "t1-Campaigns", "Key": {"pk": {"S": "b"}}}});
        let expected =
            [one("dynamodb:PutItem", "Accounts", &["a"]), one("dynamodb:DeleteItem", "Campaigns", &["b"])];
        assert_eq!(needed("TransactWriteItems", &json!({"TransactItems": [put, delete]})), expected);
    }

    #[test]
    fn a_query_of_an_index_needs_the_index_by_its_own_key() {
        let query = json!({
            "TableName": "Campaigns", "IndexName": "due", "ExpressionAttributeValues": {":hash": {"S": "3"}},
        });
        assert_eq!(needed("Query", &query), [one("dynamodb:Query", "Campaigns/index/due", &["3"])]);
    }

    #[test]
    fn a_batch_needs_every_key_of_each_table() {
        let keys = json!([{"pk": {"S": "a"}, "sk": {"S": "1"}}, {"pk": {"S": "b"}, "sk": {"S": "1"}}]);
        let gets = json!({"RequestItems": {"Accounts": {"Keys": keys}}});
        assert_eq!(needed("BatchGetItem", &gets), [one("dynamodb:BatchGetItem", "Accounts", &["a", "b"])]);
        let writes = json!([
            {"PutRequest": {"Item": {"pk": {"S": "c"}}}},
            {"DeleteRequest": {"Key": {"pk": {"S": "d"}}}},
        ]);
        let writes = json!({"RequestItems": {"t-AddressBooks": writes}});
        let expected = [one("dynamodb:BatchWriteItem", "AddressBooks", &["c", "d"])];
        assert_eq!(needed("BatchWriteItem", &writes), expected);
    }

    #[test]
    fn a_batch_call_to_a_queue_needs_the_action_of_one_message() {
        let body = json!({"QueueUrl": "http://localhost/000000000000/t1-batches"});
        let need = &needs(Service::Sqs, "SendMessageBatch", &body)[0];
        assert_eq!((need.action.as_str(), need.resource.as_str()), ("sqs:SendMessage", "batches"));
    }
}
