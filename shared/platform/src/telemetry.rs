//! Logs and metrics: lines on standard output, which Lambda collects.
//!
//! A line never has a phone number, a text or a key: personal types have a `Debug` that hides their value, and the
//! end-to-end tests search every line for planted values.

mod line;
#[cfg(any(test, feature = "seeded"))]
mod recorder;
mod spans;

use std::{
    io::{self, Write},
    str::FromStr,
    sync::{LazyLock, OnceLock},
};

use serde_json::{Map, Value, json};
use thiserror::Error;
use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter,
    filter::LevelFilter,
    fmt::{self, MakeWriter, format::JsonFields},
    util::SubscriberInitExt,
};

#[cfg(any(test, feature = "seeded"))]
pub use recorder::{Recorded, record, take_recorded};
pub use spans::{batch, campaign, invocation, of_campaign, of_organisation, organisation, request};

use crate::environment::{self, Environment, EnvironmentError};

/// Namespace of all metrics in CloudWatch.
pub const METRICS_NAMESPACE: &str = "AddressBookSms";

/// Messages that cannot be understood, which are logged and acknowledged.
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
/// Delivery reports that were found in none of the campaigns that were looked through, while there are older ones.
pub const UNSEARCHED_REPORTS: &str = "UnsearchedReports";
/// Verified calls of a provider that cannot be read.
pub const MALFORMED_CALLBACKS: &str = "MalformedCallbacks";
/// Campaigns that a fault paused: of the provider's account, or too many refusals.
pub const CAMPAIGNS_PAUSED: &str = "CampaignsPaused";
/// Recipients of calls that have ended without an answer that can be relied on. Recipients of a call under way count as
/// unconfirmed in a campaign's status and are not among these.
pub const UNCONFIRMED_RECIPIENTS: &str = "UnconfirmedRecipients";
/// How long the campaign that has made no progress for longest has made none; 0 if all do.
pub const IDLE_CAMPAIGN_SECONDS: &str = "IdleCampaignSeconds";
/// Starts of a function that could not read its secret.
pub const SECRETS_UNREADABLE: &str = "SecretsUnreadable";
/// Calls without a known result that began or deepened the doubt in a provider account.
pub const ACCOUNT_IN_DOUBT: &str = "AccountInDoubt";
/// Provider accounts that were closed because of a fault, or that cannot be used with their settings and secrets.
pub const ACCOUNTS_CLOSED: &str = "AccountsClosed";
/// Calls of the callback addresses that do not come from the provider.
pub const FORGED_CALLBACKS: &str = "ForgedCallbacks";
/// Functions and their metrics that an operator has to act on: each has an alarm in `template.yaml`.
pub const WATCHED: [(&str, &str); 19] = [
    ("callbacks", FORGED_CALLBACKS),
    ("callbacks", MALFORMED_CALLBACKS),
    ("callbacks", SECRETS_UNREADABLE),
    ("callbacks", UNLISTED_REPORTS),
    ("callbacks", UNPLACED_REPORTS),
    ("callbacks", UNSEARCHED_REPORTS),
    ("clock", CLOCK_ERRORS),
    ("clock", IDLE_CAMPAIGN_SECONDS),
    ("dispatch", ACCOUNTS_CLOSED),
    ("dispatch", ACCOUNT_IN_DOUBT),
    ("dispatch", BATCHES_SET_ASIDE),
    ("dispatch", CAMPAIGNS_PAUSED),
    ("dispatch", POISON_MESSAGES),
    ("dispatch", SECRETS_UNREADABLE),
    ("dispatch", UNCONFIRMED_RECIPIENTS),
    ("dispatch", UNLISTED_CODES),
    ("receipts", POISON_MESSAGES),
    ("receipts", UNLISTED_REPORTS),
    ("receipts", UNSEARCHED_REPORTS),
];

/// The stack's name, a dimension of every metric, since several stacks may share an AWS account.
static STACK: LazyLock<String> =
    LazyLock::new(|| environment::process("STACK").unwrap_or_else(|| "local".to_owned()));

/// Set once a function's process has started its log.
static STARTED: OnceLock<()> = OnceLock::new();

/// The crates whose lines `LOG_LEVEL` controls: all crates of this product that run in a function.
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

    /// The least severe level that is written.
    pub const fn filter(self) -> LevelFilter {
        self.0
    }
}

impl FromStr for LogLevel {
    type Err = LogLevelError;

    /// Ignores case: AWS writes its own levels in capital letters.
    fn from_str(text: &str) -> Result<Self, LogLevelError> {
        let named = Self::NAMES.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        named.map(|(_, level)| Self(level)).ok_or(LogLevelError)
    }
}

/// Starts logging: JSON lines at `LOG_LEVEL` (default `info`).
///
/// # Errors
/// If `LOG_LEVEL` is not a level.
pub fn start() -> Result<(), EnvironmentError> {
    let level = LogLevel::read(&environment::process)?;
    // A second start, in a test or with several functions in one process, keeps the first subscriber.
    let _ = subscriber(level.filter(), io::stdout).try_init();
    let _ = STARTED.set(());
    Ok(())
}

/// The subscriber that writes the lines from a level on. A line that cannot be written, as on a full disk, is dropped.
pub fn subscriber<W>(level: LevelFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    // Otherwise the formatter reports its own failure to standard error, and panics if that fails too.
    let lines = fmt::fmt().log_internal_errors(false);
    let lines = lines.fmt_fields(JsonFields::new()).event_format(line::FlatJson);
    lines.with_env_filter(filter(level)).with_writer(writer).finish()
}

