//! Reading an HTTP body up to a limit, for the front and the Runtime API.

use axum::body::Body;
use bytes::Bytes;
use http_body_util::LengthLimitError;

/// Why a body could not be read whole.
#[derive(Debug)]
pub(super) enum BodyError {
    /// The body is longer than the limit.
    TooLarge,
    /// The connection broke before its end.
    Broken,
}

/// Reads a whole body of at most `bytes_max` bytes.
pub(super) async fn read_body(body: Body, bytes_max: usize) -> Result<Bytes, BodyError> {
    axum::body::to_bytes(body, bytes_max).await.map_err(|error| {
        if error.into_inner().is::<LengthLimitError>() { BodyError::TooLarge } else { BodyError::Broken }
    })
}
