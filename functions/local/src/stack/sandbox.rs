//! The sandbox's pages on the HTTP server, and which callers may see the numbers of texts.
//!
//! The inbox shows numbers and texts of every organisation of the instance, and the sandbox's faults change its
//! outcomes. Its routes are below the instance's key, for the adapter and the printed link, and at `/sandbox`, where
//! they accept any API key of the instance, such as the console's.

use axum::{
    Json, Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use domain::api_key::ApiKey;
use embedded_aws::AccessKey;
use http::{HeaderMap, StatusCode, header};
use platform::clock::Clock;
use provider_emulators::sandbox::Server;
use serde_json::json;
use stores::Stores;

#[derive(Clone)]
struct Keys {
    stores: Stores,
    clock: Clock,
}

/// The base of the sandbox's addresses, which have the key in their path.
pub(super) fn url(base_url: &str, key: &AccessKey) -> String {
    format!("{base_url}/{}", key.reveal())
}

pub(super) fn pages(sandbox: &Server, key: &AccessKey, stores: Stores, clock: Clock) -> Router {
    let keys = Keys { stores, clock };
    let with_an_api_key = sandbox.router().route_layer(middleware::from_fn_with_state(keys, check));
    Router::new().nest(&format!("/{}", key.reveal()), sandbox.router()).merge(with_an_api_key)
}

async fn check(State(keys): State<Keys>, request: Request, next: Next) -> Response {
    if keys.know(request.headers()).await {
        return next.run(request).await;
    }
    let detail = "The sandbox needs an API key of this instance, as `Authorization: Bearer <key>`.";
    let body = Json(json!({ "detail": detail, "code": "not_authenticated" }));
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], body).into_response()
}

impl Keys {
    /// False if the tables do not answer.
    async fn know(&self, headers: &HeaderMap) -> bool {
        let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let key = authorization.and_then(|value| value.strip_prefix("Bearer "));
        let Some(Ok(key)) = key.map(|key| ApiKey::parse(key.trim())) else { return false };
        let found = self.stores.accounts.api_keys.find(&key, self.clock.now()).await;
        found.is_ok_and(|record| record.is_some())
    }
}
