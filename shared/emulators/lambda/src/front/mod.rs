//! API Gateway's HTTP API on a local port: requests become payload v2.0 events for the functions.
//!
//! ```text
//! request ─► route by prefix ─► body ≤ 10 MB ─► event ≤ 6 MB ─► invoke ≤ 30 s ─► answer ─► response
//! ```
//!
//! Started by the local command and the end-to-end tests. It never reads a body, and adds no authentication, CORS or
//! throttling, because the deployed API has none of its own either. Requests that name another host or come from a page
//! of another origin are refused, because a browser runs on the same machine.

mod answer;
mod error;
mod event;
mod origin;
mod routes;

pub use routes::Routes;

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    response::Response,
};
use error::FrontError;
use http::HeaderName;
use origin::Origin;
use time::OffsetDateTime;
use tokio::{net::TcpListener, time::timeout};
use uuid::Uuid;

use crate::{body::read_body, limits::PAYLOAD_BYTES_MAX};

/// The most bytes of a request's body: 10 MB
/// (docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html).
pub const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// How long the server waits for a function; the quota cannot be raised (same page).
pub const INTEGRATION_TIMEOUT: Duration = Duration::from_secs(30);

/// An HTTP API before its functions.
pub struct Front {
    routes: Routes,
    pages: Router,
    integration_timeout: Duration,
}

struct Shared {
    routes: Routes,
    integration_timeout: Duration,
}

impl Front {
    /// An API with these routes.
    pub fn new(routes: Routes) -> Self {
        Self { routes, pages: Router::new(), integration_timeout: INTEGRATION_TIMEOUT }
    }

    /// Adds routes that the server answers itself: pages that exist on this machine only. They take precedence over the
    /// functions' prefixes.
    #[must_use]
    pub fn with_pages(mut self, pages: Router) -> Self {
        self.pages = self.pages.merge(pages);
        self
    }

    /// Shortens the wait for a function, for a test of its end.
    #[must_use]
    pub fn with_integration_timeout(mut self, integration_timeout: Duration) -> Self {
        self.integration_timeout = integration_timeout;
        self
    }

    /// Serves on `listener` until `stop` resolves and the requests under way are answered.
    ///
    /// # Errors
    /// Those of the listener.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        loopback_server::serve(listener, self.into_router(), stop).await
    }

    fn into_router(self) -> Router {
        let Self { routes, pages, integration_timeout } = self;
        let functions =
            Router::new().fallback(forward).with_state(Arc::new(Shared { routes, integration_timeout }));
        pages.merge(functions)
    }
}

async fn forward(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let origin = Origin { request_id: Uuid::new_v4(), peer, at: OffsetDateTime::now_utc() };
    let mut response = match shared.invoke(request, &origin).await {
        Ok(response) => response,
        Err(error) => error.into_response(origin.request_id),
    };
    stamp(&mut response, origin.request_id);
    response
}

impl Shared {
    async fn invoke(&self, request: Request, origin: &Origin) -> Result<Response, FrontError> {
        let (parts, body) = request.into_parts();
        let path = event::decoded_path(&parts.uri)?;
        let function = self.routes.find(&path).ok_or(FrontError::NoRoute)?;
        let body = read_body(body, BODY_BYTES_MAX).await?;
        let event = event::encode(&parts, &path, &body, origin)?;
        if event.len() > PAYLOAD_BYTES_MAX {
            return Err(FrontError::EventTooLarge);
        }
        let answer = timeout(self.integration_timeout, function.invoke(event)).await;
        answer::decode(&answer.map_err(|_| FrontError::TimedOut)??)
    }
}

/// API Gateway names the request in every answer.
fn stamp(response: &mut Response, request_id: Uuid) {
    if let Ok(id) = request_id.to_string().parse() {
        response.headers_mut().insert(HeaderName::from_static("apigw-requestid"), id);
    }
}
