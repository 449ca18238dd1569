//! The outermost layer: one path for two spellings, an id for every request, one form for every error.

use std::convert::Infallible;

use axum::{
    body::Body,
    extract::Request,
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header, uri::PathAndQuery};
use lambda_http::{RequestExt, request::RequestContext};
use platform::telemetry;
use tower::{Layer, Service, util::MapRequest};
use tracing::Instrument;
use uuid::Uuid;

use crate::{code::ErrorCode, error::ApiError, routes::Routes};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A function's routes as the service that Lambda calls.
pub fn service(
    routes: Routes,
) -> impl Service<lambda_http::Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send
{
    // Around the router as a whole, because `Router::layer` would wrap each route.
    let answered = middleware::from_fn(answer).layer(routes.into_router());
    MapRequest::new(answered, |request| get_for_head(without_final_slash(request)).map(Body::new))
}

/// Answers `HEAD` as `GET`, with a body: API Gateway removes the body and keeps its length, which would otherwise be 0
/// (RFC 9110, 9.3.2).
fn get_for_head(mut request: lambda_http::Request) -> lambda_http::Request {
    if request.method() == Method::HEAD {
        *request.method_mut() = Method::GET;
    }
    request
}

fn without_final_slash(mut request: lambda_http::Request) -> lambda_http::Request {
    let uri = request.uri();
    let path = uri.path().trim_end_matches('/');
    let path = if path.is_empty() { "/" } else { path };
    if path != uri.path() {
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = PathAndQuery::try_from(format!("{path}{query}")).ok();
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}

/// Gives the request its id, and errors their body.
async fn answer(request: Request, next: Next) -> Response {
    let id = request_id(&request);
    let response = match has_unsafe_escape(&request) {
        true => ApiError::unknown_path().into_response(),
        false => next.run(request).instrument(telemetry::request(&id)).await,
    };
    let error = response.extensions().get::<ApiError>().cloned().or_else(|| unrouted(&response));
    let mut response = match error {
        Some(error) => with_body(response, &error, &id),
        None => response,
    };
    let headers = response.headers_mut();
    // Answers hold contacts and balances, and are true for a moment only.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// Whether the path has a character, written as an escape such as `%3F`, that changes which path is read. API Gateway
/// decodes the path: what follows a `?` or a `#` would be read as a query, or lost; control characters and a space at the
/// end are removed when the path is read as a URL (WHATWG URL, "basic URL parser").
fn has_unsafe_escape(request: &Request) -> bool {
    let path = request.raw_http_path();
    path.contains(['?', '#']) || path.contains(char::is_control) || path.ends_with(' ')
}

/// API Gateway's id, which its access log also has.
fn request_id(request: &Request) -> String {
    let gateway = match request.extensions().get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
        _ => None,
    };
    gateway.unwrap_or_else(|| Uuid::new_v4().to_string())
}

/// The error for an answer that the router made itself, with an empty body.
fn unrouted(response: &Response) -> Option<ApiError> {
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    if !is_error || response.headers().contains_key(header::CONTENT_TYPE) {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(ApiError::unknown_path()),
        StatusCode::METHOD_NOT_ALLOWED => {
            let detail = "This path does not support this method; the Allow header lists the supported ones.";
            Some(ApiError::new(ErrorCode::MethodNotAllowed, detail))
        }
        _ => None,
    }
}

fn with_body(response: Response, error: &ApiError, id: &str) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let body = error.body(id).to_string();
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    Response::from_parts(parts, Body::from(body))
}
