//! The Lambda Runtime API (2018-06-01) for one instance of a function, on a loopback port.
//!
//! Started by the instance, which gives its path to the child alone: another user of the machine who took an
//! invocation would read it, and could answer it. Called by the runtime in its child. One invocation is under way at a
//! time, as in one execution environment. It never judges a payload, and never outlives its owner.
//! Source of the rules: docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html, and what
//! `lambda_runtime` 1.5 sends.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use http::{HeaderName, StatusCode};
use loopback_server::AccessKey;
use serde::Deserialize;
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use uuid::Uuid;

use crate::{
    body::{BodyError, read_body},
    limits::PAYLOAD_BYTES_MAX,
    lock::lock,
};

/// An error as a runtime reports it.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", default)]
pub struct Fault {
    /// The class of the error.
    pub error_type: String,
    /// The function's own words.
    pub error_message: String,
}

/// An invocation that waits to be taken by the runtime.
struct Waiting {
    payload: Bytes,
    time_limit: Duration,
    taken: oneshot::Sender<()>,
    answer: oneshot::Sender<Result<Bytes, Fault>>,
}

/// The invocation that the runtime has taken and not answered.
struct UnderWay {
    request_id: String,
    answer: oneshot::Sender<Result<Bytes, Fault>>,
}

/// The two moments of an invocation that its owner waits for.
pub struct Ticket {
    /// Resolves when the runtime takes the invocation; its time limit counts from here.
    pub taken: oneshot::Receiver<()>,
    /// Resolves with the runtime's answer.
    pub answer: oneshot::Receiver<Result<Bytes, Fault>>,
}

struct Shared {
    function_arn: String,
    waiting: tokio::sync::Mutex<mpsc::UnboundedReceiver<Waiting>>,
    under_way: Mutex<Option<UnderWay>>,
    init_fault: Mutex<Option<Fault>>,
}

/// The Runtime API of one instance; it stops when dropped.
pub struct RuntimeApi {
    address: SocketAddr,
    key: AccessKey,
    submit: mpsc::UnboundedSender<Waiting>,
    shared: Arc<Shared>,
    server: JoinHandle<io::Result<()>>,
}

