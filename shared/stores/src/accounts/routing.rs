//! Routes, which an operator sets, with the accounts that they lead to.
//!
//! ```text
//! PROVIDERS   A#<account>        an account (`provider_accounts`)
//!             ROUTES             the deployment's routes
//!             ROUTES#ORG#<org>   an organisation's own
//! ```
//! The accounts and the deployment's routes are next to each other, so that one query reads them and nothing else: at most
//! 300 routes, however many organisations have their own. An organisation's own routes are one item, read when one of its
//! campaigns is. A function keeps what it has read for [`ROUTING_DELAY`].

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    ids::{AccountName, OrganisationId},
    pacing::Pace,
    routes::{Leg, Route, RouteList, Routes},
    sender_id::SenderId,
    timestamp::Millis,
};
use platform::clock::Clock;
use serde::{Deserialize, Serialize};

use super::provider_accounts::{ACCOUNT_PREFIX, PARTITION, StoredAccount, account_of};
use crate::{
    error::StoreError,
    item::{Item, Key, check_refused, from_item, number, to_item},
    keys::organisation_partition,
    recent::{Recent, RecentByKey},
    retry::{RetryPolicy, Tries},
    table::{Change, Conditional, Range, Table},
};

/// How long a function may use routes and accounts that it has read: a change takes effect within this time.
pub const ROUTING_DELAY: Millis = Millis::from_secs(30);

const WHAT: &str = "routes";
const ROUTES: &str = "ROUTES";
const READING: &str = "reading the routes";
/// Most organisations whose own routes a function keeps.
const MOST_ORGANISATIONS_KEPT: usize = 256;

/// The accounts and routes of a deployment at one time.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Routing {
    /// The accounts that an operator added, by name.
    pub accounts: Vec<StoredAccount>,
    pub deployment: RouteList,
}

/// Accounts, and the routes of the deployment and of every organisation: for an operator's commands.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WholeRouting {
    pub routing: Routing,
    /// The routes of the organisations that have their own.
    pub organisations: BTreeMap<OrganisationId, RouteList>,
}

#[derive(Serialize, Deserialize)]
struct RoutesRecord {
    routes: RouteList,
    /// The number of writes of this list.
    revision: u64,
}

impl Routing {
    fn add(&mut self, place: &str, item: Item) -> Result<(), StoreError> {
        if place == ROUTES {
            self.deployment = routes_of(item)?;
        } else {
            self.accounts.push(account_of(item)?);
        }
        Ok(())
    }

    /// An account that an operator added.
    pub fn account(&self, name: AccountName) -> Option<&StoredAccount> {
        self.accounts.iter().find(|account| account.name == name)
    }

    /// The routes of an organisation that has these of its own. `only_account` is the account that `PROVIDER` names.
    pub fn routes(&self, own: &RouteList, only_account: AccountName) -> Routes {
        Routes::new(&self.deployment, own, only_account)
    }

    /// The rate of an account: its own, or that of the deployment's parameters if `PROVIDER` names it (`named`).
    pub fn pace(
        &self,
        account: AccountName,
        named: AccountName,
        of_parameters: Option<Pace>,
    ) -> Option<Pace> {
        let own = self.account(account).and_then(|stored| stored.pace);
        own.or(of_parameters.filter(|_| account == named))
    }

    /// The rate of a sender of an account, if it has one of its own.
    pub fn sender_pace(&self, account: AccountName, sender: &SenderId) -> Option<Pace> {
        self.account(account).and_then(|stored| stored.sender_paces.get(sender).copied())
    }

    /// Whether the account of a leg takes the sender that a campaign has on this leg.
    pub fn takes_sender(&self, leg: &Leg, campaign: &SenderId) -> bool {
        self.account(leg.account).is_none_or(|account| account.may_send_as(leg.sender(campaign)))
    }
}

impl WholeRouting {
    /// An organisation's own routes, or those of the deployment.
    pub fn list(&self, organisation: Option<OrganisationId>) -> RouteList {
        match organisation {
            None => self.routing.deployment.clone(),
            Some(organisation) => self.organisations.get(&organisation).cloned().unwrap_or_default(),
        }
    }

    /// Every route that leads to an account, with the organisation that it belongs to.
    pub fn routes_to(
        &self,
        account: AccountName,
    ) -> impl Iterator<Item = (Option<OrganisationId>, &Route)> + use<'_> {
        let own = self.organisations.iter().map(|(organisation, list)| (Some(*organisation), list));
        let routes = own
            .chain([(None, &self.routing.deployment)])
            .flat_map(|(whose, list)| list.routes().iter().map(move |route| (whose, route)));
        routes.filter(move |(_, route)| route.legs().iter().any(|leg| leg.account == account))
    }
}

/// Reads and writes routes. Clones share what they have read.
#[derive(Clone, Debug)]
pub struct RoutingStore {
    table: Table,
    recent: Recent<Routing>,
    own: RecentByKey<OrganisationId, RouteList>,
}

impl RoutingStore {
    pub fn new(table: Table) -> Self {
        let own = RecentByKey::new(ROUTING_DELAY, MOST_ORGANISATIONS_KEPT);
        Self { table, recent: Recent::new(ROUTING_DELAY), own }
    }

