//! The outermost layer: one path for two spellings, an id for every request, one form for every error.

use std::convert::Infallible;

use axum::{
    body::Body,
    extract::Request,
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, Uri, header, uri::PathAndQuery};
use lambda_http::request::RequestContext;
use tower::{Service, util::MapRequest};
use uuid::Uuid;

use crate::{code::ErrorCode, error::ApiError, routes::Routes};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A function's routes as the service that Lambda calls.
pub fn service(
    routes: Routes,
) -> impl Service<lambda_http::Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send
{
    let router = routes.into_router().layer(middleware::from_fn(answer));
    MapRequest::new(router, without_final_slash)
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
    let response = next.run(request).await;
    let error = response.extensions().get::<ApiError>().cloned().or_else(|| unrouted(&response));
    let mut response = match error {
        Some(error) => with_body(response, &error, &id),
        None => response,
    };
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// API Gateway's own id, which its access log has too.
fn request_id(request: &Request) -> String {
    let gateway = match request.extensions().get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
        _ => None,
    };
    gateway.unwrap_or_else(|| Uuid::new_v4().to_string())
}

/// The error that the router answered by itself, with an empty body.
fn unrouted(response: &Response) -> Option<ApiError> {
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    if !is_error || response.headers().contains_key(header::CONTENT_TYPE) {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(ApiError::unknown_path()),
        StatusCode::METHOD_NOT_ALLOWED => {
            let detail = "This path does not take this method; the Allow header names those it takes.";
            Some(ApiError::new(ErrorCode::MethodNotAllowed, detail))
        }
        _ => None,
    }
}

fn with_body(response: Response, error: &ApiError, id: &str) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(error.body(id).to_string())).into_response()
}