impl RuntimeApi {
    /// Starts listening on a free loopback port.
    ///
    /// # Errors
    /// If no port is free, or there are no random numbers.
    pub async fn start(function_arn: String) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let key = AccessKey::draw().map_err(io::Error::other)?;
        let (submit, waiting) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            function_arn,
            waiting: tokio::sync::Mutex::new(waiting),
            under_way: Mutex::new(None),
            init_fault: Mutex::new(None),
        });
        let routes = Router::new().nest(&format!("/{}", key.reveal()), routes(shared.clone()));
        let server = tokio::spawn(loopback_server::serve(listener, routes, std::future::pending()));
        Ok(Self { address, key, submit, shared, server })
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`. On Lambda it is host and port; with the scheme, `lambda_runtime` takes
    /// a path as well, which is the secret here.
    pub fn url(&self) -> String {
        format!("http://{}/{}", self.address, self.key.reveal())
    }

    /// Queues an invocation for the runtime's next request.
    pub fn submit(&self, payload: Bytes, time_limit: Duration) -> Ticket {
        let (taken, takes) = oneshot::channel();
        let (answer, answers) = oneshot::channel();
        // Cannot fail: the receiver lives as long as `self.shared`.
        let _ = self.submit.send(Waiting { payload, time_limit, taken, answer });
        Ticket { taken: takes, answer: answers }
    }

    /// The fault that the runtime reported of a start-up that failed.
    pub fn init_fault(&self) -> Option<Fault> {
        lock(&self.shared.init_fault).clone()
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{request_id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{request_id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .with_state(shared)
}

/// Blocks until there is an invocation, as Lambda freezes an idle environment here.
async fn next(State(shared): State<Arc<Shared>>) -> Response {
    let Some(waiting) = shared.waiting.lock().await.recv().await else {
        // The instance is being ended: any answer would only make its runtime fail before that.
        return std::future::pending().await;
    };
    let request_id = Uuid::new_v4().to_string();
    let headers = invocation_headers(&shared.function_arn, &request_id, waiting.time_limit);
    *lock(&shared.under_way) = Some(UnderWay { request_id, answer: waiting.answer });
    // The owner may have given up; it then kills this instance.
    let _ = waiting.taken.send(());
    (headers, waiting.payload).into_response()
}

fn invocation_headers(
    function_arn: &str,
    request_id: &str,
    time_limit: Duration,
) -> [(HeaderName, String); 5] {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let deadline_ms = (now + time_limit).as_millis();
    [
        (http::header::CONTENT_TYPE, "application/json".into()),
        (HeaderName::from_static("lambda-runtime-aws-request-id"), request_id.into()),
        (HeaderName::from_static("lambda-runtime-deadline-ms"), deadline_ms.to_string()),
        (HeaderName::from_static("lambda-runtime-invoked-function-arn"), function_arn.into()),
        (HeaderName::from_static("lambda-runtime-trace-id"), trace_id(now)),
    ]
}

/// A trace id of X-Ray's form, not sampled.
pub(super) fn trace_id(now: Duration) -> String {
    let unique = Uuid::new_v4().simple().to_string();
    format!("Root=1-{:08x}-{};Sampled=0", now.as_secs(), &unique[..24])
}

async fn response(State(shared): State<Arc<Shared>>, Path(request_id): Path<String>, body: Body) -> Response {
    match read_body(body, PAYLOAD_BYTES_MAX).await {
        Ok(answer) => settle(&shared, &request_id, Ok(answer)),
        Err(BodyError::TooLarge) => {
            settle(&shared, &request_id, Err(response_too_large()));
            refuse(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge")
        }
        Err(BodyError::Broken) => refuse(StatusCode::BAD_REQUEST, "InvalidBody"),
    }
}

fn response_too_large() -> Fault {
    Fault {
        error_type: "Function.ResponseSizeTooLarge".into(),
        error_message: format!(
            "Response payload size exceeded maximum allowed payload size ({PAYLOAD_BYTES_MAX} bytes)."
        ),
    }
}

async fn error(State(shared): State<Arc<Shared>>, Path(request_id): Path<String>, body: Body) -> Response {
    match read_body(body, PAYLOAD_BYTES_MAX).await {
        Ok(report) => settle(&shared, &request_id, Err(read_fault(&report))),
        Err(_) => refuse(StatusCode::BAD_REQUEST, "InvalidBody"),
    }
}

async fn init_error(State(shared): State<Arc<Shared>>, body: Body) -> Response {
    match read_body(body, PAYLOAD_BYTES_MAX).await {
        Ok(report) => {
            *lock(&shared.init_fault) = Some(read_fault(&report));
            accepted()
        }
        Err(_) => refuse(StatusCode::BAD_REQUEST, "InvalidBody"),
    }
}

/// A report need not be readable to count as an error.
fn read_fault(report: &[u8]) -> Fault {
    serde_json::from_slice(report).unwrap_or_else(|_| Fault {
        error_type: "Runtime.Unknown".into(),
        error_message: String::from_utf8_lossy(report).into_owned(),
    })
}

/// Gives the answer to the owner of the invocation, if it is the one under way.
fn settle(shared: &Shared, request_id: &str, answer: Result<Bytes, Fault>) -> Response {
    let settled = lock(&shared.under_way).take_if(|under_way| under_way.request_id == request_id);
    match settled {
        Some(under_way) => {
            // An owner that gave up has killed this instance, or is about to.
            let _ = under_way.answer.send(answer);
            accepted()
        }
        None => refuse(StatusCode::BAD_REQUEST, "InvalidRequestID"),
    }
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, Json(serde_json::json!({ "status": "OK" }))).into_response()
}

fn refuse(status: StatusCode, error_type: &str) -> Response {
    let body = serde_json::json!({ "errorType": error_type, "errorMessage": status.canonical_reason() });
    (status, Json(body)).into_response()
}
