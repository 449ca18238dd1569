//! `stop`, `go` and `stops`: the kill switch.

use std::path::Path;

use domain::{
    stop::{Activity, STOP_DELAY, Stop, Stops},
    timestamp::Offset,
};
use platform::clock::Clock;
use serde_json::{Value, json};
use stores::Stores;

use super::organisations::known;
use crate::{
    CliError,
    args::{Deployment, GoArgs, StopArgs},
    operator::{self, StopScope},
    output::Output,
    target::Target,
};

pub(super) async fn stop(args: StopArgs, at: Deployment, data: &Path) -> Result<Output, CliError> {
    let stores = Target::of(at, data).await?.stores().await?;
    let scope = scope(&stores, args.what).await?;
    let stops = operator::stop(&stores, scope, args.reason.as_deref(), Clock::machine().now()).await?;
    Ok(output(&stops))
}

pub(super) async fn go(args: GoArgs, at: Deployment, data: &Path) -> Result<Output, CliError> {
    let stores = Target::of(at, data).await?.stores().await?;
    let scope = scope(&stores, args).await?;
    Ok(output(&operator::go(&stores, scope).await?))
}

pub(super) async fn list(at: Deployment, data: &Path) -> Result<Output, CliError> {
    let stores = Target::of(at, data).await?.stores().await?;
    Ok(output(&stores.accounts.stops.read().await?))
}

async fn scope(stores: &Stores, args: GoArgs) -> Result<StopScope, CliError> {
    let organisation = match &args.organisation {
        Some(name) => Some(known(stores, name).await?.id),
        None => None,
    };
    Ok(StopScope { organisation, activity: args.activity })
}

/// Shown while new sends are refused, so that the operator does not look for another cause of the alarm.
const ALARM: &str = "New sends are answered 503, so that HttpErrorsAlarm rings while clients try.";

/// The present stops and holds.
fn output(stops: &Stops) -> Output {
    let mut lines: Vec<String> = stops.iter().map(line).collect();
    if stops.iter().any(|stop| stop.activity == Activity::Accepting) {
        lines.push(ALARM.to_owned());
    }
    let text = if lines.is_empty() { "Nothing is stopped.".to_owned() } else { lines.join("\n") };
    let results: Vec<Value> = stops.iter().map(document).collect();
    let seconds = STOP_DELAY.secs_rounded_up();
    Output::new(
        text,
        json!({"total": results.len(), "results": results, "takes_effect_within_seconds": seconds}),
    )
}

fn line(stop: &Stop) -> String {
    let scope =
        stop.organisation.map_or_else(|| "all organisations".to_owned(), |id| format!("organisation {id}"));
    let since = stop.since.rfc3339(Offset::UTC);
    let reason = stop.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("{} is stopped for {scope} since {since}{reason}", stop.activity)
}

fn document(stop: &Stop) -> Value {
    json!({
        "activity": stop.activity.as_str(),
        "organisation_id": stop.organisation,
        "since": stop.since.rfc3339(Offset::UTC),
        "reason": stop.reason,
    })
}
