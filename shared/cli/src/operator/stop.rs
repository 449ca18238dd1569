//! The kill switch: stops of accepting and dispatching, for everybody or for one organisation.

use domain::{
    ids::OrganisationId,
    stop::{Activity, Stops},
    timestamp::Timestamp,
};
use stores::{StoreError, Stores};

/// What a stop concerns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StopScope {
    /// One organisation; `None` for everybody.
    pub organisation: Option<OrganisationId>,
    /// One activity; `None` for both.
    pub activity: Option<Activity>,
}

impl StopScope {
    /// Everything, of everybody.
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

/// Ends the stops that are meant, and gives those that are left. The stop of everybody and that of an organisation are
/// two: ending one leaves the other.
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
