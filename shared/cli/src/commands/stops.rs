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
    output(&stores, &stops).await
}

pub(super) async fn go(args: GoArgs, at: Deployment, data: &Path) -> Result<Output, CliError> {
    let stores = Target::of(at, data).await?.stores().await?;
    let scope = scope(&stores, args).await?;
    output(&stores, &operator::go(&stores, scope).await?).await
}

pub(super) async fn list(at: Deployment, data: &Path) -> Result<Output, CliError> {
    let stores = Target::of(at, data).await?.stores().await?;
    output(&stores, &stores.accounts.stops.read().await?).await
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
async fn output(stores: &Stores, stops: &Stops) -> Result<Output, CliError> {
    let (mut lines, mut results) = (Vec::new(), Vec::new());
    for stop in stops.iter() {
        let organisation = slug(stores, stop).await?;
        lines.push(line(stop, organisation.as_deref()));
        results.push(document(stop, organisation));
    }
    if stops.iter().any(|stop| stop.activity == Activity::Accepting) {
        lines.push(ALARM.to_owned());
    }
    let text = if lines.is_empty() { "Nothing is stopped.".to_owned() } else { lines.join("\n") };
    let seconds = STOP_DELAY.secs_rounded_up();
    let document =
        json!({"total": results.len(), "results": results, "takes_effect_within_seconds": seconds});
    Ok(Output::new(text, document))
}

/// The short name of the stopped organisation, by which commands name it.
async fn slug(stores: &Stores, stop: &Stop) -> Result<Option<String>, CliError> {
    let Some(id) = stop.organisation else { return Ok(None) };
    let organisation = stores.accounts.organisations.get(id).await?;
    // A stop of an organisation that is gone is shown by the id.
    Ok(Some(organisation.map_or_else(|| id.to_string(), |organisation| organisation.slug.to_string())))
}

fn line(stop: &Stop, organisation: Option<&str>) -> String {
    let scope = organisation.unwrap_or("all organisations");
    let since = stop.since.rfc3339(Offset::UTC);
    let reason = stop.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("{} is stopped for {scope} since {since}{reason}", stop.activity)
}

fn document(stop: &Stop, organisation: Option<String>) -> Value {
    json!({
        "activity": stop.activity.as_str(),
        "organisation": organisation,
        "organisation_id": stop.organisation,
        "since": stop.since.rfc3339(Offset::UTC),
        "reason": stop.reason,
    })
}
