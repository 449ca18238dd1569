//! What each function may do: a role of its own, nothing by wildcard.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::{functions, referred, resources, template};

/// The one service without resources to name.
const WITHOUT_RESOURCES: [&str; 2] = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"];

/// A statement of a role, `!If` taken at its word.
fn statements(role: &Value) -> Vec<Value> {
    let policies = role["Properties"]["Policies"].as_array().expect("a role has policies");
    let policy = |policy: &Value| match &policy["Fn::If"] {
        Value::Array(branches) => branches[1].clone(),
        _ => policy.clone(),
    };
    let statements = policies.iter().map(policy).flat_map(|policy| {
        let statements = policy["PolicyDocument"]["Statement"].as_array().cloned();
        statements.expect("a policy has statements")
    });
    statements.collect()
}

fn actions(statement: &Value) -> Vec<String> {
    let texts = match &statement["Action"] {
        Value::Array(actions) => actions.clone(),
        action => vec![action.clone()],
    };
    texts.iter().map(|action| action.as_str().expect("a text").to_owned()).collect()
}

#[test]
fn every_function_has_a_role_that_no_other_has() {
    let template = template();
    let functions = functions(&template);
    let roles: BTreeSet<_> = functions
        .iter()
        .map(|(name, function)| {
            referred(&function["Properties"]["Role"])
                .unwrap_or_else(|| panic!("{name} has no role"))
                .to_owned()
        })
        .collect();
    assert_eq!(roles.len(), functions.len());
    assert_eq!(roles.len(), resources(&template, "AWS::IAM::Role").len());
}

#[test]
fn no_statement_allows_by_wildcard() {
    for (role, resource) in resources(&template(), "AWS::IAM::Role") {
        for statement in statements(&resource) {
            let actions = actions(&statement);
            assert!(actions.iter().all(|action| !action.contains('*')), "{role}: {actions:?}");
            if actions.iter().any(|action| !WITHOUT_RESOURCES.contains(&action.as_str())) {
                let named = !statement["Resource"].to_string().contains('*');
                assert!(named && statement["Resource"].is_object(), "{role}: {actions:?}");
            }
        }
    }
}

#[test]
fn every_statement_says_what_it_is_for() {
    for (role, resource) in resources(&template(), "AWS::IAM::Role") {
        let statements = statements(&resource);
        let purposes: BTreeSet<_> = statements.iter().map(|statement| statement["Sid"].to_string()).collect();
        assert_eq!(purposes.len(), statements.len(), "{role}");
        assert!(!purposes.contains("null"), "{role}");
    }
}

#[test]
fn the_console_may_log_and_trace_and_nothing_else() {
    let (_, role) = resources(&template(), "AWS::IAM::Role")
        .into_iter()
        .find(|(name, _)| name == "ConsoleRole")
        .expect("the console has a role");
    let allowed: BTreeSet<_> = statements(&role).iter().flat_map(actions).collect();
    let own = ["logs:CreateLogStream", "logs:PutLogEvents"].into_iter().chain(WITHOUT_RESOURCES);
    assert_eq!(allowed, own.map(str::to_owned).collect());
}

#[test]
fn nobody_may_read_a_whole_table() {
    let all = resources(&template(), "AWS::IAM::Role");
    let allowed = all.iter().flat_map(|(_, role)| statements(role)).flat_map(|statement| actions(&statement));
    assert!(!allowed.into_iter().any(|action| action == "dynamodb:Scan"));
}
