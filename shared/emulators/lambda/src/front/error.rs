//! The server's own answers if no function answers, in the API's error form.
//!
//! The statuses are those of API Gateway's HTTP APIs: 500 for a function that failed, 503 for one that took too long.
//! The reason is logged and not sent to the caller.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::{body::BodyError, invoke::InvokeError};

/// Why the server answers itself.
#[derive(Debug, thiserror::Error)]
pub(super) enum FrontError {
    #[error("no route has this path")]
    NoRoute,
    #[error("the path is not UTF-8")]
    UnreadablePath,
    #[error("the request's body is over the limit")]
    BodyTooLarge,
    #[error("the connection broke within the request's body")]
    BodyBroken,
    #[error("the request makes an event over the limit")]
    EventTooLarge,
    #[error("the integration timeout has passed")]
    TimedOut,
    #[error("the function gave no answer")]
    Function(#[from] InvokeError),
    #[error("the event could not be written")]
    Event(#[source] serde_json::Error),
    #[error("the function's answer is not of payload format 2.0")]
    UnreadableAnswer(#[source] serde_json::Error),
    #[error("the function's answer has an invalid {0}")]
    InvalidAnswer(&'static str),
}

impl From<BodyError> for FrontError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::BodyTooLarge,
            BodyError::Broken => Self::BodyBroken,
        }
    }
}

impl FrontError {
    /// Status, code and sentence of the answer.
    fn answer(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NoRoute => (StatusCode::NOT_FOUND, "unknown_path", "There is nothing at this path."),
            Self::UnreadablePath | Self::BodyBroken => {
                (StatusCode::BAD_REQUEST, "bad_request", "The request could not be read.")
            }
            Self::BodyTooLarge | Self::EventTooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "The request is too large.")
            }
            Self::TimedOut => {
                (StatusCode::SERVICE_UNAVAILABLE, "service_unavailable", "Service unavailable.")
            }
            Self::Function(_) | Self::Event(_) | Self::UnreadableAnswer(_) | Self::InvalidAnswer(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "internal_error", "Internal server error.")
            }
        }
    }

    pub(super) fn into_response(self, request_id: Uuid) -> Response {
        let (status, code, detail) = self.answer();
        if status.is_server_error() {
            let cause = std::error::Error::source(&self).map(ToString::to_string);
            tracing::error!(%request_id, error = %self, cause, "the front answered {status}");
        }
        (status, Json(json!({ "detail": detail, "code": code, "request_id": request_id }))).into_response()
    }
}
