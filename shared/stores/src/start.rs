//! The start of a function that has secrets.

use platform::{
    clock::Clock,
    environment::{Environment, EnvironmentError},
    http::{HttpClient, Roots},
    secret::{SecretError, Secrets},
    telemetry,
};
use thiserror::Error;

use crate::{StoreError, Stores};

/// Why a failed start could not be recorded.
#[derive(Debug, Error)]
enum NoteError {
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads the secrets of a function at its start. A failure is counted, and noted for the health endpoint.
///
/// # Errors
/// If a secret cannot be read: the function cannot start.
pub async fn read_secrets(
    function: &str,
    variables: &[&str],
    lookup: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Result<Secrets, SecretError> {
    let failure = match Secrets::read(variables, lookup).await {
        Ok(secrets) => return Ok(secrets),
        Err(error) => error,
    };
    let clock = Clock::machine();
    telemetry::metrics(clock.now().millis(), function, &[(telemetry::SECRETS_UNREADABLE, 1)]);
    if let Err(error) = note(function, &clock, lookup).await {
        tracing::error!(%error, "the health endpoint does not know that a secret cannot be read");
    }
    Err(failure)
}

async fn note(
    function: &str,
    clock: &Clock,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<(), NoteError> {
    let mut environment = Environment::new(lookup);
    let http = environment.noted(HttpClient::new(Roots::Amazon));
    let stores = http.map(|http| Stores::read(&mut environment, &http));
    let stores = environment.finish(stores)?;
    Ok(stores.campaigns.note_unreadable_secret(function, clock.now()).await?)
}
