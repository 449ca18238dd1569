//! The function's dependencies, made once at start.

use std::sync::Arc;

use domain::pacing::Pace;
use platform::{
    clock::Clock,
    environment::{self, Environment},
    http::{HttpClient, Roots},
    secret::Secrets,
};
use providers::{Account, BoxFuture, Provider, sandbox::InProcess};
use queue::Queues;
use stores::Stores;
use thiserror::Error;

use crate::{SECRETS, renewed::RenewedProvider};

/// Why the function cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The environment is not complete.
    #[error(transparent)]
    Environment(#[from] platform::environment::EnvironmentError),
    /// The provider cannot be used.
    #[error(transparent)]
    Provider(#[from] providers::ConfigError),
}

/// The account as the process's environment and its secrets have it now.
fn read_again() -> BoxFuture<'static, Option<Account>> {
    Box::pin(async {
        let secrets = Secrets::read(&SECRETS, &environment::process).await.ok()?;
        let lookup = secrets.over(&environment::process);
        let mut environment = Environment::new(&lookup);
        let account = Account::of_environment(&mut environment);
        environment.finish(account).ok()
    })
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
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, StartError> {
        let mut environment = Environment::new(lookup);
        let account = Account::of_environment(&mut environment);
        let pace = platform::pace::read(&mut environment);
        let http = environment.noted(HttpClient::new(Roots::Amazon));
        let parts =
            http.map(|http| (Stores::read(&mut environment, &http), Queues::read(&mut environment, &http)));
        let ((stores, queues), account) = environment.finish(parts.zip(account))?;
        Ok(Self {
            stores,
            queues,
            live: Arc::new(RenewedProvider::new(account.clone(), account.connect()?, Box::new(read_again))),
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
