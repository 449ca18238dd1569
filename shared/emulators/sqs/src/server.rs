//! HTTP: one route, one header that names the action, JSON in and out.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use loopback_server::{AccessKey, KeyRefusal};
use serde_json::json;
use uuid::Uuid;

use crate::actions::{self, Answer, Call};
use crate::counts::Action;
use crate::limits;
use crate::refusal::Refusal;
use crate::service::Service;

const CONTENT_TYPE: &str = "application/x-amz-json-1.0";
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");

#[derive(Clone)]
struct Served {
    sqs: Arc<Service>,
    key: AccessKey,
}

/// The service as a router, for calls that are signed with `key`.
pub(crate) fn router(sqs: Arc<Service>, key: AccessKey) -> Router {
    Router::new()
        .route("/", post(respond))
        .layer(DefaultBodyLimit::max(limits::REQUEST_BODY_BYTES))
        .with_state(Served { sqs, key })
}

async fn respond(State(served): State<Served>, headers: HeaderMap, body: Bytes) -> Response {
    match answer(&served, &headers, &body).await {
        Ok(answer) => rendered(StatusCode::OK, answer.json),
        Err(refusal) => refused(&refusal),
    }
}

async fn answer(served: &Served, headers: &HeaderMap, body: &[u8]) -> Result<Answer, Refusal> {
    let Served { sqs, key } = served;
    let action = text(headers, &TARGET).and_then(Action::of_target).ok_or(Refusal::UnknownOperation)?;
    key.check(headers).map_err(|refusal| match refusal {
        KeyRefusal::Missing => Refusal::MissingAuthenticationToken,
        KeyRefusal::Unknown => Refusal::InvalidClientTokenId,
    })?;
    let host = text(headers, &header::HOST).ok_or(Refusal::InvalidAddress)?;
    let call = Call { sqs, host };
    let answer = actions::answer(&call, action, body).await;
    sqs.meter.bill(action, answer.as_ref().map_or(0, |answer| answer.payload_bytes));
    answer
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn rendered(status: StatusCode, json: Vec<u8>) -> Response {
    let headers = [(header::CONTENT_TYPE, CONTENT_TYPE.to_owned()), (REQUEST_ID, Uuid::new_v4().to_string())];
    (status, headers, json).into_response()
}

fn refused(refusal: &Refusal) -> Response {
    if let Refusal::Storage(error) = refusal {
        tracing::error!(%error, "the queue store failed");
    }
    let code = refusal.code();
    let fault = if code.sender_fault { "Sender" } else { "Receiver" };
    let body =
        json!({ "__type": format!("com.amazonaws.sqs#{}", code.shape), "message": refusal.to_string() });
    let status = StatusCode::from_u16(code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let query_error = [(QUERY_ERROR, format!("{};{fault}", code.query))];
    (query_error, rendered(status, body.to_string().into_bytes())).into_response()
}
