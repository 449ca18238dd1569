//! The routes: for the adapter, and for a browser, `curl` or a test.

use std::io;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::msisdn::Msisdn;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;

use super::{answers, faults::Faults, server::Server};

/// Messages of a page if the query names no size.
const DEFAULT_PAGE_SIZE: usize = 100;

impl Server {
    /// The routes, to be served or driven directly.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/sandbox/messages", post(messages))
            .route("/sandbox/inbox", get(inbox).delete(clear))
            .route("/sandbox/reports", post(reports))
            .route("/sandbox/faults", get(faults).put(set_faults))
            .with_state(self.clone())
    }

    /// Serves the routes until the process ends.
    ///
    /// # Errors
    /// If the listener fails.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        axum::serve(listener, self.router()).await
    }
}

async fn messages(State(server): State<Server>, body: Bytes) -> Response {
    answers::answer(&server, &body).await
}

#[derive(Deserialize)]
struct InboxQuery {
    page: Option<usize>,
    page_size: Option<usize>,
    to: Option<String>,
}

async fn inbox(State(server): State<Server>, Query(query): Query<InboxQuery>) -> Response {
    let to = match query.to.as_deref().map(|to| Msisdn::parse_e164(to.trim())) {
        Some(Err(error)) => {
            let detail = json!({"detail": format!("to: {error}")});
            return (StatusCode::BAD_REQUEST, Json(detail)).into_response();
        }
        to => to.and_then(Result::ok),
    };
    let page_size = query.page_size.unwrap_or(DEFAULT_PAGE_SIZE);
    Json(server.inbox(query.page.unwrap_or(1), page_size, to)).into_response()
}

async fn clear(State(server): State<Server>) -> StatusCode {
    server.clear();
    StatusCode::NO_CONTENT
}

async fn reports(State(server): State<Server>) -> Response {
    let pumped = server.deliver_reports().await;
    Json(json!({"delivered": pumped.delivered, "left": pumped.left})).into_response()
}

async fn faults(State(server): State<Server>) -> Json<Faults> {
    Json(server.state().faults)
}

async fn set_faults(State(server): State<Server>, Json(faults): Json<Faults>) -> Json<Faults> {
    server.set_faults(faults);
    Json(faults)
}
