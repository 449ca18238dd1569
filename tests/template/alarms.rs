//! Compares the alarms with the metrics that functions and AWS write.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use platform::telemetry::{METRICS_NAMESPACE, WATCHED};
use serde_json::{Value, json};

use tests::template::{resources, template};

/// Metrics of AWS that alarms watch, with their dimensions (each service's guide, "metrics and dimensions").
const OF_AWS: [(&str, &str, &[&str]); 9] = [
    ("AWS/ApiGateway", "5xx", &["ApiId"]),
    ("AWS/DynamoDB", "ReadThrottleEvents", &["TableName"]),
    ("AWS/DynamoDB", "WriteThrottleEvents", &["TableName"]),
    ("AWS/DynamoDB", "ReadThrottleEvents", &["TableName", "GlobalSecondaryIndexName"]),
    ("AWS/DynamoDB", "WriteThrottleEvents", &["TableName", "GlobalSecondaryIndexName"]),
    ("AWS/Lambda", "Invocations", &["FunctionName"]),
    ("AWS/Lambda", "Errors", &["FunctionName"]),
    ("AWS/Lambda", "Throttles", &["FunctionName"]),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", &["QueueName"]),
];
const AGE: (&str, &str, &[&str]) = ("AWS/SQS", "ApproximateAgeOfOldestMessage", &["QueueName"]);
/// Metrics of the product that ring at another value than a single count, with their statistic and threshold.
const THRESHOLDS: [(&str, &str, i64); 2] =
    [("IdleCampaignSeconds", "Maximum", 1_800), ("ForgedCallbacks", "Sum", 10)];

/// The tests in which each alarm's situation is made and the alarm rings.
const GAME_DAY: [&str; 5] = [
    "tests/end_to_end/failover.rs",
    "tests/end_to_end/game_day.rs",
    "tests/end_to_end/game_day",
    "functions/local/tests/system/children/bad_deploy.rs",
    "functions/local/tests/system/children/throttles.rs",
];

fn alarms() -> Vec<(String, Value)> {
    let alarms = resources(template(), "AWS::CloudWatch::Alarm");
    alarms.into_iter().map(|(name, alarm)| (name, alarm["Properties"].clone())).collect()
}

fn own_alarms() -> Vec<(String, Value)> {
    alarms().into_iter().filter(|(_, alarm)| alarm["Namespace"] == METRICS_NAMESPACE).collect()
}

/// The metrics of an alarm: each an object with its namespace, name and dimensions.
fn metrics_of(alarm: &Value) -> Vec<Value> {
    let Some(parts) = alarm["Metrics"].as_array() else { return vec![alarm.clone()] };
    parts.iter().map(|part| part["MetricStat"]["Metric"].clone()).filter(|metric| !metric.is_null()).collect()
}

fn dimensions(metric: &Value) -> Vec<(&str, &Value)> {
    let dimensions = metric["Dimensions"].as_array().expect("dimensions");
    dimensions.iter().map(|one| (one["Name"].as_str().expect("a name"), &one["Value"])).collect()
}

#[test]
fn each_watched_metric_has_its_own_alarm_for_this_stack() {
    let mut alarmed = BTreeSet::new();
    for (name, alarm) in own_alarms() {
        let [("Stack", stack), ("Function", function)] = dimensions(&alarm)[..] else {
            panic!("{name}: {alarm}")
        };
        assert_eq!(stack, &json!({"Ref": "AWS::StackName"}), "{name}");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        assert!(alarmed.insert((text(function), text(&alarm["MetricName"]))), "{name}: another alarm has it");
    }
    let expected = WATCHED.map(|(function, metric)| (function.to_owned(), metric.to_owned()));
    assert_eq!(alarmed, BTreeSet::from(expected));
    assert_eq!(
        template()["Globals"]["Function"]["Environment"]["Variables"]["STACK"],
        json!({"Ref": "AWS::StackName"})
    );
}

