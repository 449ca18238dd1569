//! The outermost layer: one path for two spellings, an id for every request, one form for every error.

use std::convert::Infallible;

use axum::{
    Router,
    body::Body,
    extract::Request,
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header, uri::PathAndQuery};
use lambda_http::request::RequestContext;
use platform::{
    clock::Clock,
    environment::{Environment, EnvironmentError},
    http::{HttpClient, Roots},
};
use stores::Stores;
use tower::{Service, util::MapRequest};
use uuid::Uuid;

use crate::{caller, error::ApiError};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the edge of a function works with.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The tables.
    pub stores: Stores,
    /// The time.
    pub clock: Clock,
}

impl Edge {
    /// Of the environment, for a function's `main`.
    pub fn read(environment: &mut Environment<'_>, http: &HttpClient) -> Self {
        Self { stores: Stores::read(environment, http), clock: Clock::machine() }
    }

    /// Of the process's own environment, where nothing else is needed.
    pub fn from_process() -> Result<Self, EnvironmentError> {
        let mut environment = Environment::new(&platform::environment::process);
        let http = environment.noted(HttpClient::new(Roots::Amazon));
        let edge = http.map(|http| Self::read(&mut environment, &http));
        environment.finish(edge)
    }

    /// Puts authentication in front of routes, and the answer of whoever asks for none behind them.
    pub fn authenticated<S: Clone + Send + Sync + 'static>(&self, routes: Router<S>) -> Router<S> {
        let edge = self.clone();
        routes
            .route_layer(middleware::from_fn_with_state(self.clone(), caller::authenticate))
            .fallback(move |headers: HeaderMap| caller::unknown_path(edge.clone(), headers))
    }
}

/// A function's routes as the service that Lambda calls. Routes are written without their final slash.
pub fn service(
    routes: Router,
) -> impl Service<lambda_http::Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send
{
    let routes = routes.layer(middleware::from_fn(answer));
    MapRequest::new(routes, without_final_slash)
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
    let mut response = match response.extensions().get::<ApiError>().cloned().or_else(|| unrouted(&response))
    {
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

/// What the router answers by itself, with an empty body.
fn unrouted(response: &Response) -> Option<ApiError> {
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    if !is_error || response.headers().contains_key(header::CONTENT_TYPE) {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(ApiError::not_found("unknown_path", "There is nothing at this path.")),
        StatusCode::METHOD_NOT_ALLOWED => {
            let detail = "This path does not take this method; the Allow header names those it takes.";
            Some(ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail))
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
