//! Changes of routes. A route never leads to an account that does not exist.

use domain::{
    ids::{AccountName, OrganisationId},
    prefix::Prefix,
    routes::{AccountShare, Leg, Route, RouteError, RouteList, RouteListError},
};
use stores::{StoreError, Stores, accounts::routing::WholeRouting};
use thiserror::Error;

/// Routes cannot be changed.
#[derive(Debug, Error)]
pub enum RouteChangeError {
    /// An account that does not exist.
    #[error("`{route}` names the account {account}, which does not exist: add it with sms account add")]
    UnknownAccount { route: Route, account: AccountName },
    /// No route of that prefix.
    #[error("there is no route of the prefix `{0}`")]
    NoRoute(Prefix),
    /// The share cannot be part of a route.
    #[error(
        "the share {0} would change nothing: no route of this command has that account after another one"
    )]
    UnusedShare(AccountShare),
    /// Shares together.
    #[error(transparent)]
    Shares(#[from] RouteError),
    /// The routes together.
    #[error(transparent)]
    List(#[from] RouteListError),
    /// A table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Adds shares to the routes with these accounts. Each share must match a route.
pub fn with_shares(routes: Vec<Route>, shares: &[AccountShare]) -> Result<Vec<Route>, RouteChangeError> {
    let is_used = |share: &&AccountShare| {
        routes.iter().any(|route| route.legs().iter().skip(1).any(|leg| leg.account == share.account))
    };
    if let Some(share) = shares.iter().find(|share| !is_used(share)) {
        return Err(RouteChangeError::UnusedShare(*share));
    }
    let shared = |route: Route| shares.iter().try_fold(route, |route, share| route.with_share(*share));
    Ok(routes.into_iter().map(shared).collect::<Result<_, _>>()?)
}

/// Sets routes of the deployment or of an organisation. `is_parameters` tells whether a name is that of the account of the
/// deployment's parameters.
pub async fn set_routes(
    stores: &Stores,
    organisation: Option<OrganisationId>,
    routes: &[Route],
    is_parameters: impl Fn(AccountName) -> bool,
) -> Result<RouteList, RouteChangeError> {
    let accounts = stores.accounts.providers.list().await?;
    let is_added = |name: AccountName| accounts.iter().any(|account| account.name == name);
    let is_known = |leg: &&Leg| is_added(leg.account) || is_parameters(leg.account);
    for route in routes {
        if let Some(leg) = route.legs().iter().find(|leg| !is_known(leg)) {
            return Err(RouteChangeError::UnknownAccount { route: route.clone(), account: leg.account });
        }
    }
    stores.accounts.routing.change(organisation, |list| Ok(list.with(routes.to_vec())?)).await
}

/// Removes routes of the deployment or of an organisation: all that are named, or none.
pub async fn remove_routes(
    stores: &Stores,
    organisation: Option<OrganisationId>,
    prefixes: &[Prefix],
) -> Result<RouteList, RouteChangeError> {
    let remove = |list: RouteList| match prefixes.iter().find(|prefix| list.route(**prefix).is_none()) {
        Some(prefix) => Err(RouteChangeError::NoRoute(*prefix)),
        None => Ok(list.without(prefixes)),
    };
    stores.accounts.routing.change(organisation, remove).await
}

/// The routes that lead to an account, as an operator writes them, with their organisation.
pub fn routes_to(routing: &WholeRouting, account: AccountName) -> Vec<String> {
    let shown = |(organisation, route): (Option<OrganisationId>, &Route)| match organisation {
        None => route.to_string(),
        Some(organisation) => format!("{route} of organisation {organisation}"),
    };
    routing.routes_to(account).map(shown).collect()
}
