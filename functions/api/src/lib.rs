//! The function `api`: accepts sends, shows and controls campaigns, and shows the account.
//!
//! [`send`] accepts a campaign, [`campaigns`] shows and controls it, [`account`] shows prices and limits. [`forward`]
//! passes on requests for the function `books`.
//!
//! **Architecture invariant.** Nothing here calls an SMS provider or knows phone-number metadata.

mod account;
mod api;
mod campaigns;
mod endpoints;
mod forward;
mod health;
mod last_look;
mod ledger;
mod period;
mod routing;
mod send;
mod shown;

use lambda_http::{Adapter, Error, LambdaEvent, Service, request::LambdaRequest, service_fn};
use serde_json::Value;

pub use api::Api;
pub use endpoints::endpoints;
pub use forward::Books;
pub use last_look::LastLook;

/// The function as Lambda calls it. Requests that `books` answers are handed on, if that function is known.
pub fn function(
    api: Api,
    books: Option<Books>,
) -> impl Service<LambdaEvent<Value>, Response = Value, Error = Error, Future: Send> + Clone + Send + Sync {
    let service = web::service(api.routes());
    service_fn(move |LambdaEvent { payload, context }: LambdaEvent<Value>| {
        let (books, service) = (books.clone(), service.clone());
        async move {
            if let Some(books) = books.filter(|_| forward::is_for_books(&payload)) {
                return Ok(books.answer(&payload).await);
            }
            let request: LambdaRequest = serde_json::from_value(payload)?;
            // In two steps, because a future that holds an adapter over an await cannot move between threads.
            let answer = Adapter::from(service).call(LambdaEvent::new(request, context));
            Ok(serde_json::to_value(answer.await?)?)
        }
    })
}

/// Runs the function until Lambda ends it.
pub async fn run() -> Result<(), Error> {
    platform::telemetry::start()?;
    let api = Api::from_process()?;
    api.prime().await;
    lambda_http::lambda_runtime::run(function(api, Books::from_process()?)).await
}
