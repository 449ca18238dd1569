//! The embedded DynamoDB's own code for every operation, without its server: for tests that only read, or use virtual
//! time. The product under test uses the wire protocol.

use std::fmt;

use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use dynoxide::Database;

#[derive(Clone)]
pub struct Tables(Database);

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tables")
    }
}

impl Tables {
    /// Tables of a database that others may use too.
    pub const fn of(database: Database) -> Self {
        Self(database)
    }

    /// A connection for the SDK's clients, without sockets.
    pub fn http_client(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }

    /// Applies an operation; returns HTTP status and body.
    pub fn apply(&self, operation: &str, body: &[u8]) -> (u16, String) {
        embedded_aws::apply(&self.0, operation, body)
    }
}

impl HttpConnector for Tables {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let tables = self.clone();
        HttpConnectorFuture::new(async move {
            // As with a socket, a caller in a loop yields to others.
            tokio::task::yield_now().await;
            let body = request.body().bytes().unwrap_or_default();
            Ok(response(tables.apply(operation(&request), body)))
        })
    }
}

/// The operation of the SDK's request.
pub fn operation(request: &HttpRequest) -> &str {
    request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next()).unwrap_or_default()
}

/// An answer of this status and body for the SDK's clients.
pub fn response((status, body): (u16, String)) -> HttpResponse {
    let status = StatusCode::try_from(status).expect("a status of HTTP");
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    response
}
