//! The function's dependencies, made once at start.

use std::sync::Arc;

use domain::{api_key::KeyMode, ids::AccountName, routes::RouteList};
use platform::{
    clock::Clock,
    environment::Environment,
    http::{HttpClient, Roots},
};
use providers::{Given, Provider, sandbox::InProcess};
use queue::Queues;
use stores::{StoreError, Stores, campaigns::CampaignHeader};
use thiserror::Error;

use crate::{
    connecting::{Named, connect_added},
    sending_accounts::{Connected, SendingAccounts, report_unusable},
};

/// Why the function cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The environment is not complete.
    #[error(transparent)]
    Environment(#[from] platform::environment::EnvironmentError),
    /// No account can be used; the reason of the account of the parameters.
    #[error(transparent)]
    Provider(#[from] providers::ConfigError),
    /// The accounts could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// `PROVIDER` names neither a kind nor an account that was added, and there is no other account.
    #[error("PROVIDER: {0} is not a kind of provider, and no account of this name was added")]
    UnknownAccount(AccountName),
    /// No account can be used; the reason of the account that `PROVIDER` names.
    #[error("PROVIDER: the account {0} cannot be used: {1}")]
    UnusableAccount(AccountName, String),
}

/// Hands batches over to providers.
#[derive(Clone, Debug)]
pub struct Dispatcher {
    pub stores: Stores,
    pub queues: Queues,
    /// The accounts that live campaigns are handed over to.
    pub accounts: SendingAccounts,
    /// The provider of test keys: it hands nothing over.
    pub test: Arc<dyn Provider>,
    pub clock: Clock,
}

impl Dispatcher {
    /// Starts from variables, which `lookup` finds in the process's environment and its secrets, or in a test.
    /// `PROVIDER` names a kind, whose account the variables describe, or an account that was added.
    pub async fn start(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, StartError> {
        let mut environment = Environment::new(lookup);
        let named = Named::read(&mut environment);
        let given = Given::read(&mut environment);
        let pace = platform::pace::read(&mut environment);
        let http = environment.noted(HttpClient::new(Roots::Amazon));
        let parts =
            http.map(|http| (Stores::read(&mut environment, &http), Queues::read(&mut environment, &http)));
        let ((stores, queues), named) = environment.finish(parts.zip(named))?;
        let name = named.name();
        let (of_parameters, failure) = match named.of_parameters() {
            Some(Ok(provider)) => (Some(provider), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        let is_ready = of_parameters.is_some();
        let dispatcher = Self {
            stores,
            queues,
            accounts: SendingAccounts::new(name, of_parameters, pace, connect_added(given)),
            test: Arc::new(InProcess::default()),
            clock: Clock::machine(),
        };
        // The account of the parameters needs no table, so added accounts and routes may be read later.
        if !is_ready {
            dispatcher.check_accounts(name, failure).await?;
        }
        Ok(dispatcher)
    }

    /// An account that cannot be used stops the function only if there is no other.
    async fn check_accounts(
        &self,
        named: AccountName,
        failure: Option<providers::ConfigError>,
    ) -> Result<(), StartError> {
        let connected = self.accounts.current(&self.stores, &self.clock).await?;
        if connected.account(named).is_some() {
            return Ok(());
        }
        let has_other = connected.accounts().next().is_some();
        match (failure, connected.problem(named)) {
            (None, None) if has_other => {
                report_unusable(named, "PROVIDER names it, and no account of this name was added");
                Ok(())
            }
            (None, None) => Err(StartError::UnknownAccount(named)),
            (Some(error), _) if has_other => {
                report_unusable(named, &error.to_string());
                Ok(())
            }
            (Some(error), _) => Err(error.into()),
            (None, Some(_)) if has_other => Ok(()),
            (None, Some(problem)) => Err(StartError::UnusableAccount(named, problem.to_owned())),
        }
    }

    /// The accounts that campaigns of a mode are handed over to.
    pub(crate) async fn accounts_of(&self, mode: KeyMode) -> Result<Arc<Connected>, StoreError> {
        match mode {
            KeyMode::Live => self.accounts.current(&self.stores, &self.clock).await,
            KeyMode::Test => Ok(Arc::new(Connected::only(self.test.clone()))),
        }
    }

    /// The own routes of a campaign's organisation. A test campaign has no routes.
    pub(crate) async fn own_routes(&self, header: &CampaignHeader) -> Result<Arc<RouteList>, StoreError> {
        match header.mode {
            KeyMode::Live => self.stores.accounts.routing.own(header.key.organisation, &self.clock).await,
            KeyMode::Test => Ok(Arc::default()),
        }
    }

    /// Opens connections while the cold start's full CPU lasts, with a read that shows whether the last start failed. If
    /// that fails, the first invocation opens them.
    pub async fn prime(&self) {
        if let Err(error) = self.stores.campaigns.note_start(crate::FUNCTION).await {
            tracing::warn!(%error, "the connection could not be opened at the start");
        }
    }
}
