//! The answers, in AWS JSON 1.0.

use axum::{
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

const AWS_JSON: &str = "application/x-amz-json-1.0";

/// A text that was taken.
pub(super) fn taken(message_id: &str) -> Response {
    answer(StatusCode::OK, &json!({"MessageId": message_id}))
}

/// A text that was only checked.
pub(super) fn checked() -> Response {
    answer(StatusCode::OK, &json!({}))
}

/// An error with the HTTP status that AWS gives it.
pub(super) fn error(error: &str, reason: Option<&str>) -> Response {
    let status = match error {
        "InternalServerException" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    let key = if error == "ResourceNotFoundException" { "ResourceType" } else { "Reason" };
    let mut body = json!({"__type": error, "Message": "The text was not sent."});
    if let (Some(reason), Some(body)) = (reason, body.as_object_mut()) {
        body.insert(key.to_owned(), json!(reason));
    }
    answer(status, &body)
}

/// The error of a member that is not as the model demands.
pub(super) fn invalid(member: &str) -> Response {
    let fields = json!([{"Name": member, "Message": "The value is not valid."}]);
    let body = json!({
        "__type": "ValidationException",
        "Message": "1 validation error detected.",
        "Reason": "FIELD_VALIDATION_FAILED",
        "Fields": fields,
    });
    answer(StatusCode::BAD_REQUEST, &body)
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, AWS_JSON)], body.to_string()).into_response()
}
