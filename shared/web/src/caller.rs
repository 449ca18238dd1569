//! Who asks: the key, its organisation, and whether the rate window has room.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{
    api_key::{ApiKey, KeyMode},
    organisation::Organisation,
    rate::RateStatus,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use stores::accounts::{
    api_keys::{KeyRecord, Scope},
    rate_windows::Admission,
};

use crate::{edge::Edge, error::ApiError};

/// An authenticated caller.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whose books, money and campaigns the request is about: nobody else's.
    pub organisation: Arc<Organisation>,
    key: Arc<KeyRecord>,
}

impl Caller {
    /// 403 where the key may not.
    pub fn require(&self, scope: Scope) -> Result<(), ApiError> {
        if self.key.scopes.contains(&scope) {
            return Ok(());
        }
        let detail = format!("This API key does not have the scope {}.", scope.as_str());
        Err(ApiError::new(StatusCode::FORBIDDEN, "missing_scope", detail))
    }

    /// Whether what the caller sends reaches people.
    pub fn mode(&self) -> KeyMode {
        self.key.mode
    }
}

/// Middleware of every route that asks for a key: lets nobody through without one that works, counts
/// the request, and puts the rate headers on the answer.
pub async fn authenticate(State(edge): State<Edge>, mut request: Request, next: Next) -> Response {
    let (caller, rate) = match admit(&edge, request.headers()).await {
        Ok(admitted) => admitted,
        Err(error) => return error.into_response(),
    };
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).await;
    put_rate_headers(response.headers_mut(), rate);
    response
}

/// The answer where there is nothing: 404, for whoever has a key with the rate headers, and counted.
pub(crate) async fn unknown_path(edge: Edge, headers: HeaderMap) -> Response {
    let nothing = || ApiError::not_found("unknown_path", "There is nothing at this path.");
    match admit(&edge, &headers).await {
        Ok((_, rate)) => {
            let mut response = nothing().into_response();
            put_rate_headers(response.headers_mut(), rate);
            response
        }
        Err(error) if error.status() == StatusCode::UNAUTHORIZED => nothing().into_response(),
        Err(error) => error.into_response(),
    }
}

async fn admit(edge: &Edge, headers: &HeaderMap) -> Result<(Caller, RateStatus), ApiError> {
    let now = edge.clock.now();
    let accounts = &edge.stores.accounts;
    let key = bearer_key(headers)?;
    let record = accounts.api_keys.find(&key, now).await?.ok_or_else(invalid_key)?;
    let organisation = accounts.organisations.get(record.organisation).await?.ok_or_else(invalid_key)?;
    match accounts.rate_windows.admit(organisation.id, organisation.rate_limit, now).await? {
        Admission::Admitted(rate) => {
            Ok((Caller { organisation: Arc::new(organisation), key: Arc::new(record) }, rate))
        }
        Admission::Throttled { status, retry_after_secs } => Err(throttled(status, retry_after_secs)),
    }
}

fn bearer_key(headers: &HeaderMap) -> Result<ApiKey, ApiError> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Err(unauthorized("not_authenticated", "Authentication credentials were not provided."));
    };
    let text = value.to_str().unwrap_or_default();
    let (scheme, key) = text.split_once(' ').unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(invalid_key());
    }
    ApiKey::parse(key.trim()).map_err(|_| invalid_key())
}

fn invalid_key() -> ApiError {
    unauthorized("invalid_api_key", "Invalid or revoked API key.")
}

fn unauthorized(code: &'static str, detail: &str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, code, detail)
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

fn throttled(rate: RateStatus, retry_after_secs: u32) -> ApiError {
    let detail = format!("Request was throttled. Expected available in {retry_after_secs} seconds.");
    let error =
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "throttled", detail).retry_after(retry_after_secs);
    rate_headers(rate).into_iter().fold(error, |error, (name, value)| error.header(name, value))
}

/// `RateLimit-*` of the IETF draft "RateLimit header fields for HTTP", in its three-header form.
fn rate_headers(rate: RateStatus) -> [(HeaderName, HeaderValue); 3] {
    [
        (HeaderName::from_static("ratelimit-limit"), HeaderValue::from(rate.limit)),
        (HeaderName::from_static("ratelimit-remaining"), HeaderValue::from(rate.remaining)),
        (HeaderName::from_static("ratelimit-reset"), HeaderValue::from(rate.reset_secs)),
    ]
}

fn put_rate_headers(headers: &mut HeaderMap, rate: RateStatus) {
    headers.extend(rate_headers(rate));
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    /// Present on every route behind [`authenticate`].
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let missing = || unauthorized("not_authenticated", "Authentication credentials were not provided.");
        parts.extensions.get::<Self>().cloned().ok_or_else(missing)
    }
}
