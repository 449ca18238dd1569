//! `Idempotency-Key`: a request with a key is carried out once, and the same request gets the same answer for a day.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::{api_key::KeyMode, ids::OrganisationId};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use serde::Serialize;
use stores::{
    StoreError,
    accounts::idempotency::{Answer, Begin, Claim},
};

use crate::{
    backend::Backend,
    code::ErrorCode,
    error::{ApiError, FieldError},
    identity::RequestIdentity,
};

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Headers in which other APIs take the key. A client that uses one is refused: otherwise its repeated request would be
/// carried out again.
const OTHER_HEADERS: [&str; 3] = ["x-idempotency-key", "x-idempotent-key", "idempotent-key"];
const MAX_KEY_CHARACTERS: usize = 255;

/// A request that may be carried out once, for which its `Idempotency-Key` is claimed.
pub struct Once {
    pub(crate) backend: Backend,
    pub(crate) organisation: OrganisationId,
    pub(crate) mode: KeyMode,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The result of claiming a key.
enum Claimed {
    /// Carry the request out, under this claim if the request has a key.
    Run(Option<Claim>),
    /// Repeat the stored answer.
    Replay(Answer),
}

/// How a request's answer is stored for replay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum AnswerWrite {
    /// By a separate write, after the request was carried out.
    Separate,
    /// By the transaction that carries the request out.
    InTransaction,
}

impl Once {
    /// Carries the request out unless it was already, and then stores its answer by a separate write. A refusal frees
    /// the key, because nothing was created under it. After a failure a part may be done, so only the same request may
    /// carry on.
    pub async fn run(
        &self,
        run: impl AsyncFnOnce(Option<&Claim>) -> Result<Answer, ApiError>,
    ) -> Result<Response, ApiError> {
        self.carry_out(AnswerWrite::Separate, run).await
    }

    /// Runs a request that stores its answer in its own transaction: after any error nothing was created, and the key
    /// is free.
    pub async fn run_transaction(
        &self,
        run: impl AsyncFnOnce(Option<&Claim>) -> Result<Answer, ApiError>,
    ) -> Result<Response, ApiError> {
        self.carry_out(AnswerWrite::InTransaction, run).await
    }

    async fn carry_out(
        &self,
        write: AnswerWrite,
        run: impl AsyncFnOnce(Option<&Claim>) -> Result<Answer, ApiError>,
    ) -> Result<Response, ApiError> {
        let claim = match self.claim().await? {
            Claimed::Replay(answer) => return Ok(replayed(answer)),
            Claimed::Run(claim) => claim,
        };
        let outcome = run(claim.as_ref()).await;
        if let Some(claim) = claim {
            self.end_claim(&claim, &outcome, write).await?;
        }
        outcome.map(respond)
    }

    async fn end_claim(
        &self,
        claim: &Claim,
        outcome: &Result<Answer, ApiError>,
        write: AnswerWrite,
    ) -> Result<(), ApiError> {
        let records = &self.backend.stores.accounts.idempotency;
        match (outcome, write) {
            (Ok(_), AnswerWrite::InTransaction) => {}
            (Ok(answer), AnswerWrite::Separate) => {
                records.complete(claim, answer, self.backend.clock.now()).await?;
            }
            (Err(error), AnswerWrite::Separate) if error.status().is_server_error() => {
                warn_if_held(records.leave_open(claim).await);
            }
            (Err(_), _) => warn_if_held(records.release(claim).await),
        }
        Ok(())
    }

    /// The request's key.
    ///
    /// # Errors
    /// 400 if the key is malformed.
    pub fn key(&self) -> Result<Option<String>, ApiError> {
        key_of(&self.headers)
    }

    async fn claim(&self) -> Result<Claimed, ApiError> {
        let Some(key) = self.key()? else { return Ok(Claimed::Run(None)) };
        let Self { organisation, mode, method, uri, headers, body, .. } = self;
        let request = RequestIdentity::of(method, uri, headers, body);
        let records = &self.backend.stores.accounts.idempotency;
        match records.begin(*organisation, *mode, &key, &request.parts(), self.backend.clock.now()).await? {
            Begin::Started(claim) => Ok(Claimed::Run(Some(claim))),
            Begin::Replay(answer) => Ok(Claimed::Replay(answer)),
            Begin::KeyReused => Err(ApiError::new(
                ErrorCode::IdempotencyKeyReused,
                "This Idempotency-Key was used for another request.",
            )),
            Begin::InProgress { retry_after_secs } => Err(ApiError::new(
                ErrorCode::IdempotencyInProgress,
                "The first request with this Idempotency-Key is still being carried out.",
            )
            .retry_after(retry_after_secs)),
        }
    }
}

/// If a claim cannot be ended after an error, its lease runs out.
fn warn_if_held(ended: Result<(), StoreError>) {
    if let Err(error) = ended {
        tracing::warn!(%error, "an idempotency key stays claimed until its lease runs out");
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

fn key_of(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return refuse_other_headers(headers).map(|()| None) };
    let key = value.to_str().unwrap_or_default();
    let visible = (1..=MAX_KEY_CHARACTERS).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    if !visible || values.next().is_some() {
        let message = format!("must be 1 to {MAX_KEY_CHARACTERS} visible ASCII characters, once");
        return Err(ApiError::invalid(vec![FieldError::new("Idempotency-Key", message)]));
    }
    Ok(Some(key.to_owned()))
}

fn refuse_other_headers(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(name) = OTHER_HEADERS.into_iter().find(|name| headers.contains_key(*name)) else {
        return Ok(());
    };
    let message = format!("must be sent under this name: the header {name} is not read");
    Err(ApiError::invalid(vec![FieldError::new("Idempotency-Key", message)]))
}
