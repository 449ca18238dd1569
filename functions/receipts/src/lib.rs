//! Provider callbacks → verified → queue → statuses.
//!
//! One function with two doors. Over HTTP a provider reports: the report is verified, the messages that it
//! may be about are found ([`locate`]), and it is answered as soon as it is safely queued ([`callbacks`]).
//! Over the queue the reports come back by the thousand, are offered to those messages ([`apply`]), batch
//! by batch and many batches in one write ([`offer`]).
//!
//! **Architecture invariant.** A report's phone number ends at the first door: what is queued names a
//! slot.

mod apply;
mod cache;
mod callbacks;
mod locate;
mod offer;
#[cfg(test)]
mod scale;

use std::time::SystemTime;

use aws_lambda_events::sqs::SqsEvent;
use axum::Router;
use lambda_http::{Adapter, request::LambdaRequest};
use lambda_runtime::{Error, LambdaEvent, Service, service_fn};
use platform::{
    clock::Clock,
    environment::{self, Environment, EnvironmentError},
    http::{HttpClient, Roots},
    secret::Secrets,
    telemetry,
};
use providers::CallbackSecret;
use queue::Queues;
use serde_json::Value;
use stores::Stores;

use locate::Locator;

const SANDBOX_SECRET: &str = "SANDBOX_CALLBACK_SECRET";
const AFRICASTALKING_SECRET: &str = "AFRICASTALKING_CALLBACK_SECRET";
/// Variables that a deployment keeps in Secrets Manager.
const SECRETS: [&str; 2] = [SANDBOX_SECRET, AFRICASTALKING_SECRET];

/// What the function works with.
#[derive(Clone, Debug)]
pub struct Receipts {
    /// The tables.
    pub stores: Stores,
    /// Where reports are queued.
    pub queues: Queues,
    /// The time.
    pub clock: Clock,
    /// What each provider's callbacks are known by.
    pub secrets: CallbackSecrets,
    locator: Locator,
}

/// What callbacks are known by. A provider without a secret has no callback address.
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

impl Receipts {
    /// Over its parts.
    pub fn new(stores: Stores, queues: Queues, clock: Clock, secrets: CallbackSecrets) -> Self {
        let locator = Locator::new(stores.clone(), clock.clone());
        Self { stores, queues, clock, secrets, locator }
    }

    /// Of variables looked up in the process's environment, secrets laid over it, or in a test's.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, EnvironmentError> {
        let mut environment = Environment::new(lookup);
        let secrets = CallbackSecrets::read(&mut environment);
        let http = environment.noted(HttpClient::new(Roots::Amazon));
        let receipts = http.map(|http| {
            let stores = Stores::read(&mut environment, &http);
            let queues = Queues::read(&mut environment, &http);
            Self::new(stores, queues, Clock::machine(), secrets)
        });
        environment.finish(receipts)
    }

    /// The callback addresses.
    pub fn routes(&self) -> Router {
        callbacks::routes().with_state(self.clone())
    }

    /// Applies queued reports until the deadline; names the messages that are to come back.
    pub async fn apply(
        &self,
        event: SqsEvent,
        deadline: SystemTime,
    ) -> aws_lambda_events::sqs::SqsBatchResponse {
        apply::apply(self, event, deadline.into()).await
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

/// Runs the function until Lambda ends it.
pub async fn run() -> Result<(), Error> {
    telemetry::start();
    let secrets = Secrets::read(&SECRETS, &environment::process).await?;
    let receipts = Receipts::from_lookup(&secrets.over(&environment::process))?;
    receipts.prime().await;
    let doors = service_fn(move |event: LambdaEvent<Value>| {
        let receipts = receipts.clone();
        // Boxed: the two doors' futures are deep, and one allocation an event is nothing.
        Box::pin(async move { receipts.open(event).await })
    });
    lambda_runtime::run(doors).await
}

impl Receipts {
    /// Opens connections while the cold start's full CPU lasts. Where it fails the first event will say so.
    pub async fn prime(&self) {
        let (tables, queues) = tokio::join!(self.stores.campaigns.reachable(), self.queues.reachable());
        if let Err(error) = tables {
            tracing::warn!(%error, "the connection to the tables could not be primed");
        }
        if let Err(error) = queues {
            tracing::warn!(%error, "the connection to the queues could not be primed");
        }
    }

    /// Opens the door that an event came to: queue events have `Records`, everything else is a request.
    pub async fn open(&self, event: LambdaEvent<Value>) -> Result<Value, Error> {
        let LambdaEvent { payload, context } = event;
        if payload.get("Records").is_some() {
            let reports: SqsEvent = serde_json::from_value(payload)?;
            return Ok(serde_json::to_value(self.apply(reports, context.deadline()).await)?);
        }
        let request: LambdaRequest = serde_json::from_value(payload)?;
        let service = web::edge::service(self.routes());
        // In two steps, since an adapter held over an await could not move between threads.
        let answer = Adapter::from(service).call(LambdaEvent::new(request, context));
        Ok(serde_json::to_value(answer.await?)?)
    }
}
