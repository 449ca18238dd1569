//! The HTTP front of a stack: its routes, its task.

use std::{net::SocketAddr, time::Duration};

use axum::Router;
use lambda_emulator::front::{Front, Routes};
use tokio::{net::TcpListener, task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{error::StackError, functions::Functions};

/// How long requests under way may take when the HTTP server stops: a client that sends half a request must not keep
/// the program running.
const FRONT_GRACE: Duration = Duration::from_secs(2);

/// The front's task; it ends with its owner.
pub(super) struct FrontTask {
    stop: CancellationToken,
    task: JoinHandle<std::io::Result<()>>,
}

impl FrontTask {
    /// Serves until it is stopped or dropped.
    pub(super) fn start(listener: TcpListener, routes: Routes, pages: Router) -> Self {
        let stop = CancellationToken::new();
        let front = Front::new(routes).with_pages(pages);
        let task = tokio::spawn(front.serve(listener, stop.clone().cancelled_owned()));
        Self { stop, task }
    }

    /// Stops, and waits for requests under way.
    pub(super) async fn stop(mut self) {
        self.stop.cancel();
        if timeout(FRONT_GRACE, &mut self.task).await.is_err() {
            tracing::warn!("a request was cut off, since it did not end");
        }
    }
}

impl Drop for FrontTask {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The routes of `template.yaml`.
pub(super) fn routes(functions: &Functions) -> Routes {
    Routes::new()
        .route("/", functions.api())
        .exact("/", functions.console())
        .exact("/robots.txt", functions.console())
        .exact("/v1/openapi.json", functions.console())
        .exact("/llms.txt", functions.console())
        .route("/docs", functions.console())
        .route("/console", functions.console())
        .route("/v1/address-books", functions.books())
        .route("/v1/contacts", functions.books())
        .route("/v1/opt-outs", functions.books())
        .route("/v1/providers", functions.callbacks())
}

pub(super) async fn listen(address: SocketAddr) -> Result<TcpListener, StackError> {
    TcpListener::bind(address).await.map_err(|source| StackError::listen(address, source))
}
