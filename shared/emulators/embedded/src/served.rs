//! DynamoDB over HTTP: one route, one header that names the operation, JSON in and out.

use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    response::{IntoResponse, Response},
    routing::post,
};
use bytes::Bytes;
use dynoxide::Database;
use http::{HeaderMap, StatusCode, header};
use loopback_server::{AccessKey, KeyRefusal};

use crate::operations::apply;

const TARGET: &str = "x-amz-target";
const CONTENT_TYPE: &str = "application/x-amz-json-1.0";
/// The most bytes of a request: 16 MB, the limit of a batch in DynamoDB.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

#[derive(Clone)]
struct Served {
    database: Database,
    key: AccessKey,
}

/// A database's routes, for calls that are signed with `key`.
pub(super) fn routes(database: Database, key: AccessKey) -> Router {
    Router::new()
        .route("/", post(respond))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Served { database, key })
}

async fn respond(State(served): State<Served>, headers: HeaderMap, body: Bytes) -> Response {
    let (status, json) = answer(&served, &headers, &body);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, CONTENT_TYPE)], json).into_response()
}

fn answer(Served { database, key }: &Served, headers: &HeaderMap, body: &[u8]) -> (u16, String) {
    if let Err(refusal) = key.check(headers) {
        return (400, refused(refusal));
    }
    let target = headers.get(TARGET).and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.strip_prefix("DynamoDB_20120810."));
    apply(database, operation.unwrap_or_default(), body)
}

/// DynamoDB's own errors for a call of an unknown key.
fn refused(refusal: KeyRefusal) -> String {
    let (shape, message) = match refusal {
        KeyRefusal::Missing => {
            ("MissingAuthenticationTokenException", "Request is missing Authentication Token")
        }
        KeyRefusal::Unknown => {
            ("UnrecognizedClientException", "The security token included in the request is invalid.")
        }
    };
    format!(r#"{{"__type":"com.amazon.coral.service#{shape}","message":"{message}"}}"#)
}
