//! The permissions of each function: its own role, and no wildcards.

use std::collections::BTreeSet;

use serde_json::Value;
use tests::{
    permissions::{is_like, statements},
    template::{functions, referred, resources, template},
};

/// Actions that write items.
const WRITES: [&str; 4] =
    ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"];
/// Partitions of Accounts that only an operator's commands write.
const OPERATORS: [&str; 7] = [
    "ORG#3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f",
    "ORG#3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f#KEYS",
    "ORG#3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f#TOPUPS",
    "KEY#00ff",
    "SENDER#ACME",
    "STOPS",
    "PROVIDERS",
];
/// IAM's limit.
const MAX_POLICY_CHARACTERS: usize = 10_240;
/// A table's, with a region and a stack of long names.
const LONG_ARN: &str =
    "arn:aws:dynamodb:ap-southeast-1:123456789012:table/a-stack-with-a-name-of-some-length-AddressBooks";
/// The one service without resources to name.
const WITHOUT_RESOURCES: [&str; 2] = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"];

fn actions(statement: &Value) -> Vec<String> {
    let texts = match &statement["Action"] {
        Value::Array(actions) => actions.clone(),
        action => vec![action.clone()],
    };
    texts.iter().map(|action| action.as_str().expect("a text").to_owned()).collect()
}

#[test]
fn every_function_has_its_own_role() {
    let template = template();
    let functions = functions(template);
    let roles: BTreeSet<_> = functions
        .iter()
        .map(|(name, function)| {
            referred(&function["Properties"]["Role"])
                .unwrap_or_else(|| panic!("{name} has no role"))
                .to_owned()
        })
        .collect();
    assert_eq!(roles.len(), functions.len());
    assert_eq!(roles.len(), resources(template, "AWS::IAM::Role").len());
}

#[test]
fn no_statement_allows_by_wildcard() {
    for (role, resource) in resources(template(), "AWS::IAM::Role") {
        for statement in statements(&resource) {
            let actions = actions(&statement);
            assert!(actions.iter().all(|action| !action.contains('*')), "{role}: {actions:?}");
            if actions.iter().any(|action| !WITHOUT_RESOURCES.contains(&action.as_str())) {
                let named = !statement["Resource"].to_string().contains('*');
                let resources = &statement["Resource"];
                let several = resources.as_array().is_some_and(|all| all.iter().all(Value::is_object));
                assert!(named && (resources.is_object() || several), "{role}: {actions:?}");
            }
        }
    }
}

#[test]
fn every_statement_has_a_unique_sid() {
    for (role, resource) in resources(template(), "AWS::IAM::Role") {
        let statements = statements(&resource);
        let purposes: BTreeSet<_> = statements.iter().map(|statement| statement["Sid"].to_string()).collect();
        assert_eq!(purposes.len(), statements.len(), "{role}");
        assert!(!purposes.contains("null"), "{role}");
    }
}

/// IAM counts all inline policies of a role together, without spaces.
#[test]
fn the_policies_of_a_role_fit_into_iams_limit() {
    for (role, resource) in resources(template(), "AWS::IAM::Role") {
        let statements = statements(&resource).into_iter().map(|mut statement| {
            statement["Resource"] = LONG_ARN.into();
            statement.to_string().len()
        });
        let characters: usize = statements.sum();
        assert!(characters < MAX_POLICY_CHARACTERS, "{role}: {characters}");
    }
}

#[test]
fn the_console_may_only_log_and_trace() {
    let (_, role) = resources(template(), "AWS::IAM::Role")
        .into_iter()
        .find(|(name, _)| name == "ConsoleRole")
        .expect("the console has a role");
    let allowed: BTreeSet<_> = statements(&role).iter().flat_map(actions).collect();
    let own = ["logs:CreateLogStream", "logs:PutLogEvents"].into_iter().chain(WITHOUT_RESOURCES);
    assert_eq!(allowed, own.map(str::to_owned).collect());
}

#[test]
fn no_role_may_read_a_whole_table() {
    let all = resources(template(), "AWS::IAM::Role");
    let allowed = all.iter().flat_map(|(_, role)| statements(role)).flat_map(|statement| actions(&statement));
    assert!(!allowed.into_iter().any(|action| action == "dynamodb:Scan"));
}

/// Only the operator writes keys, top-ups and stops, so that a function that is taken over cannot create one.
#[test]
fn no_function_writes_an_item_that_only_the_operator_writes() {
    let mut judged = 0;
    for (role, resource) in resources(template(), "AWS::IAM::Role") {
        for statement in statements(&resource) {
            let writes = actions(&statement).iter().any(|action| WRITES.contains(&action.as_str()));
            if !writes || !statement["Resource"].to_string().contains("AccountsTable") {
                continue;
            }
            let keys = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
            let keys: Vec<&str> = keys.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            assert!(!keys.is_empty(), "{role} may write every item of Accounts: {statement}");
            for key in OPERATORS {
                assert!(!keys.iter().any(|pattern| is_like(key, pattern)), "{role} may write {key}");
            }
            judged += 1;
        }
    }
    assert!(judged > 5, "{judged}");
}
