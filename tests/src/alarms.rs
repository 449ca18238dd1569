//! Judges the alarms of `template.yaml` as CloudWatch does: whether one rings by the values of its metric.

mod expression;

use std::collections::BTreeMap;

use platform::telemetry::{METRICS_NAMESPACE, Recorded};
use serde_json::Value;

use crate::template::{resources, template};

/// Values of metrics by minute, newest last.
#[derive(Default)]
pub struct Minutes(Vec<BTreeMap<String, f64>>);

impl Minutes {
    /// The metrics that functions wrote. Counts of a minute are added; of a gauge the largest value is taken.
    pub fn written(recorded: &[Recorded]) -> Self {
        let minute = |recorded: &Recorded| recorded.at_millis / 60_000;
        let first = recorded.iter().map(minute).min().unwrap_or_default();
        let mut minutes = Self::default();
        for one in recorded {
            let place = (minute(one) - first) as usize;
            if minutes.0.len() <= place {
                minutes.0.resize_with(place + 1, BTreeMap::new);
            }
            let value = minutes.0[place].entry(format!("{} {}", one.function, one.metric)).or_insert(0.0);
            let count = one.count as f64;
            *value = if one.metric.ends_with("Seconds") { value.max(count) } else { *value + count };
        }
        minutes
    }

    /// Minutes of a metric of AWS, by the id that the alarm gives it.
    pub fn of_aws(id: &str, values: &[f64]) -> Self {
        Self(values.iter().map(|value| BTreeMap::from([(id.to_owned(), *value)])).collect())
    }

    /// The values of each minute of several metrics of AWS, by the ids that the alarm gives them.
    pub fn of_ids(minutes: impl IntoIterator<Item = BTreeMap<String, f64>>) -> Self {
        Self(minutes.into_iter().collect())
    }

    /// CloudWatch's value of a metric in a minute.
    fn value(&self, alarm: &Value, minute: &BTreeMap<String, f64>) -> Option<f64> {
        let of = |id: &str| minute.get(id).copied();
        match alarm["Metrics"].as_array() {
            Some(metrics) => of_metrics(metrics, minute),
            None if alarm["Namespace"] == METRICS_NAMESPACE => {
                let function = alarm["Dimensions"][1]["Value"].as_str().expect("a function");
                of(&format!("{function} {}", alarm["MetricName"].as_str().expect("a name")))
            }
            None => of(alarm["MetricName"].as_str().expect("a name")),
        }
    }

    /// Whether an alarm rings at the end of these minutes.
    pub fn rings(&self, alarm: &Value) -> bool {
        let count = |name: &str| alarm[name].as_u64().map(|count| count as usize);
        let metric_period = alarm["Metrics"][1]["MetricStat"]["Period"].as_u64();
        let period = alarm["Period"].as_u64().or(metric_period).expect("a period") as usize / 60;
        let periods = count("EvaluationPeriods").expect("periods");
        let threshold = alarm["Threshold"].as_f64().expect("a threshold");
        let mut breaching = 0;
        for place in 0..periods {
            let end = self.0.len().saturating_sub(place * period);
            let minutes = &self.0[end.saturating_sub(period)..end];
            let values = minutes.iter().filter_map(|minute| self.value(alarm, minute));
            let value = match alarm["Statistic"].as_str() {
                Some("Maximum") => values.reduce(f64::max),
                _ => values.reduce(|a, b| a + b),
            };
            breaching += usize::from(match (value, alarm["ComparisonOperator"].as_str()) {
                (Some(value), Some("GreaterThanThreshold")) => value > threshold,
                (Some(value), Some("LessThanOrEqualToThreshold")) => value <= threshold,
                (Some(_), other) => panic!("a comparison that is not known here: {other:?}"),
                (None, _) => alarm["TreatMissingData"] == "breaching",
            });
        }
        breaching >= count("DatapointsToAlarm").unwrap_or(periods)
    }
}

/// The value of an alarm's expression in a minute.
fn of_metrics(metrics: &[Value], minute: &BTreeMap<String, f64>) -> Option<f64> {
    let id = |metric: &Value| metric["Id"].as_str().expect("an id").to_owned();
    let (math, stats): (Vec<_>, Vec<_>) = metrics.iter().partition(|metric| metric["MetricStat"].is_null());
    let [math] = math[..] else { panic!("one expression: {metrics:?}") };
    let ids: Vec<String> = stats.iter().map(|metric| id(metric)).collect();
    assert!(minute.keys().all(|known| ids.contains(known)), "{minute:?}: the alarm has {ids:?}");
    assert!(stats.iter().all(|metric| metric["MetricStat"]["Stat"] == "Sum"), "{metrics:?}");
    let values: Vec<_> = ids.iter().map(|id| (id.as_str(), minute.get(id).copied())).collect();
    expression::evaluate(math["Expression"].as_str().expect("an expression"), &values)
}

/// The properties of an alarm.
pub fn alarm(name: &str) -> Value {
    template()["Resources"][name]["Properties"].clone()
}

/// The alarms on the product's metrics that ring by these values.
pub fn ringing(recorded: &[Recorded]) -> Vec<String> {
    let minutes = Minutes::written(recorded);
    let alarms = resources(template(), "AWS::CloudWatch::Alarm");
    let own = alarms.into_iter().filter(|(_, alarm)| alarm["Properties"]["Namespace"] == METRICS_NAMESPACE);
    own.filter(|(_, alarm)| minutes.rings(&alarm["Properties"])).map(|(name, _)| name).collect()
}
