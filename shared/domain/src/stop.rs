//! Stops by the operator, for all organisations or for one.
//!
//! If accepting is stopped, new sends are refused. If dispatching is stopped, workers leave their batches alone:
//! nothing is handed to a provider, and nothing is lost. A hold does the same for one provider account.

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::{
    campaign::CampaignStatus,
    ids::{AccountName, OrganisationId},
    timestamp::{Millis, Timestamp},
};

/// How long a function may use the stops that it has read. So a stop, and its end, take effect within this time.
pub const STOP_DELAY: Millis = Millis::from_secs(5);

/// An activity that can be stopped.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Activity {
    /// New sends.
    Accepting,
    /// Handing recipients to providers.
    Dispatching,
}

/// A text that names no activity.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("must be accepting or dispatching")]
pub struct UnknownActivity;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stop {
    /// The organisation; `None` for all.
    pub organisation: Option<OrganisationId>,
    /// The stopped activity.
    pub activity: Activity,
    pub since: Timestamp,
    /// The operator's reason. Customers do not read it.
    pub reason: Option<String>,
}

/// An account to which nothing is handed over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountHold {
    pub account: AccountName,
    pub since: Timestamp,
    /// The operator's reason. Customers do not read it.
    pub reason: Option<String>,
}

/// All stops and holds at one time.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Stops {
    stops: Vec<Stop>,
    holds: Vec<AccountHold>,
}

impl Activity {
    pub const ALL: [Self; 2] = [Self::Accepting, Self::Dispatching];

    /// The word for it, in commands and in stored keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepting => "accepting",
            Self::Dispatching => "dispatching",
        }
    }
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Activity {
    type Err = UnknownActivity;

    fn from_str(text: &str) -> Result<Self, UnknownActivity> {
        Self::ALL.into_iter().find(|activity| activity.as_str() == text).ok_or(UnknownActivity)
    }
}

impl Stops {
    pub const fn new(stops: Vec<Stop>) -> Self {
        Self { stops, holds: Vec::new() }
    }

    /// A copy of the stops with these holds of accounts.
    pub fn with_holds(self, holds: Vec<AccountHold>) -> Self {
        Self { holds, ..self }
    }

    pub fn holds(&self) -> impl Iterator<Item = &AccountHold> {
        self.holds.iter()
    }

    /// The hold of an account, if there is one.
    pub fn hold(&self, account: AccountName) -> Option<&AccountHold> {
        self.holds.iter().find(|hold| hold.account == account)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Stop> {
        self.stops.iter()
    }

    /// The stop of an activity of an organisation; the longest if there are two.
    pub fn find(&self, organisation: OrganisationId, activity: Activity) -> Option<&Stop> {
        let concerns = |stop: &&Stop| {
            stop.activity == activity && stop.organisation.is_none_or(|stopped| stopped == organisation)
        };
        self.iter().filter(concerns).min_by_key(|stop| stop.since)
    }

    /// Whether workers leave a campaign's batches alone. The recipients of a campaign that is cancelled or no longer
    /// valid are dropped and refunded even during a stop, because that reaches no one.
    pub fn hold_back(
        &self,
        organisation: OrganisationId,
        campaign: CampaignStatus,
        valid_until: Timestamp,
        now: Timestamp,
    ) -> bool {
        campaign.is_sending() && now < valid_until && self.find(organisation, Activity::Dispatching).is_some()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ONE: OrganisationId = OrganisationId(Uuid::from_u128(1));
    const OTHER: OrganisationId = OrganisationId(Uuid::from_u128(2));

    fn stop(organisation: Option<OrganisationId>, activity: Activity, since: i64) -> Stop {
        Stop { organisation, activity, since: Timestamp::from_secs(since), reason: None }
    }

    #[test]
    fn a_stop_concerns_its_organisation_and_its_activity_alone() {
        let stops = Stops::new(vec![stop(Some(ONE), Activity::Accepting, 5)]);
        assert!(stops.find(ONE, Activity::Accepting).is_some());
        assert_eq!(stops.find(ONE, Activity::Dispatching), None);
        assert_eq!(stops.find(OTHER, Activity::Accepting), None);
    }

    #[test]
    fn a_stop_of_all_organisations_applies_to_each_and_the_oldest_stop_is_reported() {
        let everybody = stop(None, Activity::Dispatching, 7);
        let own = stop(Some(ONE), Activity::Dispatching, 5);
        let stops = Stops::new(vec![everybody.clone(), own.clone()]);
        assert_eq!(stops.find(ONE, Activity::Dispatching), Some(&own));
        assert_eq!(stops.find(OTHER, Activity::Dispatching), Some(&everybody));
    }

    #[test]
    fn a_stop_holds_back_only_recipients_that_would_be_handed_over() {
        let stops = Stops::new(vec![stop(None, Activity::Dispatching, 5)]);
        let (now, valid_until) = (Timestamp::from_secs(10), Timestamp::from_secs(20));
        for state in CampaignStatus::ALL {
            assert_eq!(stops.hold_back(ONE, state, valid_until, now), state.is_sending(), "{state}");
            assert!(!stops.hold_back(ONE, state, valid_until, valid_until), "{state}");
            assert!(!Stops::default().hold_back(ONE, state, valid_until, now), "{state}");
        }
    }

    #[test]
    fn a_hold_concerns_its_account_alone_and_stops_no_organisation() {
        let account = AccountName::new("at-ke");
        let hold = AccountHold { account, since: Timestamp::from_secs(5), reason: None };
        let stops = Stops::default().with_holds(vec![hold.clone()]);
        assert_eq!((stops.hold(account), stops.hold(AccountName::new("aws"))), (Some(&hold), None));
        assert_eq!(stops.find(ONE, Activity::Dispatching), None);
    }

    #[test]
    fn an_activity_is_read_by_its_word() {
        for activity in Activity::ALL {
            assert_eq!(activity.to_string().parse(), Ok(activity));
        }
        assert_eq!("receiving".parse::<Activity>(), Err(UnknownActivity));
    }
}
