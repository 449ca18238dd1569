//! Address books, contacts, imports and opt-outs over HTTP.
//!
//! Called by API Gateway through [`run`]. A handler translates, calls a store, translates back; what
//! a book is and how it stays whole is the store's. This is the only function that reads phone numbers
//! as people write them, and so the only one that carries the world's phone-number metadata.
//!
//! It never sends anything, and never logs a number, a name or a note.

mod address_books;
mod answers;
mod contacts;
mod import;
mod opt_outs;
mod refusals;
mod texts;

use axum::{Router, routing::get};
use numbering::HomeCountry;
use web::Edge;

/// Where numbers are read from for the first time during a cold start.
const WARM_UP_COUNTRY: &str = "KE";

/// Every endpoint of this function, behind authentication. Paths are without their final slash, as
/// [`web::edge::service`] wants them.
pub fn routes(edge: Edge) -> Router {
    let authenticated = Router::new()
        .route("/v1/address-books", get(address_books::list).post(address_books::create))
        .route("/v1/address-books/contacts", axum::routing::post(contacts::page_of_named))
        .route(
            "/v1/address-books/{book}",
            get(address_books::show).patch(address_books::change).delete(address_books::remove),
        )
        .route("/v1/address-books/{book}/contacts", get(contacts::page).post(contacts::add))
        .route("/v1/address-books/{book}/contacts/{contact}", axum::routing::delete(contacts::remove))
        .route("/v1/opt-outs", get(opt_outs::list).post(opt_outs::add).delete(opt_outs::remove));
    edge.authenticated(authenticated).with_state(edge)
}

/// Runs the function until Lambda ends it.
pub async fn run() -> Result<(), lambda_http::Error> {
    platform::telemetry::start();
    let edge = Edge::from_process()?;
    warm_up(&edge).await;
    lambda_http::run(web::edge::service(routes(edge))).await
}

/// Opens the connection and unpacks the phone metadata while a cold start has a whole processor. What
/// fails here fails again, and is answered, at the first request.
async fn warm_up(edge: &Edge) {
    if let Err(error) = edge.stores.books.reachable().await {
        tracing::warn!(%error, "the tables did not answer during the start");
    }
    if let Ok(country) = HomeCountry::parse(WARM_UP_COUNTRY) {
        let _ = numbering::parse("0", country);
    }
}
