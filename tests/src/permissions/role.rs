//! A function's role, as the template declares it.

use std::collections::BTreeMap;

use harness::need::Need;
use serde_json::Value;

use super::{grant::Grant, is_like};
use crate::template::{functions, referred, resources};

/// Names of tables and queues, by a part of their logical names. The queues of batches count as one: a role that may
/// use one may use all.
const RESOURCES: [(&str, &str); 6] = [
    ("AccountsTable", "Accounts"),
    ("AddressBooksTable", "AddressBooks"),
    ("CampaignsTable", "Campaigns"),
    ("BatchesQueue", "batches"),
    ("ReceiptsQueue", "receipts"),
    ("AwsEventsQueue", "events"),
];

#[derive(Debug)]
pub struct Role {
    statements: Vec<Statement>,
    /// The grants of all statements.
    grants: Vec<Grant>,
}

/// The permissions of one statement: each action on each resource, for keys that match.
#[derive(Debug)]
struct Statement {
    actions: Vec<String>,
    resources: Vec<String>,
    keys: Option<Vec<String>>,
    /// The place of the first of its grants among those of the role.
    first_grant: usize,
}

/// The roles of all functions, by the functions' names.
pub fn roles(template: &Value) -> BTreeMap<String, Role> {
    let declared: BTreeMap<String, Value> = resources(template, "AWS::IAM::Role").into_iter().collect();
    let role = |(name, function): (String, Value)| {
        let word = function["Metadata"]["BuildProperties"]["Binary"].as_str().map(str::to_owned);
        let role = referred(&function["Properties"]["Role"]).and_then(|role| declared.get(role));
        let role = role.unwrap_or_else(|| panic!("{name} has no role"));
        (word.unwrap_or(name), Role::of(&statements(role)))
    };
    functions(template).into_iter().map(role).collect()
}

/// The statements of a role, with every `!If` taken as true.
pub fn statements(role: &Value) -> Vec<Value> {
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

impl Role {
    fn of(declared: &[Value]) -> Self {
        let (mut statements, mut grants) = (Vec::new(), Vec::new());
        for statement in declared {
            let statement = Statement::of(statement, grants.len());
            grants.extend(statement.grants());
            statements.push(statement);
        }
        Self { statements, grants }
    }

    /// The permissions that a need uses, one for each of its keys, by their places among [`Role::grants`]; `None` if no
    /// single statement allows it.
    pub fn allows(&self, need: &Need) -> Option<Vec<usize>> {
        self.statements.iter().find_map(|statement| statement.allows(need))
    }

    /// All its permissions. One that several statements have is among them several times.
    pub fn grants(&self) -> &[Grant] {
        &self.grants
    }
}

impl Statement {
    fn of(statement: &Value, first_grant: usize) -> Self {
        let like = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
        Self {
            actions: texts(&statement["Action"]),
            resources: list(&statement["Resource"]).iter().map(resource).collect(),
            keys: (!like.is_null()).then(|| texts(like)),
            first_grant,
        }
    }

    fn allows(&self, need: &Need) -> Option<Vec<usize>> {
        let action = self.actions.iter().position(|action| *action == need.action)?;
        let resource = self.resources.iter().position(|resource| *resource == need.resource)?;
        let grants_of_a_resource = self.keys.as_ref().map_or(1, Vec::len);
        let first = self.first_grant + (action * self.resources.len() + resource) * grants_of_a_resource;
        let Some(patterns) = &self.keys else { return Some(vec![first]) };
        let like = |key: &String| patterns.iter().position(|pattern| is_like(key, pattern));
        need.keys.iter().map(|key| like(key).map(|place| first + place)).collect()
    }

    /// Its grants, in the order that [`Statement::allows`] counts on.
    fn grants(&self) -> Vec<Grant> {
        let keys: Vec<Option<String>> =
            self.keys.as_ref().map_or_else(|| vec![None], |keys| keys.iter().cloned().map(Some).collect());
        let mut grants = Vec::new();
        for action in &self.actions {
            for resource in &self.resources {
                let grant = |keys| Grant { action: action.clone(), resource: resource.clone(), keys };
                grants.extend(keys.iter().cloned().map(grant));
            }
        }
        grants
    }
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

fn texts(value: &Value) -> Vec<String> {
    list(value).iter().map(|text| text.as_str().expect("a text").to_owned()).collect()
}

/// `{"Fn::Sub": "${CampaignsTable.Arn}/index/due"}` is `Campaigns/index/due`; for other services as it is written.
fn resource(value: &Value) -> String {
    let written = value.to_string();
    let Some((_, name)) = RESOURCES.iter().find(|(logical, _)| written.contains(logical)) else {
        return written;
    };
    match written.split_once("/index/") {
        Some((_, index)) => format!("{name}/index/{}", index.split('"').next().unwrap_or_default()),
        None => (*name).to_owned(),
    }
}
