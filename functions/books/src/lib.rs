//! The function `books`: address books, contacts, imports and opt-outs over HTTP.
//!
//! Called by API Gateway through [`run`]. A handler parses, calls a store, and makes the answer; the store keeps a book
//! consistent. This is the only function that reads phone numbers as people write them, and so the only one that has
//! the world's phone-number metadata.
//!
//! It never sends a text, and never logs a number, a name or a note.

mod address_books;
mod contact_change;
mod contact_lookup;
mod contacts;
mod endpoints;
mod import;
mod opt_outs;
mod paths;
mod phones;
mod refusals;
mod texts;
mod views;

use domain::tariff::Tariff;
use numbering::{HomeCountry, NumberReader};
use web::Backend;

pub use endpoints::{endpoints, routes};

/// A country whose metadata is read at a cold start.
const WARM_UP_COUNTRY: &str = "KE";

/// Runs the function until Lambda ends it.
pub async fn run() -> Result<(), lambda_http::Error> {
    platform::telemetry::start()?;
    let backend = Backend::from_process()?;
    warm_up(&backend).await;
    lambda_http::run(web::service(routes(&backend))).await
}

/// Opens the connection and unpacks the phone metadata while a cold start has a whole processor. If this fails, the
/// first request tries again.
async fn warm_up(backend: &Backend) {
    if let Err(error) = backend.stores.books.reachable().await {
        tracing::warn!(%error, "the tables did not answer during the start");
    }
    if let Ok(country) = HomeCountry::parse(WARM_UP_COUNTRY) {
        let tariff = Tariff::default();
        // Any text that looks like a number, because other texts never reach the metadata.
        let _ = NumberReader::new(country, &tariff).read("0712345678");
    }
}
