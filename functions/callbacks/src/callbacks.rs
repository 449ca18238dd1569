//! What the function works with.

use std::sync::Arc;

use locator::Locator;
use platform::{
    clock::Clock,
    environment::{Environment, EnvironmentError},
    http::{HttpClient, Roots},
};
use providers::CallbackSecret;
use queue::Queues;
use stores::Stores;

use crate::forged::ForgedCalls;

const SANDBOX_SECRET: &str = "SANDBOX_CALLBACK_SECRET";
const AFRICASTALKING_SECRET: &str = "AFRICASTALKING_CALLBACK_SECRET";
/// Variables that a deployment keeps in Secrets Manager.
pub const SECRETS: [&str; 2] = [SANDBOX_SECRET, AFRICASTALKING_SECRET];

/// The tables, the queue of reports, and the secrets of callbacks.
#[derive(Clone, Debug)]
pub struct Callbacks {
    /// The tables.
    pub stores: Stores,
    /// Where reports are queued.
    pub queues: Queues,
    /// The time.
    pub clock: Clock,
    /// How each provider's callbacks are verified.
    pub secrets: CallbackSecrets,
    pub(crate) locator: Locator,
    pub(crate) forged: Arc<ForgedCalls>,
}

/// How callbacks are verified. A provider without a secret has no callback address.
#[derive(Clone, Debug, Default)]
pub struct CallbackSecrets {
    /// Signs the sandbox's callbacks.
    pub sandbox: Option<CallbackSecret>,
    /// Is the last segment of the address that Africa's Talking calls.
    pub africastalking: Option<CallbackSecret>,
}

impl CallbackSecrets {
    /// Of the environment.
    pub fn read(environment: &mut Environment<'_>) -> Self {
        Self {
            sandbox: secret(environment, SANDBOX_SECRET),
            africastalking: secret(environment, AFRICASTALKING_SECRET),
        }
    }
}

impl Callbacks {
    /// Over its parts.
    pub fn new(stores: Stores, queues: Queues, clock: Clock, secrets: CallbackSecrets) -> Self {
        let locator = Locator::new(stores.clone(), clock.clone());
        Self { stores, queues, clock, secrets, locator, forged: Arc::default() }
    }

    /// Of variables looked up in the process's environment, secrets laid over it, or in a test's.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, EnvironmentError> {
        let mut environment = Environment::new(lookup);
        let secrets = CallbackSecrets::read(&mut environment);
        let http = environment.noted(HttpClient::new(Roots::Amazon));
        let callbacks = http.map(|http| {
            let stores = Stores::read(&mut environment, &http);
            let queues = Queues::read(&mut environment, &http);
            Self::new(stores, queues, Clock::machine(), secrets)
        });
        environment.finish(callbacks)
    }

    /// Opens the connection to the tables while the cold start's full CPU lasts. If this fails, the first call reports
    /// it.
    pub async fn prime(&self) {
        if let Err(error) = self.stores.campaigns.note_start(crate::FUNCTION).await {
            tracing::warn!(%error, "the connection to the tables could not be primed");
        }
    }
}

fn secret(environment: &mut Environment<'_>, name: &str) -> Option<CallbackSecret> {
    let text = environment.optional(name)?;
    match text.parse() {
        Ok(secret) => Some(secret),
        Err(error) => {
            environment.problem(format!("{name}: {error}"));
            None
        }
    }
}
