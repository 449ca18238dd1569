//! Takes up accounts, routes and holds that have changed since the last call.

use std::sync::Arc;

use domain::{api_key::KeyMode, stop::Stops};
use stores::StoreError;

use super::Worker;
use crate::dispatcher::Dispatcher;

/// The changes that a worker has read and uses from now on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refreshed {
    Entirely,
    /// Accounts or routes may have changed, but outcomes must be written first.
    WithoutAccounts,
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
