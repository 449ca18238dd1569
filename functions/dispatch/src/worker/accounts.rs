//! The accounts that a worker may use for its campaign, and the routes to them.

use std::{collections::BTreeSet, sync::Arc};

use domain::{
    api_key::KeyMode,
    batch::RecipientBatch,
    dispatch::{BatchRoutes, Unavailable, UsableAccounts},
    ids::AccountName,
    pacing::Pace,
    routes::{Leg, RouteList},
    sender_id::SenderId,
    stop::Stops,
};
use stores::{StoreError, accounts::routing::Routing, campaigns::CampaignHeader};

use super::Worker;
use crate::{
    dispatcher::Dispatcher,
    sending_accounts::{Connected, SendingAccount},
};

/// The accounts of a campaign, the routes of its batch, and the accounts that a worker found unavailable.
pub(super) struct CampaignAccounts {
    connected: Arc<Connected>,
    /// The own routes of the campaign's organisation, as they were last read from the cache.
    own: Arc<RouteList>,
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

    fn set_routes(
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

/// The changes that a worker has read and uses from now on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refreshed {
    Entirely,
    /// Accounts or routes may have changed, but outcomes must be written first.
    WithoutAccounts,
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

impl Worker<'_> {
    /// Reads changed accounts, routes, and holds of an operator. While outcomes are unwritten, changed accounts are not
    /// connected, because that may take longer than the worker has time.
    pub(super) async fn refresh_accounts(&mut self) -> Result<Refreshed, StoreError> {
        let mut stops = Arc::<Stops>::default();
        let mut refreshed = Refreshed::Entirely;
        if self.header.mode == KeyMode::Live {
            let Dispatcher { stores, clock, .. } = self.dispatcher;
            stops = stores.accounts.stops.current(clock).await?;
            let routing = stores.accounts.routing.current(clock).await?;
            self.take_up_own_routes().await?;
            if self.batch.progress.in_flight().is_empty() {
                self.take_up_accounts().await?;
            } else if !Arc::ptr_eq(&routing, self.accounts.connected.routing()) {
                refreshed = Refreshed::WithoutAccounts;
            }
        }
        let accounts = &mut self.accounts;
        let open = accounts.connected.accounts().filter(|(name, _)| stops.hold(*name).is_none());
        accounts.usable.replace(open.map(|(name, account)| (name, account.provider.max_recipients())));
        Ok(refreshed)
    }

    async fn take_up_own_routes(&mut self) -> Result<(), StoreError> {
        let Self { dispatcher, accounts, header, batch, .. } = self;
        let own = dispatcher.own_routes(header).await?;
        let before = std::mem::replace(&mut accounts.own, own.clone());
        if *own != *before {
            let routing = accounts.connected.routing().clone();
            accounts.are_routes_new = false;
            accounts.set_routes(&routing, &own, header, &batch.plan);
        }
        Ok(())
    }

    async fn take_up_accounts(&mut self) -> Result<(), StoreError> {
        let Self { dispatcher, accounts, header, batch, .. } = self;
        let connected = dispatcher.accounts_of(header.mode).await?;
        if !Arc::ptr_eq(&connected, &accounts.connected) {
            let routing = connected.routing().clone();
            accounts.connected = connected;
            accounts.are_routes_new = false;
            let own = accounts.own.clone();
            accounts.set_routes(&routing, &own, header, &batch.plan);
        }
        Ok(())
    }

    /// Reads the routes again, because a recipient has no account by the known ones.
    pub(super) async fn read_routes(&mut self) -> Result<(), StoreError> {
        let Self { dispatcher, accounts, header, batch, .. } = self;
        let (routing, own) = dispatcher.stores.accounts.routing.read(header.key.organisation).await?;
        accounts.set_routes(&routing, &own, header, &batch.plan);
        accounts.are_routes_new = true;
        Ok(())
    }
}
