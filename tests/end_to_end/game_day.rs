//! A game day: each failure that an operator must hear of, and the alarm of `template.yaml` whose own threshold its
//! metric crosses.

use std::collections::BTreeMap;

use domain::timestamp::Millis;
use http::Method;
use platform::telemetry::{self, METRICS_NAMESPACE, Recorded};
use serde_json::Value;
use tests::{
    World, phones,
    template::{resources, template},
};

/// Values of metrics by minute, newest last.
#[derive(Default)]
struct Minutes(Vec<BTreeMap<String, f64>>);

impl Minutes {
    /// Of what functions wrote. Counts of a minute are added; of a gauge the greatest counts.
    fn written(recorded: &[Recorded]) -> Self {
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

    /// So many minutes of a metric of AWS, which the alarm knows by an id.
    fn of_aws(id: &str, values: &[f64]) -> Self {
        Self(values.iter().map(|value| BTreeMap::from([(id.to_owned(), *value)])).collect())
    }

    /// What CloudWatch makes of a metric in a minute.
    fn value(&self, alarm: &Value, minute: &BTreeMap<String, f64>) -> Option<f64> {
        let of = |id: &str| minute.get(id).copied();
        match alarm["Metrics"][0]["Expression"].as_str() {
            Some("SUM(METRICS())") => minute.values().copied().reduce(|a, b| a + b),
            Some("FILL(runs, 0) - FILL(errors, 0)") => (of("runs").is_some() || of("errors").is_some())
                .then(|| of("runs").unwrap_or_default() - of("errors").unwrap_or_default()),
            Some(other) => panic!("an expression that is not known here: {other}"),
            None if alarm["Namespace"] == METRICS_NAMESPACE => {
                let function = alarm["Dimensions"][1]["Value"].as_str().expect("a function");
                of(&format!("{function} {}", alarm["MetricName"].as_str().expect("a name")))
            }
            None => of(alarm["MetricName"].as_str().expect("a name")),
        }
    }

    /// Whether an alarm rings at the end of these minutes.
    fn rings(&self, alarm: &Value) -> bool {
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

fn alarm(name: &str) -> Value {
    template()["Resources"][name]["Properties"].clone()
}

/// The alarms of our own metrics that ring by what this thread has written.
fn ringing() -> Vec<String> {
    let minutes = Minutes::written(&telemetry::take_recorded());
    let alarms = resources(&template(), "AWS::CloudWatch::Alarm");
    let own = alarms.into_iter().filter(|(_, alarm)| alarm["Properties"]["Namespace"] == METRICS_NAMESPACE);
    own.filter(|(_, alarm)| minutes.rings(&alarm["Properties"])).map(|(name, _)| name).collect()
}

async fn campaign_to(world: &World, numbers: &[String]) {
    let book = world.book("Book", numbers).await;
    world.send(&[&book]).await;
}

#[tokio::test]
async fn a_day_without_faults_rings_nothing() {
    let world = World::start().await;
    telemetry::record();
    campaign_to(&world, &phones(0..30)).await;
    world.drain().await;
    world.deliver_reports().await;
    for _ in 0..3 {
        world.clock().advance(Millis::from_mins(1));
        world.tick().await;
    }
    assert_eq!(ringing(), Vec::<String>::new());
}

#[tokio::test]
async fn a_provider_that_answers_5xx_rings() {
    let world = World::start().await;
    telemetry::record();
    campaign_to(&world, &world.magic(&["000037"])).await;
    world.stack.poll_batches().await.unwrap();
    assert_eq!(ringing(), ["AccountInDoubtAlarm", "UnconfirmedRecipientsAlarm"]);
}

#[tokio::test]
async fn revoked_credentials_poison_and_forged_callbacks_ring() {
    let world = World::start().await;
    telemetry::record();
    campaign_to(&world, &world.magic(&["000024"])).await;
    world.drain().await;
    assert_eq!(ringing(), ["CampaignsPausedAlarm"]);

    world.poison("not a task").await;
    world.stack.poll_batches().await.unwrap();
    assert_eq!(ringing(), ["PoisonBatchesAlarm"]);

    let forge = async || {
        let path = format!("/v1/providers/africastalking/receipts/{}/", "f".repeat(48));
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let answer = world.api.without_key().call(Method::POST, &path, &form, "id=1").await;
        answer.refused(403, "forged_callback");
    };
    for _ in 0..5 {
        forge().await;
    }
    assert_eq!(ringing(), Vec::<String>::new(), "five are no flood");
    // Another path and another method are counted too, and none waits for a later call.
    world.clock().advance(Millis::from_mins(5));
    for _ in 0..5 {
        forge().await;
        let api = world.api.without_key();
        api.get("/v1/providers/africastalking/receipts/").await.refused(404, "unknown_path");
        api.get("/v1/providers/sandbox/receipts/").await.refused(405, "method_not_allowed");
    }
    assert_eq!(ringing(), ["ForgedCallbacksAlarm"]);
}

#[tokio::test]
async fn a_campaign_without_progress_rings_and_a_damaged_one_does() {
    let world = World::start().await;
    campaign_to(&world, &phones(0..3)).await;
    telemetry::record();
    let mut last = Vec::new();
    // The clock asks for the batch again and again, and nobody takes it up.
    for _ in 0..35 {
        world.clock().advance(Millis::from_mins(1));
        world.tick().await;
        world.lose_queued_messages().await;
        last = telemetry::take_recorded();
    }
    let idle = last.iter().find(|one| one.metric == telemetry::IDLE_CAMPAIGN_SECONDS).expect("it is written");
    assert!(idle.count == 0 || idle.count > 1_800, "{idle:?}");
    world.clock().advance(Millis::from_mins(1));
    world.tick().await;
    last.extend(telemetry::take_recorded());
    assert!(Minutes::written(&last).rings(&alarm("IdleCampaignAlarm")), "{last:?}");

    world.stack.drain().await.unwrap();
    world.clock().advance(Millis::from_mins(3));
    world.tick().await;
    assert_eq!(ringing(), Vec::<String>::new(), "it has ended");
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_rings() {
    let world = World::start().await;
    telemetry::record();
    let variables = world.stack.variables().clone();
    let lookup = |name: &str| match name {
        "AFRICASTALKING_API_KEY_ARN" => {
            Some("arn:aws:secretsmanager:us-east-1:1:secret:none-AbCdEf".to_owned())
        }
        // Not Secrets Manager: it refuses what it does not know.
        "AWS_ENDPOINT_URL_SECRETS_MANAGER" => variables.get("AWS_ENDPOINT_URL_DYNAMODB").cloned(),
        name => variables.get(name).cloned(),
    };
    let read = stores::read_secrets("dispatch", &["AFRICASTALKING_API_KEY"], &lookup).await;
    assert!(read.is_err());
    assert_eq!(ringing(), ["DispatchSecretAlarm"]);
    // Noted by the machine's time, of which the world's clock knows nothing.
    let campaigns = &world.stack.stores().campaigns;
    assert!(campaigns.has_unreadable_secret(std::time::SystemTime::now().into()).await.unwrap());
}

#[test]
fn metrics_of_aws_ring_at_the_thresholds_of_their_alarms() {
    for (name, id, quiet, loud) in [
        // The clock stopped: five minutes without a run that came to its end.
        ("ClockStoppedAlarm", "runs", vec![0.0, 0.0, 0.0, 0.0, 1.0], vec![0.0; 5]),
        // A table is throttled, minute after minute.
        (
            "ThrottledTablesAlarm",
            "accountsWrites",
            vec![9.0, 0.0, 0.0, 0.0, 9.0],
            vec![0.0, 9.0, 9.0, 0.0, 9.0],
        ),
        // The account has no executions left.
        ("FunctionThrottlesAlarm", "api", vec![0.0, 0.0, 0.0, 1.0], vec![1.0, 0.0, 0.0, 1.0]),
        // A bad deploy: the function cannot start.
        ("FunctionErrorsAlarm", "dispatch", vec![1.0, 0.0], vec![0.0, 1.0]),
        ("HttpErrorsAlarm", "5xx", vec![0.0, 1.0], vec![1.0, 1.0]),
        ("DeadBatchesAlarm", "ApproximateNumberOfMessagesVisible", vec![0.0], vec![1.0]),
        ("DeadReceiptsAlarm", "ApproximateNumberOfMessagesVisible", vec![0.0], vec![1.0]),
    ] {
        let alarm = alarm(name);
        assert!(!Minutes::of_aws(id, &quiet).rings(&alarm), "{name}: {quiet:?}");
        assert!(Minutes::of_aws(id, &loud).rings(&alarm), "{name}: {loud:?}");
    }
    assert!(Minutes::default().rings(&alarm("ClockStoppedAlarm")), "a schedule that is gone writes nothing");
    assert!(!Minutes::default().rings(&alarm("FunctionErrorsAlarm")), "silence is no error");
}
