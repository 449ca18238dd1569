//! The routes of an organisation, as a send and the status of a campaign see them.

use std::sync::Arc;

use domain::{
    ids::{AccountName, OrganisationId},
    pacing::Pace,
    routes::{Leg, Routes},
    sender_id::SenderId,
};
use stores::{StoreError, accounts::routing::Routing};
use web::Backend;

use crate::{api::Api, send::Rates};

/// An organisation's routes, with the accounts that they lead to.
pub struct OrganisationRouting {
    pub routes: Routes,
    routing: Arc<Routing>,
    /// The account that `PROVIDER` names, and the rate that the deployment's parameters give it.
    named: (AccountName, Option<Pace>),
}

impl OrganisationRouting {
    /// Reads the routes and accounts, which may be as old as a function may keep them.
    pub async fn read(api: &Api, organisation: OrganisationId) -> Result<Self, StoreError> {
        let Backend { stores, clock } = &api.backend;
        let store = &stores.accounts.routing;
        let (routing, own) = tokio::join!(store.current(clock), store.own(organisation, clock));
        let (routing, own) = (routing?, own?);
        Ok(Self { routes: routing.routes(&own, api.account), routing, named: (api.account, api.pace) })
    }

    /// Whether the account of a leg takes the sender that a campaign has on this leg.
    pub fn takes_sender(&self, leg: &Leg, campaign: &SenderId) -> bool {
        self.routing.takes_sender(leg, campaign)
    }

    /// The rates of a leg: that of its account, and that of the sender that a campaign has on it.
    pub fn rates(&self, leg: &Leg, campaign: &SenderId) -> Rates {
        let (named, of_parameters) = self.named;
        let sender = leg.sender(campaign);
        let of_sender = self.routing.sender_pace(leg.account, sender);
        Rates {
            account: self.routing.pace(leg.account, named, of_parameters),
            sender: of_sender.map(|pace| (sender.clone(), pace)),
        }
    }
}
