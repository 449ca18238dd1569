//! Compares pages with the template: the idle month of OPERATING, and who can read a phone number in SECURITY.

use std::collections::BTreeSet;

use serde_json::Value;
use tests::{
    permissions::{is_like, statements},
    template::{functions, referred, resources, template},
};

const OPERATING: &str = include_str!("../../functions/OPERATING.md");
const SECURITY: &str = include_str!("../../.github/SECURITY.md");

const READS: [&str; 3] = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"];
/// Rows of the page about items with numbers: their beginning, the table, and a partition key.
const NUMBERS: [(&str, &str, &str); 4] = [
    ("| contacts ", "AddressBooksTable", "BOOK#3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f#7c4d#a"),
    ("| rosters ", "AddressBooksTable", "ROSTER#3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f#7c4d"),
    ("| opt-outs ", "AccountsTable", "ORG#3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f#OPTOUT"),
    ("| recipients ", "CampaignsTable", "ORG#3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f#C84#B0"),
];

fn row<'a>(page: &'a str, beginning: &str) -> &'a str {
    let row = page.lines().find(|line| line.starts_with(beginning));
    row.unwrap_or_else(|| panic!("no row begins with {beginning}"))
}

fn texts(value: &Value) -> Vec<&str> {
    let list = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    list.iter().filter_map(Value::as_str).collect()
}

/// Whether a statement allows reads of a partition.
fn reads(statement: &Value, table: &str, key: &str) -> bool {
    let keys = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
    statement["Resource"].to_string().contains(&format!("\"{table}."))
        && texts(&statement["Action"]).iter().any(|action| READS.contains(action))
        && (keys.is_null() || texts(keys).iter().any(|pattern| is_like(key, pattern)))
}

#[test]
fn the_page_of_security_names_every_function_whose_role_may_read_numbers() {
    let (template, mut wrong) = (template(), Vec::new());
    for (beginning, table, key) in NUMBERS {
        let cell = row(SECURITY, beginning).split('|').nth(2).unwrap_or_default();
        let named: BTreeSet<String> = cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        let mut allowed = BTreeSet::new();
        for (function, properties) in functions(template) {
            let role = referred(&properties["Properties"]["Role"]).expect("a function has a role");
            if statements(&template["Resources"][role]).iter().any(|one| reads(one, table, key)) {
                allowed.insert(function.trim_end_matches("Function").to_lowercase());
            }
        }
        if named != allowed {
            wrong.push(format!("{beginning}: the page names {named:?}, the roles allow {allowed:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The metrics that an alarm is billed for.
fn metrics(alarm: &Value) -> usize {
    let metrics = alarm["Properties"]["Metrics"].as_array();
    metrics.map_or(1, |metrics| metrics.iter().filter(|metric| !metric["MetricStat"].is_null()).count())
}

#[test]
fn the_idle_month_counts_the_alarms_and_sums_up() {
    let alarms = resources(template(), "AWS::CloudWatch::Alarm");
    let always: Vec<_> = alarms.iter().filter(|(_, alarm)| alarm["Condition"].is_null()).collect();
    let metrics: usize = always.iter().map(|(_, alarm)| metrics(alarm)).sum();
    let first = format!("| {} alarms over {metrics} metrics, 0.10 each", always.len());
    let (_, table) =
        OPERATING.split_once("| a month in which nothing is sent |").expect("the table is there");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cents = |cell: &str| -> Vec<u32> {
        let cell = cell.replace('*', "");
        cell.split('–').map(|sum| sum.trim().replace('.', "").parse().expect("dollars and cents")).collect()
    };
    let sums: Vec<Vec<u32>> = rows.filter_map(|row| row.split('|').nth(2)).map(cents).collect();
    let (total, parts) = sums.split_last().expect("a row of the sum");
    let of = |end: fn(&Vec<u32>) -> u32| parts.iter().map(end).sum::<u32>();
    assert_eq!(*total, [of(|part| part[0]), of(|part| part[part.len() - 1])], "the sum of the rows");
    assert!(row(OPERATING, &first).ends_with(&format!("| {}.{} |", metrics / 10, metrics % 10 * 10)));
}
