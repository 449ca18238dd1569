//! The answers to a hand-over, including broken ones.

use std::{io, time::Duration};

use axum::{
    Json,
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use providers::sandbox::{
    rules::{CallRule, RETRY_AFTER_SECONDS},
    wire::ResultLine,
};
use serde::Serialize;

use super::{faults::Fault, server::Server, taking::Call};

/// How long the rule "after a long wait" waits.
const SLOW_ANSWER: Duration = Duration::from_secs(2);

/// How long "never" is: longer than any adapter waits, and short enough that a forgotten connection ends.
const NEVER: Duration = Duration::from_secs(90);

#[derive(Serialize)]
struct Results {
    results: Vec<ResultLine>,
}

/// Answers one hand-over by the present faults and the rules of its numbers.
pub(super) async fn answer(server: &Server, body: &[u8]) -> Response {
    let Fault { latency, before_taking, after_taking } = server.state().faults.next();
    tokio::time::sleep(latency).await;
    if let Some(status) = before_taking {
        return failure(status);
    }
    let Some(call) = Call::parse(body) else { return failure(400) };
    let rule = call.rule();
    if let Some(refusal) = refusal(server, &call, rule) {
        return refusal;
    }
    let results = server.take(&call);
    match after_taking {
        Some(status) => failure(status),
        None => answer_taken(rule, results).await,
    }
}

/// The answer to a call of which no message is taken.
fn refusal(server: &Server, call: &Call, rule: CallRule) -> Option<Response> {
    match rule {
        CallRule::RefuseCredentials => Some(failure(401)),
        CallRule::ThrottleAtFirst => server.turns_away(call).then(|| failure(429)),
        CallRule::Fail => Some(failure(500)),
        CallRule::Answer
        | CallRule::AnswerSlowly
        | CallRule::BreakOff
        | CallRule::AnswerServerError
        | CallRule::NeverAnswer => None,
    }
}

async fn answer_taken(rule: CallRule, results: Vec<ResultLine>) -> Response {
    match rule {
        CallRule::AnswerServerError => failure(500),
        CallRule::BreakOff => broken_off(),
        CallRule::NeverAnswer => {
            tokio::time::sleep(NEVER).await;
            failure(504)
        }
        CallRule::AnswerSlowly => {
            tokio::time::sleep(SLOW_ANSWER).await;
            Json(Results { results }).into_response()
        }
        _ => Json(Results { results }).into_response(),
    }
}

fn failure(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = status.into_response();
    if status == StatusCode::TOO_MANY_REQUESTS {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
    }
    response
}

/// An answer that begins well; then the connection breaks.
fn broken_off() -> Response {
    let parts = [Ok(Bytes::from_static(b"{\"results\":[")), Err(io::Error::other("broken off on purpose"))];
    Body::from_stream(stream::iter(parts)).into_response()
}
