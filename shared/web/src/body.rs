//! A request's body: its media type and its size.

use axum::{
    body::Body,
    extract::{FromRequest, Request},
};
use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::{
    code::ErrorCode,
    error::ApiError,
    routes::{BodyLimits, Route},
};

/// The media type without its parameters, in lower case.
pub fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    value.split(';').next().map(|kind| kind.trim().to_ascii_lowercase())
}

/// Reads a body within its limits: 415 or 413 otherwise.
pub(crate) async fn read(headers: &HeaderMap, body: Body, limits: BodyLimits) -> Result<Bytes, ApiError> {
    let BodyLimits { media_types, max_bytes } = limits;
    let kind = media_type(headers);
    if !media_types.is_empty() && !kind.as_deref().is_some_and(|kind| media_types.contains(&kind)) {
        let wanted = media_types.join(" or ");
        let detail = format!("The Content-Type of this request must be {wanted}.");
        return Err(ApiError::new(ErrorCode::UnsupportedMediaType, detail));
    }
    match Limited::new(body, max_bytes).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let detail = format!("The body of this request may have at most {max_bytes} bytes.");
            Err(ApiError::new(ErrorCode::BodyTooLarge, detail))
        }
        Err(_) => Err(ApiError::new(ErrorCode::UnreadableBody, "The body could not be read.")),
    }
}

/// The body of a callback, which the handler reads only after it has verified the address.
pub struct UnreadBody {
    headers: HeaderMap,
    body: Body,
    limits: BodyLimits,
}

impl UnreadBody {
    /// The request's headers.
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Reads it within the limits of the route table.
    pub async fn read(self) -> Result<Bytes, ApiError> {
        read(&self.headers, self.body, self.limits).await
    }
}

impl<S: Sync> FromRequest<S> for UnreadBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let route = parts.extensions.remove::<Route>().ok_or_else(ApiError::unknown_path)?;
        let limits = route.body.unwrap_or(BodyLimits { media_types: &[], max_bytes: 0 });
        Ok(Self { headers: parts.headers, body, limits })
    }
}
