//! Identifies the caller of a request: the key, its organisation, and whether the rate window has room.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{
    api_key::{KeyMode, KeyRecord},
    ids::KeyId,
    organisation::Organisation,
    rate::RateStatus,
    scope::Scopes,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use platform::telemetry;
use stores::accounts::rate_windows::Admission;

use crate::{
    backend::Backend,
    code::ErrorCode,
    credentials::{invalid_key, key_of},
    error::ApiError,
};

/// An authenticated caller.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The only organisation whose books, money and campaigns the request can read and change.
    pub organisation: Arc<Organisation>,
    key: Arc<KeyRecord>,
}

impl Caller {
    /// Whether the caller's campaigns reach recipients.
    pub fn mode(&self) -> KeyMode {
        self.key.mode
    }

    pub fn key_id(&self) -> KeyId {
        self.key.id
    }

    pub fn key(&self) -> &KeyRecord {
        &self.key
    }

    pub fn scopes(&self) -> &Scopes {
        &self.key.scopes
    }
}

/// Middleware of every route that needs a key: admits only requests with a working key, counts them, and adds the rate
/// headers to the answer.
pub(crate) async fn authenticate(
    State(backend): State<Backend>,
    mut request: Request,
    next: Next,
) -> Response {
    let (caller, rate) = match admit(&backend, request.headers()).await {
        Ok(admitted) => admitted,
        Err(error) => return error.into_response(),
    };
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).await;
    put_rate_headers(response.headers_mut(), rate);
    response
}

/// Answers 404 for an unknown path. With a working key the request counts, and the answer has the rate headers.
pub(crate) async fn unknown_path(backend: Backend, headers: HeaderMap, uri: Uri) -> Response {
    let unknown = ApiError::unknown_path_of(uri.path());
    match admit(&backend, &headers).await {
        Ok((_, rate)) => {
            let mut response = unknown.into_response();
            put_rate_headers(response.headers_mut(), rate);
            response
        }
        Err(error) if error.status() == StatusCode::UNAUTHORIZED => unknown.into_response(),
        Err(error) => error.into_response(),
    }
}

async fn admit(backend: &Backend, headers: &HeaderMap) -> Result<(Caller, RateStatus), ApiError> {
    let now = backend.clock.now();
    let accounts = &backend.stores.accounts;
    let key = key_of(headers)?;
    let record = accounts.api_keys.find(&key, now).await?.ok_or_else(invalid_key)?;
    telemetry::of_organisation(record.organisation);
    let organisation = accounts.organisations.get(record.organisation).await?.ok_or_else(invalid_key)?;
    match accounts.rate_windows.admit(organisation.id, record.mode, organisation.rate_limit, now).await? {
        Admission::Admitted(rate) => {
            Ok((Caller { organisation: Arc::new(organisation), key: Arc::new(record) }, rate))
        }
        Admission::Throttled(rate) => Err(throttled(rate)),
    }
}

fn throttled(rate: RateStatus) -> ApiError {
    let seconds = rate.reset_secs;
    let detail = format!("Request was throttled. Expected available in {seconds} seconds.");
    let error = ApiError::new(ErrorCode::Throttled, detail).retry_after(seconds);
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
