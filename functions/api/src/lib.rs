//! API Gateway → validate, price, resolve, reserve, write, fan out; tracking and account.
//!
//! [`send`] accepts a campaign, [`campaigns`] follows and steers it, [`account`] answers what it costs.
//!
//! **Architecture invariant.** Nothing here calls an SMS provider or knows phone-number metadata.

mod account;
mod api;
mod campaigns;
mod endpoints;
mod health;
mod networks;
mod send;
mod shown;

pub use api::Api;
pub use endpoints::endpoints;
pub use health::LastLook;

/// Runs the function until Lambda ends it.
pub async fn run() -> Result<(), lambda_http::Error> {
    platform::telemetry::start()?;
    let api = Api::from_process()?;
    api.prime().await;
    lambda_http::run(web::service(api.routes())).await
}
