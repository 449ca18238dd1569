//! Stops of accepting and dispatching, for all organisations or for one.

use domain::{
    ids::OrganisationId,
    stop::{Activity, Stops},
    timestamp::Timestamp,
};
use stores::{StoreError, Stores};

/// The activities and the organisation of a stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StopScope {
    /// `None` for all organisations.
    pub organisation: Option<OrganisationId>,
    /// `None` for all activities.
    pub activity: Option<Activity>,
}

impl StopScope {
    /// All activities of all organisations.
    pub const EVERYTHING: Self = Self { organisation: None, activity: None };

    fn activities(self) -> impl Iterator<Item = Activity> {
        Activity::ALL.into_iter().filter(move |activity| self.activity.is_none_or(|one| one == *activity))
    }
}

/// Stops the given activities, and returns all stops. An existing stop stays.
///
/// # Errors
/// If a table does not answer; repeating it does the rest.
pub async fn stop(
    stores: &Stores,
    scope: StopScope,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<Stops, StoreError> {
    let switch = &stores.accounts.stops;
    for activity in scope.activities() {
        switch.stop(scope.organisation, activity, reason, now).await?;
    }
    switch.read().await
}

/// Ends the stops of the scope, and returns the others. Ending the stop of all organisations keeps the stop of one
/// organisation, and the reverse.
///
/// # Errors
/// If a table does not answer; repeating it does the rest.
pub async fn go(stores: &Stores, scope: StopScope) -> Result<Stops, StoreError> {
    let switch = &stores.accounts.stops;
    for activity in scope.activities() {
        switch.lift(scope.organisation, activity).await?;
    }
    switch.read().await
}