    /// Reads accounts and the routes of every organisation: their number has no bound.
    pub async fn read_all(&self) -> Result<WholeRouting, StoreError> {
        let mut all = WholeRouting::default();
        for item in self.table.query(Range::of(PARTITION)).await? {
            let place = Key::of(&item).sk;
            if is_of_deployment(&place) {
                all.routing.add(&place, item)?;
            } else {
                all.organisations.insert(owner_of(&place)?, routes_of(item)?);
            }
        }
        Ok(all)
    }

    /// Reads accounts, the deployment's routes and an organisation's own now, not from the cache.
    pub async fn read(&self, organisation: OrganisationId) -> Result<(Routing, RouteList), StoreError> {
        let key = key(Some(organisation));
        let (routing, own) = tokio::join!(self.query(of_deployment()), self.table.get(&key));
        Ok((routing?, list_of(own?)?))
    }

    /// Accounts and the deployment's routes, as they were at most [`ROUTING_DELAY`] before this returns.
    pub async fn current(&self, clock: &Clock) -> Result<Arc<Routing>, StoreError> {
        self.recent.get(clock, READING, || self.query(of_deployment().eventual())).await
    }

    /// The own routes of an organisation, as they were at most [`ROUTING_DELAY`] before this returns; none if it has none.
    pub async fn own(
        &self,
        organisation: OrganisationId,
        clock: &Clock,
    ) -> Result<Arc<RouteList>, StoreError> {
        let read = || async { list_of(self.table.get_eventual(&key(Some(organisation))).await?) };
        self.own.of(organisation).get(clock, READING, read).await
    }

    async fn query(&self, range: Range) -> Result<Routing, StoreError> {
        let mut routing = Routing::default();
        for item in self.table.query(range).await? {
            routing.add(&Key::of(&item).sk, item)?;
        }
        Ok(routing)
    }

    /// Changes the routes of the deployment or of an organisation, and gives what was stored.
    ///
    /// # Errors
    /// That of `change`, which writes nothing.
    pub async fn change<E: From<StoreError>>(
        &self,
        organisation: Option<OrganisationId>,
        change: impl Fn(RouteList) -> Result<RouteList, E>,
    ) -> Result<RouteList, E> {
        let key = key(organisation);
        let mut tries = Tries::of("changing the routes", RetryPolicy::CONTENTION);
        loop {
            let stored = self.table.get(&key).await?;
            let stored = stored.map(|item| from_item::<RoutesRecord>(WHAT, item)).transpose()?;
            let RoutesRecord { routes, revision } =
                stored.unwrap_or(RoutesRecord { routes: RouteList::default(), revision: 0 });
            let next = change(routes)?;
            if self.replace(&key, revision, &next).await? {
                return Ok(next);
            }
            tries.pause().await.map_err(StoreError::from)?;
        }
    }

    /// Writes the routes; false if another command has written them since they were read.
    async fn replace(&self, key: &Key, revision: u64, routes: &RouteList) -> Result<bool, StoreError> {
        // An empty list is stored too, so that no revision number is used twice.
        let item = to_item(key, WHAT, &RoutesRecord { routes: routes.clone(), revision: revision + 1 })?;
        let written = match revision {
            0 => self.table.put_new(item).await?,
            _ => {
                let unchanged = Change::only_if("revision = :revision").value(":revision", number(revision));
                self.table.put_when(item, unchanged).await?
            }
        };
        match written {
            Conditional::Applied => Ok(true),
            Conditional::Refused(found) => check_refused(WHAT, found.as_ref()).map(|()| false),
        }
    }
}

fn key(organisation: Option<OrganisationId>) -> Key {
    let place = organisation.map_or_else(
        || ROUTES.to_owned(),
        |organisation| format!("{ROUTES}#{}", organisation_partition(organisation)),
    );
    Key::new(PARTITION, place)
}

/// The accounts and the deployment's routes. The routes of organisations come after them.
fn of_deployment() -> Range {
    Range::of(PARTITION).between(ACCOUNT_PREFIX, ROUTES)
}

fn is_of_deployment(place: &str) -> bool {
    place.starts_with(ACCOUNT_PREFIX) || place == ROUTES
}

fn owner_of(place: &str) -> Result<OrganisationId, StoreError> {
    let organisation = place.strip_prefix("ROUTES#ORG#").and_then(|id| id.parse().ok());
    organisation.ok_or_else(|| {
        let reason = "their key names no organisation".to_owned();
        StoreError::Unreadable { what: WHAT, reason }
    })
}

fn list_of(item: Option<Item>) -> Result<RouteList, StoreError> {
    item.map(routes_of).transpose().map(Option::unwrap_or_default)
}

fn routes_of(item: Item) -> Result<RouteList, StoreError> {
    from_item::<RoutesRecord>(WHAT, item).map(|record| record.routes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_routes_names_the_organisation() {
        let organisation: OrganisationId = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap();
        assert_eq!(owner_of(&key(Some(organisation)).sk).unwrap(), organisation);
        for place in ["ROUTES#", "ROUTES#ORG#acme", "ROUTE", "X#at-ke"] {
            assert!(owner_of(place).is_err(), "{place}");
        }
        assert!(key(None).sk < key(Some(organisation)).sk, "the deployment's are read without them");
    }
}
