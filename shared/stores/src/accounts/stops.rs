//! Stops of accepting and dispatching, set by the operator and checked by every send and every hand-over.
//!
//! ```text
//! STOPS    ALL#<activity>         for all organisations: since when, and why
//!          ORG#<org>#<activity>   for one organisation
//!          ACCOUNT#<account>      a hold: nothing is handed over to one provider account
//! ```
//! They share a partition, so that one query reads all of them. There are rarely any: a function caches the result for
//! [`STOP_DELAY`].

use std::sync::Arc;

use domain::{
    ids::{AccountName, OrganisationId},
    stop::{AccountHold, Activity, STOP_DELAY, Stop, Stops},
    timestamp::Timestamp,
};
use platform::clock::Clock;
use serde::Deserialize;

use crate::{
    error::StoreError,
    item::{Item, Key, check_refused, from_item, number, text},
    keys::organisation_partition,
    recent::Recent,
    table::{Change, Conditional, Range, Table},
};

const WHAT: &str = "a stop";
const PARTITION: &str = "STOPS";
const ALL_ORGANISATIONS: &str = "ALL";
const HOLD_PREFIX: &str = "ACCOUNT#";

/// The attributes of a stop's item besides its key.
#[derive(Deserialize)]
struct StopRecord {
    since: Timestamp,
    reason: Option<String>,
}

/// Reads and writes stops. Clones share the cache.
#[derive(Clone, Debug)]
pub struct StopSwitch {
    table: Table,
    recent: Recent<Stops>,
}

impl StopSwitch {
    pub fn new(table: Table) -> Self {
        Self { table, recent: Recent::new(STOP_DELAY) }
    }

    /// Stops an activity of all organisations or of one. A stop that exists keeps its start and gets the new reason.
    pub async fn stop(
        &self,
        organisation: Option<OrganisationId>,
        activity: Activity,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.set(&key(organisation, activity), reason, now).await
    }

    async fn set(&self, key: &Key, reason: Option<&str>, now: Timestamp) -> Result<(), StoreError> {
        let set = "SET since = if_not_exists(since, :now), v = :form";
        let change = match reason {
            Some(reason) => Change::new(format!("{set}, reason = :reason")).value(":reason", text(reason)),
            None => Change::new(set),
        };
        let change = change.value(":now", number(now.millis()));
        match self.table.update(key, change).await? {
            Conditional::Applied => Ok(()),
            Conditional::Refused(found) => {
                check_refused(WHAT, found.as_ref())?;
                Err(StoreError::Contended { operation: "stopping" })
            }
        }
    }

    /// Ends a stop, if there is one.
    pub async fn lift(
        &self,
        organisation: Option<OrganisationId>,
        activity: Activity,
    ) -> Result<(), StoreError> {
        self.table.delete(&key(organisation, activity)).await
    }

    /// Holds a provider account. A hold that exists keeps its start and gets the new reason.
    pub async fn hold(
        &self,
        account: AccountName,
        reason: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.set(&hold_key(account), reason, now).await
    }

    /// Ends the hold of a provider account, if there is one.
    pub async fn open(&self, account: AccountName) -> Result<(), StoreError> {
        self.table.delete(&hold_key(account)).await
    }

    /// All stops, read from the table.
    pub async fn read(&self) -> Result<Stops, StoreError> {
        let items = self.table.query(Range::of(PARTITION)).await?;
        let (holds, stops): (Vec<_>, Vec<_>) =
            items.into_iter().partition(|item| Key::of(item).sk.starts_with(HOLD_PREFIX));
        let stops = stops.into_iter().map(stop_of).collect::<Result<_, _>>().map(Stops::new)?;
        Ok(stops.with_holds(holds.into_iter().map(hold_of).collect::<Result<_, _>>()?))
    }

    /// All stops, as they were at most [`STOP_DELAY`] before this returns.
    pub async fn current(&self, clock: &Clock) -> Result<Arc<Stops>, StoreError> {
        self.recent.get(clock, "reading the stops", || self.read()).await
    }
}

fn key(organisation: Option<OrganisationId>, activity: Activity) -> Key {
    let scope = organisation.map_or_else(|| ALL_ORGANISATIONS.to_owned(), organisation_partition);
    Key::new(PARTITION, format!("{scope}#{}", activity.as_str().to_uppercase()))
}

fn hold_key(account: AccountName) -> Key {
    Key::new(PARTITION, format!("{HOLD_PREFIX}{account}"))
}

fn hold_of(item: Item) -> Result<AccountHold, StoreError> {
    let place = Key::of(&item).sk;
    let account = place.strip_prefix(HOLD_PREFIX).and_then(|name| name.parse().ok()).ok_or_else(|| {
        StoreError::Unreadable { what: WHAT, reason: "its key names no account".to_owned() }
    })?;
    let StopRecord { since, reason } = from_item(WHAT, item)?;
    Ok(AccountHold { account, since, reason })
}

fn stop_of(item: Item) -> Result<Stop, StoreError> {
    let (organisation, activity) = concerns(&Key::of(&item).sk).ok_or_else(|| {
        let reason = "its key names no activity, or no organisation".to_owned();
        StoreError::Unreadable { what: WHAT, reason }
    })?;
    let StopRecord { since, reason } = from_item(WHAT, item)?;
    Ok(Stop { organisation, activity, since, reason })
}

fn concerns(place: &str) -> Option<(Option<OrganisationId>, Activity)> {
    let (scope, activity) = place.rsplit_once('#')?;
    let activity = activity.to_lowercase().parse().ok()?;
    match scope {
        ALL_ORGANISATIONS => Some((None, activity)),
        _ => Some((Some(scope.strip_prefix("ORG#")?.parse().ok()?), activity)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_stop_names_the_organisation_and_the_activity() {
        let organisation = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap();
        for scope in [None, Some(organisation)] {
            for activity in Activity::ALL {
                assert_eq!(concerns(&key(scope, activity).sk), Some((scope, activity)));
            }
        }
        for place in ["", "ALL", "ALL#RECEIVING", "ORG#acme#ACCEPTING", "EVERYBODY#ACCEPTING"] {
            assert_eq!(concerns(place), None, "{place}");
        }
    }
}
