//! The function's stores, queues, locator and time.

use locator::Locator;
use platform::{
    clock::Clock,
    environment::{Environment, EnvironmentError},
    http::{HttpClient, Roots},
};
use queue::Queues;
use stores::Stores;

/// The tables and the queue of reports.
#[derive(Clone, Debug)]
pub struct Receipts {
    pub stores: Stores,
    /// The queues, for delaying early reports.
    pub queues: Queues,
    pub clock: Clock,
    pub(crate) locator: Locator,
}

impl Receipts {
    pub fn new(stores: Stores, queues: Queues, clock: Clock) -> Self {
        let locator = Locator::new(stores.clone(), clock.clone());
        Self { stores, queues, clock, locator }
    }

    /// Reads the process's environment.
    pub fn from_process() -> Result<Self, EnvironmentError> {
        let mut environment = Environment::new(&platform::environment::process);
        let http = environment.noted(HttpClient::new(Roots::Amazon));
        let receipts = http.map(|http| {
            let stores = Stores::read(&mut environment, &http);
            let queues = Queues::read(&mut environment, &http);
            Self::new(stores, queues, Clock::machine())
        });
        environment.finish(receipts)
    }

    /// Opens the connection to the tables while the cold start's full CPU lasts. If this fails, the first event
    /// reports it.
    pub async fn prime(&self) {
        if let Err(error) = self.stores.campaigns.reachable().await {
            tracing::warn!(%error, "the connection to the tables could not be opened at the start");
        }
    }
}
