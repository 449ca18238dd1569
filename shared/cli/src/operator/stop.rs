//! The kill switch: stops of accepting and dispatching, for everybody or for one organisation.

use domain::{
    ids::OrganisationId,
    stop::{Activity, Stops},
    timestamp::Timestamp,
};
use stores::{StoreError, Stores};

/// The activities and the organisation of a stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StopScope {
    /// One organisation; `None` for all.
    pub organisation: Option<OrganisationId>,
    /// One activity; `None` for both.
    pub activity: Option<Activity>,
}

impl StopScope {
    /// All activities of all organisations.
    pub const EVERYTHING: Self = Self { organisation: None, activity: None };

    fn activities(self) -> impl Iterator<Item = Activity> {
        Activity::ALL.into_iter().filter(move |activity| self.activity.is_none_or(|one| one == *activity))
    }
}

/// Stops what is meant, and gives every stop that there is then. What is stopped already stays stopped.
///
/// # Errors
/// If a table does not answer; doing it again goes on with the rest.
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

/// Ends the stops of the scope, and gives those that are left. Ending the stop of all organisations leaves the stop of
/// one organisation, and the reverse.
///
/// # Errors
/// If a table does not answer; doing it again goes on with the rest.
pub async fn go(stores: &Stores, scope: StopScope) -> Result<Stops, StoreError> {
    let switch = &stores.accounts.stops;
    for activity in scope.activities() {
        switch.lift(scope.organisation, activity).await?;
    }
    switch.read().await
}
