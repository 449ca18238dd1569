//! Compares the tables with the definitions that local tables are created from.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stores::schema::{IndexDefinition, TTL_ATTRIBUTE, TableDefinition, tables};

use tests::template::{resources, template};

const TABLE: &str = "AWS::DynamoDB::Table";

fn declared(definition: &TableDefinition) -> Value {
    let name = format!("{}Table", definition.logical_name);
    let found = resources(template(), TABLE).into_iter().find(|(declared, _)| *declared == name);
    found.unwrap_or_else(|| panic!("the template declares no {name}")).1
}

fn key(hash: &str, range: &str) -> Value {
    json!([{"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": range, "KeyType": "RANGE"}])
}

fn index(index: &IndexDefinition) -> Value {
    let mut projection = json!({"ProjectionType": index.projection});
    if !index.included.is_empty() {
        projection["NonKeyAttributes"] = json!(index.included);
    }
    json!({"IndexName": index.name, "KeySchema": key(index.hash.0, index.range.0), "Projection": projection})
}

#[test]
fn the_template_declares_exactly_the_tables_of_the_code() {
    assert_eq!(resources(template(), TABLE).len(), tables().len());
    for definition in tables() {
        let properties = &declared(&definition)["Properties"];
        assert_eq!(properties["KeySchema"], key("pk", "sk"));
        let indexes: Vec<Value> = definition.index.iter().map(index).collect();
        let declared = properties["GlobalSecondaryIndexes"].as_array().cloned().unwrap_or_default();
        assert_eq!(declared, indexes, "indexes of {}", definition.logical_name);
    }
}

#[test]
fn the_attributes_declared_are_those_of_the_keys_with_their_types() {
    for definition in tables() {
        let mut keys = BTreeSet::from([("pk", "S"), ("sk", "S")]);
        keys.extend(definition.index.iter().flat_map(|index| [index.hash, index.range]));
        let table = declared(&definition);
        let attributes = table["Properties"]["AttributeDefinitions"].as_array().expect("a list");
        let text = |attribute: &'_ Value, name: &str| attribute[name].as_str().expect("a text").to_owned();
        let attributes: BTreeSet<(String, String)> = attributes
            .iter()
            .map(|attribute| (text(attribute, "AttributeName"), text(attribute, "AttributeType")))
            .collect();
        let keys = keys.into_iter().map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect();
        assert_eq!(attributes, keys, "attributes of {}", definition.logical_name);
    }
}

#[test]
fn tables_are_billed_by_request_have_a_time_to_live_and_point_in_time_recovery() {
    for definition in tables() {
        let table = declared(&definition);
        let properties = &table["Properties"];
        assert_eq!(properties["BillingMode"], "PAY_PER_REQUEST");
        let ttl = json!({"AttributeName": TTL_ATTRIBUTE, "Enabled": true});
        assert_eq!(properties["TimeToLiveSpecification"], ttl);
        assert_eq!(properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
        assert_eq!(properties["SSESpecification"]["SSEEnabled"], true);
        assert_eq!(table["UpdateReplacePolicy"], "Retain");
    }
}

#[test]
fn a_first_deploy_that_fails_takes_its_tables_back() {
    for definition in tables() {
        let table = declared(&definition);
        assert_eq!(table["DeletionPolicy"], "RetainExceptOnCreate");
        assert_eq!(table["Properties"]["DeletionProtectionEnabled"], json!({"Ref": "ProtectTables"}));
    }
    assert_eq!(template()["Parameters"]["ProtectTables"]["Default"], "false");
}

#[test]
fn a_restored_table_takes_the_place_of_the_stacks_own_everywhere() {
    let whole = template();
    for definition in tables() {
        let name = definition.logical_name;
        assert_eq!(declared(&definition)["Condition"], format!("Owns{name}"));
        let mut unconditional = Vec::new();
        for part in ["Globals", "Resources", "Outputs"] {
            named_without_condition(&whole[part], name, part.to_owned(), &mut unconditional);
        }
        assert_eq!(unconditional, Vec::<String>::new(), "{name}");
    }
}

/// Finds values that name the stack's own table without a choice of the existing one.
fn named_without_condition(value: &Value, table: &str, path: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let choice = fields.get("Fn::If").filter(|choice| choice[0] == format!("Owns{table}"));
            if let Some(choice) = choice {
                assert!(choice[2].to_string().contains(&format!("Existing{table}Table")), "{path}");
                return;
            }
            for (name, value) in fields {
                named_without_condition(value, table, format!("{path}.{name}"), found);
            }
        }
        Value::Array(values) => {
            for (place, value) in values.iter().enumerate() {
                named_without_condition(value, table, format!("{path}[{place}]"), found);
            }
        }
        Value::String(text) => {
            let names =
                text.contains(&format!("${{{table}Table")) || text.starts_with(&format!("{table}Table."));
            if names || (path.ends_with(".Ref") && *text == format!("{table}Table")) {
                found.push(path);
            }
        }
        _ => {}
    }
}
