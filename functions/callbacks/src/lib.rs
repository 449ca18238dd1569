//! Provider callbacks → verified → queue.
//!
//! The function behind the public address of providers. A call is verified before anything is read or stored but accounts and secrets, the
//! messages that its report may be about are found, and it is answered as soon as the report is safely queued
//! ([`endpoints`](mod@endpoints)). The function `receipts` applies the reports. They are apart so that a flood of calls
//! from the internet takes no invocation from the reports that are queued already.
//!
//! **Architecture invariant.** A report's phone number is never queued: a queued report names a slot.

mod accounts;
mod address;
mod call;
mod callbacks;
mod endpoints;
mod forged;

use platform::{environment, secret, telemetry};
use web::Routes;

pub use accounts::{CallbackAccounts, Configuration, ReadConfiguration};
pub use callbacks::Callbacks;
pub use endpoints::endpoints;

/// The function's name in its metrics.
const FUNCTION: &str = "callbacks";

impl Callbacks {
    /// The callback addresses as a router.
    pub fn routes(&self) -> Routes {
        Routes::without_keys(endpoints(), self.clone(), Self::count_forged)
    }
}

/// Runs the function until Lambda ends it.
pub async fn run() -> Result<(), lambda_http::Error> {
    telemetry::start()?;
    let secrets = stores::read_secrets(FUNCTION, &callbacks::SECRETS, &environment::process).await?;
    let callbacks = Callbacks::from_lookup(&secrets.over(&environment::process), read_again())?;
    callbacks.prime().await;
    lambda_http::run(web::service(callbacks.routes())).await
}

/// Reads the secrets again, as the process's environment names them.
fn read_again() -> ReadConfiguration {
    let read =
        || secret::read_again(&callbacks::SECRETS, |environment| Some(Configuration::read(environment)));
    Box::new(move || {
        Box::pin(async move {
            read()
                .await
                .inspect_err(|error| tracing::error!(%error, "the secrets could not be read again"))
                .ok()
        })
    })
}
