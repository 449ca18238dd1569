//! The HTTP client of every call that a function makes: the SDK's clients share its connector, and the provider
//! adapters send through it.
//!
//! The promise that a number is texted at most once depends on this client. A call that failed is either **never left**
//! (claimed only with proof) or **lost** (the request may have arrived). The client never retries, never follows a
//! redirect, never uses a proxy, and never reads an answer beyond [`MAX_ANSWER_BYTES`].
//!
//! The proof: for each request the connector tells whether a connection was ever assigned to it
//! ([`CaptureSmithyConnection`]). The assignment and the hand-over of the request to the connection happen in one poll,
//! and a connection is assigned only after name, TCP and TLS are settled. So if no connection was assigned, no byte of
//! the request can have left, with any error and after any time. Once a connection was assigned, nothing
//! that this client sees can prove that the request did not leave.
//!
//! hyper repeats one kind of request by itself: a request that it gets back whole and never begun from a pooled
//! connection that closed before taking the request (hyper 1.12 `client/dispatch.rs`, `TrySendError`). Such a request
//! is provably unsent, and the tests race it. A client made with [`HttpClient::one_connection_per_call`] has no pool,
//! so hyper repeats nothing.

mod error;
mod kept;
mod roots;
#[cfg(test)]
pub(crate) mod tests;

use std::time::Duration;

use ::http::{Request, Response};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::{
    Connector,
    tls::{Provider, TlsContext, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        connection::CaptureSmithyConnection,
        http::{HttpConnector, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn},
        orchestrator::HttpRequest,
    },
};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};

pub use error::{HttpError, TlsSetupError};
pub use kept::KeptConnections;
pub use roots::Roots;

/// The longest answer that is read; a provider's answer to a hundred recipients has some 20 KB.
pub const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Longest time to reach a server: name, TCP and TLS together. Needed because the SDK's own setting does not apply to a
/// shared connector.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Shorter than the idle timeouts of AWS endpoints (20 s and more), so that a pooled connection is rarely closed.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(15);
/// Shorter than the shortest idle timeout of common servers (5 s): a request is lost if its server closes the
/// connection at that moment.
const INVOCATION_IDLE_TIMEOUT: Duration = Duration::from_secs(2);

/// A client for HTTP/1.1 and HTTP/2, with or without TLS. Clones share their connections.
#[derive(Clone, Debug)]
pub struct HttpClient {
    connector: SharedHttpConnector,
}

impl HttpClient {
    /// A client that keeps connections for later calls. For calls that may be repeated, such as the SDK's.
    ///
    /// # Errors
    /// If the TLS library refuses its configuration.
    pub fn new(roots: Roots) -> Result<Self, TlsSetupError> {
        Self::build(roots, usize::MAX, POOL_IDLE_TIMEOUT)
    }

    /// A client that keeps connections for a few seconds: see [`KeptConnections`].
    fn keeping_for_an_invocation(roots: Roots) -> Result<Self, TlsSetupError> {
        Self::build(roots, usize::MAX, INVOCATION_IDLE_TIMEOUT)
    }

    /// A client that opens a connection for each call and keeps none: for the hand-over to a provider.
    ///
    /// A frozen function wakes up with pooled connections that the server closed long ago. A request on such a
    /// connection is lost, and each of its recipients stays unconfirmed. A handshake is cheaper. (TLS sessions are
    /// still resumed.)
    ///
    /// # Errors
    /// If the TLS library refuses its configuration.
    pub fn one_connection_per_call(roots: Roots) -> Result<Self, TlsSetupError> {
        Self::build(roots, 0, POOL_IDLE_TIMEOUT)
    }

    fn build(
        roots: Roots,
        idle_connections_per_host: usize,
        idle_timeout: Duration,
    ) -> Result<Self, TlsSetupError> {
        let tls = TlsContext::builder().with_trust_store(roots.trust_store()).build()?;
        let connector = Connector::builder()
            .connector_settings(HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build())
            .sleep_impl(TokioSleep::new())
            .pool_idle_timeout(idle_timeout)
            .pool_max_idle_per_host(idle_connections_per_host)
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls)
            .build();
        Ok(Self { connector: SharedHttpConnector::new(connector) })
    }

    /// A client over a connector of a test.
    pub const fn over(connector: SharedHttpConnector) -> Self {
        Self { connector }
    }

    /// These connections for the SDK's clients, which retry as the SDK is configured.
    pub fn shared_http_client(&self) -> SharedHttpClient {
        let connector = self.connector.clone();
        http_client_fn(move |_, _| connector.clone())
    }

    /// Sends a request once and reads the whole answer of any status.
    ///
    /// # Errors
    /// [`HttpError::NeverSent`] if it is proven that no byte of the request left, else [`HttpError::Lost`].
    pub async fn send(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Result<Response<Bytes>, HttpError> {
        let connection = CaptureSmithyConnection::new();
        let exchange = self.exchange(request, connection.clone());
        let outcome = tokio::time::timeout(timeout, exchange).await;
        outcome.unwrap_or_else(|elapsed| Err(elapsed.into())).map_err(|source| match connection.get() {
            None => HttpError::NeverSent { source },
            Some(_) => HttpError::Lost { source },
        })
    }

    async fn exchange(
        &self,
        request: Request<Bytes>,
        connection: CaptureSmithyConnection,
    ) -> Result<Response<Bytes>, BoxError> {
        let mut request = HttpRequest::try_from(request.map(SdkBody::from))?;
        request.add_extension(connection);
        let response = self.connector.call(request).await?.try_into_http1x()?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}
