//! The accounts that a worker may use for its campaign, and the routes to them.

use std::{collections::BTreeSet, sync::Arc};

use domain::{
    batch::RecipientBatch,
    dispatch::{BatchRoutes, Unavailable, UsableAccounts},
    ids::AccountName,
    pacing::Pace,
    routes::{Leg, RouteList},
    sender_id::SenderId,
};
use stores::{accounts::routing::Routing, campaigns::CampaignHeader};

use crate::sending_accounts::{Connected, SendingAccount};

/// The accounts of a campaign, the routes of its batch, and the accounts that a worker found unavailable.
pub(super) struct CampaignAccounts {
    pub(super) connected: Arc<Connected>,
    /// The own routes of the campaign's organisation, as they were last read from the cache.
    pub(super) own: Arc<RouteList>,
    /// The accounts that the batch's routes lead to.
    pub(super) routed: BTreeSet<AccountName>,
    pub(super) routes: BatchRoutes,
    pub(super) usable: UsableAccounts,
    /// Whether the routes were read again before a recipient without an account was dropped.
    pub(super) are_routes_new: bool,
}

impl CampaignAccounts {
    pub(super) fn new(
        connected: Arc<Connected>,
        own: Arc<RouteList>,
        header: &CampaignHeader,
        batch: &RecipientBatch,
    ) -> Self {
        let routes = routes(&connected, connected.routing(), &own, header, batch);
        let routed = routes.accounts();
        let usable = UsableAccounts::default();
        Self { connected, own, routed, routes, usable, are_routes_new: false }
    }

    pub(super) fn account(&self, name: AccountName) -> Option<&SendingAccount> {
        self.connected.account(name)
    }

    /// The sender of a leg of a campaign, and its rate, if it has one of its own.
    pub(super) fn paced_sender<'a>(
        &self,
        leg: &'a Leg,
        campaign: &'a SenderId,
    ) -> Option<(&'a SenderId, Pace)> {
        let sender = leg.sender(campaign);
        Some((sender, *self.account(leg.account)?.sender_paces.get(sender)?))
    }

    /// Lets the recipients of a leg wait, or makes its account unavailable. If the sender has a rate of its own,
    /// recipients of other senders of the account need not wait.
    pub(super) fn mark(&mut self, leg: &Leg, unavailable: Unavailable, campaign: &SenderId) {
        match unavailable {
            Unavailable::Waits(stop) if self.paced_sender(leg, campaign).is_some() => {
                self.usable.mark_leg(leg.clone(), stop);
            }
            _ => self.usable.mark(leg.account, unavailable),
        }
    }

    /// Whether an account with a fault is tried because no other account is open.
    pub(super) fn is_last_resort(&self, name: AccountName) -> bool {
        matches!(self.usable.unavailable(name), Some(Unavailable::Faulty(_)))
    }

    pub(super) fn set_routes(
        &mut self,
        routing: &Routing,
        own: &RouteList,
        header: &CampaignHeader,
        batch: &RecipientBatch,
    ) {
        self.routes = routes(&self.connected, routing, own, header, batch);
        self.routed = self.routes.accounts();
    }
}

fn routes(
    connected: &Connected,
    routing: &Routing,
    own: &RouteList,
    header: &CampaignHeader,
    batch: &RecipientBatch,
) -> BatchRoutes {
    let routes = connected.routes(routing, own);
    let takes_sender = |leg: &_| routing.takes_sender(leg, &header.sender);
    BatchRoutes::new(&routes, header.key, batch, takes_sender)
}
