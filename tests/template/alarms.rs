//! The alarms, held against the metrics that functions write.

use std::collections::BTreeSet;

use platform::telemetry::{METRICS_NAMESPACE, WATCHED};
use serde_json::Value;

use tests::template::{resources, template};

fn own_alarms() -> Vec<(String, Value)> {
    let template = template();
    let alarms = resources(&template, "AWS::CloudWatch::Alarm");
    let own = alarms.into_iter().filter(|(_, alarm)| alarm["Properties"]["Namespace"] == METRICS_NAMESPACE);
    own.map(|(name, alarm)| (name.clone(), alarm["Properties"].clone())).collect()
}

#[test]
fn what_stands_for_somebody_to_look_has_an_alarm_of_its_own() {
    let alarms = own_alarms();
    let watched = |properties: &Value| {
        let dimensions = properties["Dimensions"].as_array().expect("dimensions");
        assert_eq!(dimensions.len(), 1, "{properties}");
        assert_eq!(dimensions[0]["Name"], "Function", "{properties}");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        (text(&dimensions[0]["Value"]), text(&properties["MetricName"]))
    };
    let alarmed: BTreeSet<(String, String)> = alarms.iter().map(|(_, alarm)| watched(alarm)).collect();
    let expected = WATCHED.map(|(function, metric)| (function.to_owned(), metric.to_owned()));
    assert_eq!(alarmed, BTreeSet::from(expected));
    assert_eq!(alarms.len(), WATCHED.len());
}

#[test]
fn one_is_enough_to_tell_and_silence_is_none() {
    for (name, alarm) in own_alarms() {
        assert_eq!(alarm["Statistic"], "Sum", "{name}");
        assert_eq!(alarm["Threshold"], 0, "{name}");
        assert_eq!(alarm["ComparisonOperator"], "GreaterThanThreshold", "{name}");
        assert_eq!(alarm["TreatMissingData"], "notBreaching", "{name}");
        assert!(alarm["AlarmActions"].is_array(), "{name}");
    }
}