/// Lines of our crates from `level` on; lines of other crates from `warn` on only, because below it the Lambda runtime
/// and the SDK write whole events and requests, with keys, numbers and texts.
fn filter(level: LevelFilter) -> EnvFilter {
    let own = OWN_CRATES.map(|name| format!("{name}={level}")).join(",");
    EnvFilter::new(format!("warn,{own}"))
}

/// Writes one line in CloudWatch's embedded metric format: counts without any call to CloudWatch.
/// (Amazon CloudWatch User Guide, "Specification: Embedded metric format".)
pub fn metrics(now_millis: i64, function: &str, counts: &[(&str, i64)]) {
    #[cfg(any(test, feature = "seeded"))]
    recorder::note(now_millis, function, counts);
    // Not through the log's formatter, because CloudWatch reads the metrics from the line itself.
    let line = embedded_metrics(now_millis, function, counts);
    match STARTED.get() {
        // `println!` panics if standard output is a file on a full disk, and a worker would crash during a hand-over.
        Some(()) => {
            let _ = writeln!(io::stdout(), "{line}");
        }
        None => println!("{line}"),
    }
}

fn embedded_metrics(now_millis: i64, function: &str, counts: &[(&str, i64)]) -> Value {
    let names: Vec<Value> =
        counts.iter().map(|(name, _)| json!({"Name": name, "Unit": unit(name)})).collect();
    let directive =
        json!({"Namespace": METRICS_NAMESPACE, "Dimensions": [["Stack", "Function"]], "Metrics": names});
    let mut line = Map::new();
    line.insert("_aws".to_owned(), json!({"Timestamp": now_millis, "CloudWatchMetrics": [directive]}));
    line.insert("Stack".to_owned(), STACK.as_str().into());
    line.insert("Function".to_owned(), function.into());
    line.extend(counts.iter().map(|(name, count)| ((*name).to_owned(), Value::from(*count))));
    Value::Object(line)
}

/// A metric's unit, by the end of its name; a count otherwise.
fn unit(metric: &str) -> &'static str {
    if metric.ends_with("Seconds") { "Seconds" } else { "Count" }
}

#[cfg(test)]
mod tests {
    use std::io;

    use domain::{ids::CampaignId, keys::CampaignKey};

    use super::*;

    const ORGANISATION: &str = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f";

    fn lines(level: LevelFilter, log: impl FnOnce()) -> Vec<Value> {
        let (reader, writer) = io::pipe().unwrap();
        let subscriber = subscriber(level, move || writer.try_clone().unwrap());
        tracing::subscriber::with_default(subscriber, log);
        io::read_to_string(reader).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_log_line_is_flat_and_has_the_request_the_organisation_and_the_campaign() {
        let organisation = ORGANISATION.parse().unwrap();
        let key = CampaignKey { organisation, campaign: CampaignId::new(84).unwrap() };
        let lines = lines(LevelFilter::WARN, || {
            request("r-1").in_scope(|| {
                of_organisation(organisation);
                of_campaign(84);
                tracing::error!(error = %"torn", attempt = 2, "a store did not answer");
            });
            invocation("r-2")
                .in_scope(|| batch(key.batch(3)).in_scope(|| tracing::warn!("a batch was left")));
            tracing::info!("below the level");
        });
        let [mut request, mut batch] = <[Value; 2]>::try_from(lines).unwrap();
        for line in [&mut request, &mut batch] {
            assert!(line["timestamp"].take().is_string());
        }
        let expected = json!({
            "timestamp": null, "level": "ERROR", "message": "a store did not answer", "error": "torn", "attempt": 2,
            "request.id": "r-1", "organisation.id": ORGANISATION, "campaign.id": 84,
        });
        assert_eq!(request, expected);
        let expected = json!({
            "timestamp": null, "level": "WARN", "message": "a batch was left",
            "request.id": "r-2", "organisation.id": ORGANISATION, "campaign.id": 84, "batch.number": 3,
        });
        assert_eq!(batch, expected);
    }

    #[test]
    fn span_fields_are_written_at_every_level_but_off() {
        for level in [LevelFilter::ERROR, LevelFilter::TRACE] {
            let lines = lines(level, || request("r-1").in_scope(|| tracing::error!("wrong")));
            assert_eq!(lines[0]["request.id"], "r-1", "{level}");
        }
        assert!(lines(LevelFilter::OFF, || tracing::error!("wrong")).is_empty());
    }

    #[test]
    fn a_thread_records_the_metrics_that_it_writes() {
        metrics(1, "clock", &[("ClockErrors", 1)]);
        record();
        metrics(2, "clock", &[("ClockErrors", 3)]);
        let written = Recorded {
            function: "clock".to_owned(),
            metric: "ClockErrors".to_owned(),
            count: 3,
            at_millis: 2,
        };
        assert_eq!(take_recorded(), [written]);
        assert_eq!(take_recorded(), []);
    }

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
    fn a_lower_level_adds_no_lines_of_other_crates() {
        let shown = filter(LevelFilter::TRACE).to_string();
        assert!(shown.contains("dispatch=trace"), "{shown}");
        assert!(shown.split(',').any(|directive| directive == "warn"), "{shown}");
        assert!(!shown.contains("lambda") && !shown.contains("aws"), "{shown}");
    }

    #[test]
    fn a_metric_line_names_each_count_with_its_unit() {
        let line = embedded_metrics(5, "clock", &[("StalledBatches", 2), ("IdleCampaignSeconds", 7)]);
        assert_eq!(line["StalledBatches"], 2);
        assert_eq!((&line["Stack"], &line["Function"]), (&json!("local"), &json!("clock")));
        assert_eq!(line["_aws"]["Timestamp"], 5);
        let expected = json!([{"Name": "StalledBatches", "Unit": "Count"}, {"Name": "IdleCampaignSeconds", "Unit": "Seconds"}]);
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Metrics"], expected);
    }
}
