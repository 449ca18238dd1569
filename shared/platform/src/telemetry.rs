//! Logs and metrics: lines on standard output, as Lambda collects them.
//!
//! Never a phone number, a text or a key: what is personal has no `Debug` that shows it, and the
//! end-to-end tests look for canaries in every line.

use std::str::FromStr;

use serde_json::{Map, Value, json};
use thiserror::Error;
use tracing_subscriber::{EnvFilter, filter::LevelFilter, fmt};

use crate::environment::{self, Environment, EnvironmentError};

/// Namespace of all metrics in CloudWatch.
pub const METRICS_NAMESPACE: &str = "AddressBookSms";

/// Messages that nobody will ever understand, written down and acknowledged.
pub const POISON_MESSAGES: &str = "PoisonMessages";
/// Batches that cannot be read and were set aside.
pub const BATCHES_SET_ASIDE: &str = "BatchesSetAside";
/// Campaigns that the clock could not look at.
pub const CLOCK_ERRORS: &str = "ClockErrors";
/// Recipients whose answer has a code that the provider's documentation does not list.
pub const UNLISTED_CODES: &str = "UnlistedCodes";
/// Delivery reports whose status the provider's documentation does not list.
pub const UNLISTED_REPORTS: &str = "UnlistedReports";
/// Delivery reports and opt-outs whose phone number cannot be read.
pub const UNPLACED_REPORTS: &str = "UnplacedReports";
/// Calls of which nothing is known, that began or deepened the doubt in a provider account.
pub const ACCOUNT_IN_DOUBT: &str = "AccountInDoubt";
/// Calls of the callback addresses that are not the provider's.
pub const FORGED_CALLBACKS: &str = "ForgedCallbacks";
/// Functions and their metrics that an operator has to look at: each has an alarm in `template.yaml`.
pub const WATCHED: [(&str, &str); 8] = [
    ("callbacks", UNLISTED_REPORTS),
    ("callbacks", UNPLACED_REPORTS),
    ("clock", CLOCK_ERRORS),
    ("dispatch", ACCOUNT_IN_DOUBT),
    ("dispatch", BATCHES_SET_ASIDE),
    ("dispatch", POISON_MESSAGES),
    ("dispatch", UNLISTED_CODES),
    ("receipts", POISON_MESSAGES),
];

/// The crates whose lines `LOG_LEVEL` lets through: all of this product that run in a function.
const OWN_CRATES: [&str; 15] = [
    "api",
    "books",
    "callbacks",
    "clock",
    "console",
    "dispatch",
    "domain",
    "locator",
    "numbering",
    "platform",
    "providers",
    "queue",
    "receipts",
    "stores",
    "web",
];

/// A value of `LOG_LEVEL`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogLevel(LevelFilter);

/// The text is not a level.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("must be one of {}", LogLevel::NAMES.map(|(name, _)| name).join(", "))]
pub struct LogLevelError;

impl LogLevel {
    /// Every level, from the fewest lines to the most.
    const NAMES: [(&'static str, LevelFilter); 6] = [
        ("off", LevelFilter::OFF),
        ("error", LevelFilter::ERROR),
        ("warn", LevelFilter::WARN),
        ("info", LevelFilter::INFO),
        ("debug", LevelFilter::DEBUG),
        ("trace", LevelFilter::TRACE),
    ];

    /// `LOG_LEVEL`, or `info` if it is not set.
    ///
    /// # Errors
    /// If it is not a level.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, EnvironmentError> {
        let mut environment = Environment::new(lookup);
        let level = environment.parsed("LOG_LEVEL", Some(Self(LevelFilter::INFO)));
        environment.finish(level)
    }

    /// The least severe lines that are kept.
    pub const fn filter(self) -> LevelFilter {
        self.0
    }
}

impl FromStr for LogLevel {
    type Err = LogLevelError;

    /// In any case: AWS writes its own levels in capital letters.
    fn from_str(text: &str) -> Result<Self, LogLevelError> {
        let named = Self::NAMES.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        named.map(|(_, level)| Self(level)).ok_or(LogLevelError)
    }
}

/// Starts logging: JSON lines in Lambda's own field names, at `LOG_LEVEL` (default `info`).
///
/// # Errors
/// If `LOG_LEVEL` is not a level.
pub fn start() -> Result<(), EnvironmentError> {
    let filter = filter(LogLevel::read(&environment::process)?.filter());
    // A second start (a test, or several functions in one process) keeps the first.
    let _ = fmt().json().with_env_filter(filter).with_target(false).with_current_span(false).try_init();
    Ok(())
}

/// Our own lines at a level, everybody else's from `warn`, whatever the level: below that the Lambda
/// runtime and the SDK write whole events and requests, with the keys, numbers and texts in them.
fn filter(level: LevelFilter) -> EnvFilter {
    let own = OWN_CRATES.map(|name| format!("{name}={level}")).join(",");
    EnvFilter::new(format!("warn,{own}"))
}

/// Writes one line in CloudWatch's embedded metric format: counts without any call to CloudWatch.
/// (Amazon CloudWatch User Guide, "Specification: Embedded metric format".)
pub fn metrics(now_millis: i64, function: &str, counts: &[(&str, i64)]) {
    // Not through the log's formatter: CloudWatch reads metrics of the line itself.
    println!("{}", embedded_metrics(now_millis, function, counts));
}

fn embedded_metrics(now_millis: i64, function: &str, counts: &[(&str, i64)]) -> Value {
    let names: Vec<Value> = counts.iter().map(|(name, _)| json!({"Name": name, "Unit": "Count"})).collect();
    let directive = json!({"Namespace": METRICS_NAMESPACE, "Dimensions": [["Function"]], "Metrics": names});
    let mut line = Map::new();
    line.insert("_aws".to_owned(), json!({"Timestamp": now_millis, "CloudWatchMetrics": [directive]}));
    line.insert("Function".to_owned(), function.into());
    line.extend(counts.iter().map(|(name, count)| ((*name).to_owned(), Value::from(*count))));
    Value::Object(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_level_is_an_error_that_lists_the_levels() {
        let read = |level: Option<&str>| LogLevel::read(&|_| level.map(str::to_owned));
        for (level, filter) in [
            (None, LevelFilter::INFO),
            (Some(""), LevelFilter::INFO),
            (Some("OFF"), LevelFilter::OFF),
            (Some("Debug"), LevelFilter::DEBUG),
        ] {
            assert_eq!(read(level).map(LogLevel::filter), Ok(filter), "{level:?}");
        }
        for level in ["bogus", "3", " info", "api=debug"] {
            let error = read(Some(level)).unwrap_err().to_string();
            let levels = "LOG_LEVEL: must be one of off, error, warn, info, debug, trace";
            assert!(error.ends_with(levels), "{level}: {error}");
        }
    }

    #[test]
    fn the_level_is_for_lines_of_our_own() {
        let shown = filter(LevelFilter::TRACE).to_string();
        assert!(shown.contains("dispatch=trace"), "{shown}");
        assert!(shown.split(',').any(|directive| directive == "warn"), "{shown}");
        assert!(!shown.contains("lambda") && !shown.contains("aws"), "{shown}");
    }

    #[test]
    fn a_metric_line_names_each_count_with_its_unit() {
        let line = embedded_metrics(5, "clock", &[("StalledBatches", 2)]);
        assert_eq!(line["StalledBatches"], 2);
        assert_eq!(line["Function"], "clock");
        assert_eq!(line["_aws"]["Timestamp"], 5);
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"], "StalledBatches");
    }
}
