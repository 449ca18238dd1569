//! The function's stores, queues, accounts and time.

use std::sync::Arc;

use locator::Locator;
use platform::{
    clock::Clock,
    environment::{Environment, EnvironmentError},
    http::{HttpClient, Roots},
};
use queue::Queues;
use stores::Stores;

use crate::{
    accounts::{CallbackAccounts, Configuration, ReadConfiguration},
    forged::ForgedCalls,
};

/// Variables that a deployment keeps in Secrets Manager.
pub const SECRETS: [&str; 1] = ["PROVIDER_SECRETS"];

/// The tables, the queue of reports, and the accounts that are called back.
#[derive(Clone, Debug)]
pub struct Callbacks {
    pub stores: Stores,
    /// The queue of reports.
    pub queues: Queues,
    pub clock: Clock,
    /// The accounts that providers call back.
    pub accounts: CallbackAccounts,
    /// The part before `v1/providers/` in the addresses that providers call, if a proxy changes it on the way to this
    /// function.
    pub callback_url: Option<String>,
    pub(crate) locator: Locator,
    pub(crate) forged: Arc<ForgedCalls>,
}

impl Callbacks {
    pub fn new(stores: Stores, queues: Queues, clock: Clock, accounts: CallbackAccounts) -> Self {
        let locator = Locator::new(stores.clone(), clock.clone());
        Self { stores, queues, clock, accounts, callback_url: None, locator, forged: Arc::default() }
    }

    /// Reads the process's variables, with secrets that were just read; `read_again` reads them again.
    pub fn from_lookup(
        lookup: &dyn Fn(&str) -> Option<String>,
        read_again: ReadConfiguration,
    ) -> Result<Self, EnvironmentError> {
        let clock = Clock::machine();
        let mut environment = Environment::new(lookup);
        let accounts =
            CallbackAccounts::renewed(Configuration::read(&mut environment), clock.now(), read_again);
        let callback_url = environment.optional("CALLBACK_URL");
        let http = environment.noted(HttpClient::new(Roots::Amazon));
        let callbacks = http.map(|http| {
            let stores = Stores::read(&mut environment, &http);
            let queues = Queues::read(&mut environment, &http);
            Self { callback_url, ..Self::new(stores, queues, clock, accounts) }
        });
        environment.finish(callbacks)
    }

    /// The address as the provider signed it: with the deployment's own beginning, if a proxy in front of this function
    /// has another.
    pub(crate) fn url_as_signed(&self, url: &str) -> String {
        let Some(base) = &self.callback_url else { return url.to_owned() };
        let (_, path) = url.split_once("/v1/").unwrap_or_default();
        format!("{}/v1/{path}", base.trim_end_matches('/'))
    }

    /// Counts a call that is not the provider's.
    pub(crate) fn count_forged(&self) {
        self.forged.count(self.clock.now());
    }

    /// Opens the connection to the tables while the cold start's full CPU lasts. If this fails, the first call reports
    /// it.
    pub async fn prime(&self) {
        if let Err(error) = self.stores.campaigns.note_start(crate::FUNCTION).await {
            tracing::warn!(%error, "the connection to the tables could not be opened at the start");
        }
    }
}
