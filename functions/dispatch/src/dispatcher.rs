//! The function's dependencies, made once at start.

use std::sync::Arc;

use domain::{ids::AccountName, pacing::Pace};
use platform::{
    clock::Clock,
    environment::Environment,
    http::{HttpClient, Roots},
};
use providers::{Provider, sandbox::InProcess};
use queue::Queues;
use stores::{StoreError, Stores};
use thiserror::Error;

use crate::{
    renewed::RenewedProvider,
    sending_account::{self, Named},
};

/// Why the function cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The environment is not complete.
    #[error(transparent)]
    Environment(#[from] platform::environment::EnvironmentError),
    /// The provider cannot be used.
    #[error(transparent)]
    Provider(#[from] providers::ConfigError),
    /// The account that `PROVIDER` names could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// `PROVIDER` names no kind and no account that was added.
    #[error("PROVIDER: {0} is not a kind of provider, and no account of this name was added")]
    UnknownAccount(AccountName),
    /// The account's kind is not one that this code has an adapter for.
    #[error("the account {0} is of an unknown kind")]
    UnknownKind(AccountName),
}

/// Hands batches over to the provider.
#[derive(Clone, Debug)]
pub struct Dispatcher {
    /// The tables.
    pub stores: Stores,
    /// The queues.
    pub queues: Queues,
    /// The provider of live keys.
    pub live: Arc<dyn Provider>,
    /// The provider of test keys: it hands nothing over.
    pub test: Arc<dyn Provider>,
    /// The provider account's rate, if it has one.
    pub pace: Option<Pace>,
    /// The time.
    pub clock: Clock,
}

impl Dispatcher {
    /// Of environment variables; `lookup` finds them in the process's environment and its secrets, or in a test's.
    /// `PROVIDER` names a kind, whose account the variables describe, or an account that was added.
    pub async fn start(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, StartError> {
        let mut environment = Environment::new(lookup);
        let named = Named::read(&mut environment);
        let pace = platform::pace::read(&mut environment);
        let http = environment.noted(HttpClient::new(Roots::Amazon));
        let parts =
            http.map(|http| (Stores::read(&mut environment, &http), Queues::read(&mut environment, &http)));
        let ((stores, queues), named) = environment.finish(parts.zip(named))?;
        let account = named.account(&stores).await?;
        let provider = account.connect()?;
        let read_again = sending_account::read_again(account.clone());
        Ok(Self {
            stores,
            queues,
            live: Arc::new(RenewedProvider::new(account, provider, read_again, Clock::machine())),
            test: Arc::new(InProcess::default()),
            pace,
            clock: Clock::machine(),
        })
    }

    /// Opens connections while the cold start's full CPU lasts, with a read that shows whether the last start failed. If
    /// that fails, the first invocation opens them.
    pub async fn prime(&self) {
        if let Err(error) = self.stores.campaigns.note_start(crate::FUNCTION).await {
            tracing::warn!(%error, "the connection could not be primed");
        }
    }
}
