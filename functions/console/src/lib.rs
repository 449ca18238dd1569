//! The console: pages for people who look rather than call an API.
//!
//! Serves the files of `web/` and nothing else. The pages call the public API with the key that the reader signs in
//! with; this function never sees a key, since the link's fragment is not sent.
//!
//! ```text
//! GET /                          303 to the console
//! GET /console/                  index.html
//! GET /console/a/{hash}/{file}   a file; immutable under the hash of this version
//! GET /docs/                     docs.html: the API's endpoints, read of the document
//! GET /v1/openapi.json           the OpenAPI document of the API
//! GET /llms.txt                  where programs find what they need
//! GET /robots.txt                nothing for crawlers
//! ```
//!
//! **Architecture invariant.** The function reads no table, no queue, no secret and no environment variable but
//! `LOG_LEVEL`; its role may log and trace only. It logs no path and no header.

mod answer;
mod assets;
mod headers;

use std::{convert::Infallible, future::ready};

use lambda_http::{Body, Request, Response, service_fn};
use lambda_runtime::{Error, Service};
use platform::telemetry;

pub use assets::{ASSETS, Asset, HASH};

/// The function as the service that Lambda calls.
pub fn service()
-> impl Service<Request, Response = Response<Body>, Error = Infallible, Future: Send> + Clone + Send {
    service_fn(|request: Request| ready(Ok(answer::answer(&request))))
}

/// Runs the function until Lambda ends it.
///
/// # Errors
/// If `LOG_LEVEL` is not a level, or Lambda's runtime cannot be reached.
pub async fn run() -> Result<(), Error> {
    telemetry::start()?;
    lambda_http::run(service()).await
}
