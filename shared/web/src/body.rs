//! A request's body: its media type and its size.

use axum::{
    body::Body,
    extract::{FromRequest, Request},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::{BodyExt, Collected, LengthLimitError, Limited};

use crate::{
    code::ErrorCode,
    error::{ApiError, FieldError, shown},
    routes::{BodyLimits, JSON, Route},
};

/// Most bytes of a body that is not text: API Gateway hands it over in base64, and Lambda takes at most 6 MB of that.
pub const MAX_BINARY_BYTES: usize = 4_500_000;

/// The media type without its parameters, in lower case.
pub fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    value.split(';').next().map(|kind| kind.trim().to_ascii_lowercase())
}

/// The `charset` of the media type, in lower case.
pub fn charset(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let parameters = value.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let mut charsets = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    charsets.next().map(|(_, charset)| charset.trim().trim_matches('"').to_ascii_lowercase())
}

/// Reads a body within its limits: 415 or 413 otherwise.
pub(crate) async fn read(headers: &HeaderMap, body: Body, limits: BodyLimits) -> Result<Bytes, ApiError> {
    check_coding(headers)?;
    let kind = check_media_type(headers, &limits)?;
    let is_binary = kind.as_deref().is_some_and(|kind| !is_text(kind));
    let max_bytes = if is_binary { limits.max_bytes.min(MAX_BINARY_BYTES) } else { limits.max_bytes };
    match Limited::new(body, max_bytes).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let of_kind =
                kind.filter(|_| is_binary).map(|kind| format!(" as {}", shown(&kind))).unwrap_or_default();
            let detail = format!("The body of this request may have at most {max_bytes} bytes{of_kind}.");
            Err(ApiError::new(ErrorCode::BodyTooLarge, detail))
        }
        Err(_) => Err(ApiError::new(ErrorCode::UnreadableBody, "The body could not be read.")),
    }
}

/// Reads the body of a request that has none. Clients that always write JSON send an empty value; anything else was
/// meant to have an effect, and would have none.
pub(crate) async fn read_none(body: Body) -> Result<(), ApiError> {
    const LONGEST_EMPTY_VALUE: usize = 64;
    let collected = Limited::new(body, LONGEST_EMPTY_VALUE).collect().await;
    let bytes = collected.map(Collected::to_bytes).ok();
    let is_empty = |bytes: &Bytes| matches!(bytes.trim_ascii(), b"" | b"{}" | b"[]" | b"null");
    if bytes.as_ref().is_some_and(is_empty) {
        return Ok(());
    }
    Err(ApiError::invalid(vec![FieldError::new("body", "must be absent: this request has no body")]))
}

/// RFC 9110, 12.5.3: the answer to a coding that is not read names those that are.
fn check_coding(headers: &HeaderMap) -> Result<(), ApiError> {
    let codings = headers.get_all(header::CONTENT_ENCODING).iter();
    let codings: Vec<&[u8]> = codings.map(|coding| coding.as_bytes().trim_ascii()).collect();
    if codings.iter().all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity")) {
        return Ok(());
    }
    let detail = "The body of this request must not be compressed: send it without a Content-Encoding.";
    Err(unsupported(detail).header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity")))
}

/// The media type, if the endpoint reads it.
fn check_media_type(headers: &HeaderMap, limits: &BodyLimits) -> Result<Option<String>, ApiError> {
    let kind = media_type(headers).filter(|kind| !kind.is_empty());
    if limits.media_types.is_empty() {
        return Ok(kind);
    }
    let wanted = limits.media_types.join(" or ");
    let Some(kind) = kind else {
        return Err(unsupported(format!("The Content-Type of this request must be {wanted}; it has none.")));
    };
    if !limits.media_types.contains(&kind.as_str()) && !limits.also.contains(&kind.as_str()) {
        let kind = shown(&kind);
        return Err(unsupported(format!("The Content-Type of this request must be {wanted}, not {kind}.")));
    }
    match charset(headers) {
        Some(charset) if kind == JSON && !["utf-8", "utf8", "us-ascii"].contains(&charset.as_str()) => {
            let charset = shown(&charset);
            Err(unsupported(format!("JSON must be in UTF-8 (RFC 8259), not {charset}.")))
        }
        _ => Ok(Some(kind)),
    }
}

/// Whether API Gateway hands bodies of this type over as text, and not in base64.
fn is_text(kind: &str) -> bool {
    kind.starts_with("text/") || [JSON, "application/javascript", "application/xml"].contains(&kind)
}

fn unsupported(detail: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::UnsupportedMediaType, detail)
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
        let limits = route.body.unwrap_or(BodyLimits { media_types: &[], also: &[], max_bytes: 0 });
        Ok(Self { headers: parts.headers, body, limits })
    }
}
