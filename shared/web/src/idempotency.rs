//! `Idempotency-Key`: the same key and body is carried out once, and answered alike for a day.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde::Serialize;
use stores::accounts::idempotency::{Answer, Begin, Claim};

use crate::{
    Caller, Edge,
    error::{ApiError, FieldError},
};

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const MAX_KEY_CHARACTERS: usize = 255;

/// Whether a request is to be carried out.
pub enum Once {
    /// It is; under this claim where it came with a key.
    Run(Option<Claim>),
    /// It was, and this is what it was answered.
    Replayed(Response),
}

/// Carries a request out, unless it was: `run` is given the claim under which it is, where it came with a
/// key.
pub async fn once(
    edge: &Edge,
    caller: &Caller,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    body: &[u8],
    run: impl AsyncFnOnce(Option<&Claim>) -> Result<Answer, ApiError>,
) -> Result<Response, ApiError> {
    match begin(edge, caller, method, path, headers, body).await? {
        Once::Replayed(response) => Ok(response),
        Once::Run(claim) => {
            let outcome = run(claim.as_ref()).await;
            finish(edge, claim, outcome).await
        }
    }
}

/// Looks a request's key up, where it has one.
pub async fn begin(
    edge: &Edge,
    caller: &Caller,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Once, ApiError> {
    let Some(key) = key_of(headers)? else { return Ok(Once::Run(None)) };
    let mode: &[u8] = if caller.mode() == domain::api_key::KeyMode::Test { b"test" } else { b"live" };
    let request = [method.as_str().as_bytes(), path.trim_end_matches('/').as_bytes(), mode, body];
    let records = &edge.stores.accounts.idempotency;
    match records.begin(caller.organisation.id, &key, &request, edge.clock.now()).await? {
        Begin::Started(claim) => Ok(Once::Run(Some(claim))),
        Begin::Replay(answer) => Ok(Once::Replayed(replayed(answer))),
        Begin::KeyReused => Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "This Idempotency-Key was used for another request.",
        )),
        Begin::InProgress { retry_after_secs } => Err(ApiError::conflict(
            "idempotency_in_progress",
            "The first request with this Idempotency-Key is still being carried out.",
        )
        .retry_after(retry_after_secs)),
    }
}

/// Ends a request that is not part of a store's transaction: its answer is kept for replay; a refusal
/// gives the key back, since nothing was created under it; after a failure, which may have left a part
/// done, only the same request may carry on.
async fn finish(
    edge: &Edge,
    claim: Option<Claim>,
    outcome: Result<Answer, ApiError>,
) -> Result<Response, ApiError> {
    let records = &edge.stores.accounts.idempotency;
    match (outcome, claim) {
        (Ok(answer), Some(claim)) => {
            records.complete(&claim, &answer, edge.clock.now()).await?;
            Ok(respond(answer))
        }
        (Ok(answer), None) => Ok(respond(answer)),
        (Err(error), claim) if error.status().is_server_error() => {
            leave_open(edge, claim).await;
            Err(error)
        }
        (Err(error), claim) => {
            give_back(edge, claim).await;
            Err(error)
        }
    }
}

async fn leave_open(edge: &Edge, claim: Option<Claim>) {
    if let Some(claim) = claim
        && let Err(error) = edge.stores.accounts.idempotency.leave_open(&claim).await
    {
        tracing::warn!(%error, "an idempotency key could not be left open; its lease will run out");
    }
}

/// Gives a key back after an error. Where that fails too, its lease runs out by itself.
pub async fn give_back(edge: &Edge, claim: Option<Claim>) {
    if let Some(claim) = claim
        && let Err(error) = edge.stores.accounts.idempotency.release(&claim).await
    {
        tracing::warn!(%error, "an idempotency key could not be given back; its lease will run out");
    }
}

/// An answer of a status and a JSON body.
pub fn answer(status: StatusCode, body: &impl Serialize) -> Result<Answer, ApiError> {
    let body = serde_json::to_string(body).map_err(|error| {
        tracing::error!(%error, "an answer could not be written");
        ApiError::internal()
    })?;
    Ok(Answer { status: status.as_u16(), body })
}

/// The answer as a response.
pub fn respond(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, json)], Body::from(answer.body)).into_response()
}

fn replayed(answer: Answer) -> Response {
    let mut response = respond(answer);
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

/// The key that a request came with.
///
/// # Errors
/// 400 where it is none.
pub fn key_of(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().unwrap_or_default();
    let visible = (1..=MAX_KEY_CHARACTERS).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    if !visible || values.next().is_some() {
        let message = format!("must be 1 to {MAX_KEY_CHARACTERS} visible ASCII characters, once");
        return Err(ApiError::invalid(vec![FieldError::new("Idempotency-Key", message)]));
    }
    Ok(Some(key.to_owned()))
}
