//! A request's body: its media type and its size.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::error::ApiError;

/// Largest JSON body that is read, unless an endpoint says otherwise: a hundred ids and ten segments
/// need a fraction of it.
pub const MAX_JSON_BYTES: usize = 256 * 1024;

/// The media type without its parameters, in lower case.
pub fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    value.split(';').next().map(|kind| kind.trim().to_ascii_lowercase())
}

/// Reads a body of one of the accepted media types, up to `limit` bytes: 415 or 413 otherwise.
pub async fn read(
    headers: &HeaderMap,
    body: Body,
    accepted: &[&str],
    limit: usize,
) -> Result<Bytes, ApiError> {
    let kind = media_type(headers);
    if !kind.as_deref().is_some_and(|kind| accepted.contains(&kind)) {
        let wanted = accepted.join(" or ");
        let detail = format!("The Content-Type of this request must be {wanted}.");
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
    }
    read_any(body, limit).await
}

/// Reads a JSON body of ordinary size.
pub async fn read_json(headers: &HeaderMap, body: Body) -> Result<Bytes, ApiError> {
    read(headers, body, &["application/json"], MAX_JSON_BYTES).await
}

/// Reads a body whatever its media type.
pub async fn read_any(body: Body, limit: usize) -> Result<Bytes, ApiError> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let detail = format!("The body of this request may have at most {limit} bytes.");
            Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail))
        }
        Err(_) => {
            Err(ApiError::new(StatusCode::BAD_REQUEST, "unreadable_body", "The body could not be read."))
        }
    }
}
