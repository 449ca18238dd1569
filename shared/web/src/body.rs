//! A request's body: its media type and its size.

use axum::{
    body::Body,
    extract::{FromRequest, Request},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use http_body_util::{BodyExt, Collected, LengthLimitError, Limited};
use lambda_http::{RequestExt, request::RequestContext};

use crate::{
    code::ErrorCode,
    error::{ApiError, FieldError, shown},
    routes::{BodyLimits, JSON, Route},
};

/// Most bytes of a body that is not text: API Gateway passes it in base64, and Lambda takes at most 6 MB of that.
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

/// Reads the body of a request that needs none. Clients that always write JSON send an empty value. Any other body is
/// refused, because the client expects an effect of it.
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

/// Whether API Gateway passes bodies of this type as text, and not in base64.
fn is_text(kind: &str) -> bool {
    kind.starts_with("text/") || [JSON, "application/javascript", "application/xml"].contains(&kind)
}

fn unsupported(detail: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::UnsupportedMediaType, detail)
}

/// A callback of a provider whose body is not read yet.
pub struct UnreadBody {
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Body,
    limits: BodyLimits,
}

impl UnreadBody {
    /// The request's method.
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// The whole address as the provider called it, over which a signature is made: the path with its final slash, and
    /// the query unchanged. The request's own URI has neither.
    pub fn url(&self) -> &str {
        &self.url
    }

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
        let url = url_as_called(&request);
        let (mut parts, body) = request.into_parts();
        let route = parts.extensions.remove::<Route>().ok_or_else(ApiError::unknown_path)?;
        let limits = route.body.unwrap_or(BodyLimits { media_types: &[], also: &[], max_bytes: 0 });
        Ok(Self { method: parts.method, url, headers: parts.headers, body, limits })
    }
}

fn url_as_called(request: &Request) -> String {
    let host = match request.extensions().get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => context.domain_name.clone(),
        _ => None,
    };
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let host = host.or_else(|| header("host").map(str::to_owned)).unwrap_or_default();
    let scheme = header("x-forwarded-proto").filter(|scheme| *scheme == "http").unwrap_or("https");
    let path = match request.raw_http_path() {
        "" => request.uri().path(),
        path => path,
    };
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{scheme}://{host}{path}{query}")
}