#[test]
fn an_alarm_on_a_metric_of_the_product_rings_at_the_first_count_unless_it_is_listed() {
    for (name, alarm) in own_alarms() {
        let listed = THRESHOLDS.iter().find(|(metric, _, _)| alarm["MetricName"] == *metric);
        let (_, statistic, threshold) = listed.copied().unwrap_or(("", "Sum", 0));
        assert_eq!(
            (&alarm["Statistic"], &alarm["Threshold"]),
            (&json!(statistic), &json!(threshold)),
            "{name}"
        );
        let datapoints = alarm["DatapointsToAlarm"].as_u64().or(alarm["EvaluationPeriods"].as_u64());
        assert_eq!(datapoints, Some(1), "{name}");
        assert_eq!(alarm["ComparisonOperator"], "GreaterThanThreshold", "{name}");
        assert_eq!(alarm["TreatMissingData"], "notBreaching", "{name}");
    }
}

#[test]
fn every_alarm_notifies_the_topic_and_has_a_description() {
    for (name, alarm) in alarms() {
        let action =
            json!([{"Fn::If": ["HasAlarmTopic", {"Ref": "AlarmTopicArn"}, {"Ref": "AWS::NoValue"}]}]);
        assert_eq!(alarm["AlarmActions"], action, "{name}");
        assert!(alarm["AlarmDescription"].as_str().is_some_and(|text| text.len() > 20), "{name}");
    }
}

#[test]
fn every_metric_of_aws_is_one_that_aws_writes() {
    for (name, alarm) in alarms() {
        for metric in metrics_of(&alarm) {
            if metric["Namespace"] == METRICS_NAMESPACE {
                continue;
            }
            let names: Vec<&str> = dimensions(&metric).iter().map(|(name, _)| *name).collect();
            let is_known = OF_AWS.iter().chain([&AGE]).any(|(namespace, known, dimensions)| {
                metric["Namespace"] == *namespace && metric["MetricName"] == *known && names == *dimensions
            });
            assert!(is_known, "{name}: {metric}");
        }
    }
}

#[test]
fn every_function_is_watched_for_errors_and_throttles() {
    let mut watched = BTreeMap::<String, BTreeSet<String>>::new();
    for metric in alarms().iter().flat_map(|(_, alarm)| metrics_of(alarm)) {
        if metric["Namespace"] == "AWS/Lambda" {
            let function = dimensions(&metric)[0].1["Ref"].as_str().expect("a function").to_owned();
            watched
                .entry(function)
                .or_default()
                .insert(metric["MetricName"].as_str().expect("a name").to_owned());
        }
    }
    for (function, _) in resources(template(), "AWS::Serverless::Function") {
        let metrics = watched.get(&function).unwrap_or_else(|| panic!("{function} is not watched"));
        assert!(metrics.contains("Errors") && metrics.contains("Throttles"), "{function}: {metrics:?}");
    }
}

/// The names of alarms in the game day's sources.
fn rung() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for place in GAME_DAY.map(|place| root.join(place)) {
        if place.is_dir() {
            sources(&place, &mut files);
        } else {
            files.push(place);
        }
    }
    let texts = files.iter().map(|file| fs::read_to_string(file).expect("a text"));
    let quoted = texts.flat_map(|text| text.split('"').map(str::to_owned).collect::<Vec<_>>());
    quoted.filter(|text| text.ends_with("Alarm") && !text.contains(char::is_whitespace)).collect()
}

#[test]
fn every_alarm_rings_in_the_game_day() {
    let deployed: BTreeSet<String> = alarms().into_iter().map(|(name, _)| name).collect();
    assert_eq!(rung(), deployed, "make the situation that rings an alarm in one of {GAME_DAY:?}");
}

/// Rust sources below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// `ClockErrors` as the constant is named: `CLOCK_ERRORS`.
fn constant(metric: &str) -> String {
    let mut name = String::new();
    for (place, letter) in metric.char_indices() {
        if letter.is_ascii_uppercase() && place > 0 {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

#[test]
fn every_watched_metric_is_written_by_its_function_or_by_a_library_of_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (function, metric) in WATCHED {
        let mut files = Vec::new();
        for folder in
            [format!("functions/{function}/src"), "shared/queue/src".into(), "shared/stores/src".into()]
        {
            sources(&root.join(folder), &mut files);
        }
        let use_of = format!("telemetry::{}", constant(metric));
        let is_written = files.iter().any(|file| fs::read_to_string(file).expect("a text").contains(&use_of));
        assert!(is_written, "{function} never writes {metric}");
    }
}
