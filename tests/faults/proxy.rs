//! A loopback HTTP proxy in front of an emulator that fails calls as a plan says, and keeps a log of
//! every call as evidence.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

/// What is done to one call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Nothing.
    None,
    /// The caller dies before the call arrives.
    CrashBefore,
    /// The call is applied; the caller dies before it is answered.
    CrashAfter,
    /// Refused before it is applied, with an AWS error code.
    Refuse(&'static str),
    /// Applied, and the connection breaks before the answer.
    DropAnswer,
    /// Applied twice; answered once.
    Duplicate,
    /// Answered late.
    Delay,
    /// A batch call applies all but its first entry, and says so.
    LeaveOver,
}

/// One call, as the plan and the log see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// Its number since the plan was set, from 1.
    pub number: u32,
    /// `DynamoDB_20120810.PutItem` → `PutItem`.
    pub operation: String,
    /// What was done to it.
    pub fault: Fault,
}

type Plan = Box<dyn FnMut(u32, &str) -> Fault + Send>;

/// The proxy.
#[derive(Clone)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: String,
    client: Client<HttpConnector, Full<Bytes>>,
    state: Mutex<State>,
    crashes: watch::Sender<u32>,
}

struct State {
    plan: Plan,
    log: Vec<Call>,
}

const LATE: Duration = Duration::from_millis(20);

impl Proxy {
    /// Starts one in front of an endpoint.
    pub async fn start(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        let state = Mutex::new(State { plan: Box::new(|_, _| Fault::None), log: Vec::new() });
        let upstream = upstream.trim_end_matches('/').to_owned();
        let shared = Arc::new(Shared { upstream, client, state, crashes: watch::channel(0).0 });
        let proxy = Self { address, shared };
        tokio::spawn(proxy.clone().accept(listener));
        proxy
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Fails calls by a plan from now on; forgets the log.
    pub fn plan(&self, plan: impl FnMut(u32, &str) -> Fault + Send + 'static) {
        *self.shared.state.lock().unwrap() = State { plan: Box::new(plan), log: Vec::new() };
    }

    /// The calls since the plan was set.
    pub fn log(&self) -> Vec<Call> {
        self.shared.state.lock().unwrap().log.clone()
    }

    /// Resolves when the caller is to die.
    pub async fn crash(&self) {
        let mut crashes = self.shared.crashes.subscribe();
        let _ = crashes.changed().await;
    }

    async fn accept(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let proxy = self.clone();
            let service = service_fn(move |request| proxy.clone().serve(request));
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    }

    async fn serve(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Broken> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
        let target =
            parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        match self.next_fault(&operation) {
            Fault::None => self.forward(&parts, body).await,
            Fault::CrashBefore => self.die().await,
            Fault::CrashAfter => {
                self.forward(&parts, body).await?;
                self.die().await
            }
            Fault::Refuse(code) => Ok(refusal(code)),
            Fault::DropAnswer => {
                self.forward(&parts, body).await?;
                Err(Broken)
            }
            Fault::Duplicate => {
                let answer = self.forward(&parts, body.clone()).await;
                self.forward(&parts, body).await?;
                answer
            }
            Fault::Delay => {
                tokio::time::sleep(LATE).await;
                self.forward(&parts, body).await
            }
            Fault::LeaveOver => self.leave_over(&parts, body).await,
        }
    }

    fn next_fault(&self, operation: &str) -> Fault {
        let mut state = self.shared.state.lock().unwrap();
        let number = state.log.len() as u32 + 1;
        let fault = (state.plan)(number, operation);
        state.log.push(Call { number, operation: operation.to_owned(), fault });
        fault
    }

    /// The caller is told to die, and never answered.
    async fn die(&self) -> Result<Response<Full<Bytes>>, Broken> {
        self.shared.crashes.send_modify(|crashes| *crashes += 1);
        std::future::pending().await
    }

    async fn forward(
        &self,
        parts: &http::request::Parts,
        body: Bytes,
    ) -> Result<Response<Full<Bytes>>, Broken> {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request =
            Request::builder().method(&parts.method).uri(format!("{}{path}", self.shared.upstream));
        for (name, value) in
            parts.headers.iter().filter(|(name, _)| *name != header::HOST && *name != header::CONTENT_LENGTH)
        {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(body)).map_err(|_| Broken)?;
        let response = self.shared.client.request(request).await.map_err(|_| Broken)?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
        Ok(Response::from_parts(parts, Full::new(body)))
    }

    /// Passes a batch call on without its first entry, and gives that back as left over.
    async fn leave_over(
        &self,
        parts: &http::request::Parts,
        body: Bytes,
    ) -> Result<Response<Full<Bytes>>, Broken> {
        let mut request: Value = serde_json::from_slice(&body).map_err(|_| Broken)?;
        let Some(left) = take_first(&mut request) else { return self.forward(parts, body).await };
        let response = self.forward(parts, request.to_string().into()).await?;
        let (mut parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
        let mut answer: Value = serde_json::from_slice(&body).map_err(|_| Broken)?;
        answer[left.0] = left.1;
        parts.headers.remove(header::CONTENT_LENGTH);
        // The checksum was of another body.
        parts.headers.remove("x-amz-crc32");
        Ok(Response::from_parts(parts, Full::new(answer.to_string().into())))
    }
}

/// Takes the first entry out of a batch request with more than one; gives the name and value that
/// DynamoDB would return it under.
fn take_first(request: &mut Value) -> Option<(&'static str, Value)> {
    let (table, entries) = request["RequestItems"].as_object_mut()?.iter_mut().next()?;
    let table = table.clone();
    if let Some(writes) = entries.as_array_mut().filter(|writes| writes.len() > 1) {
        return Some(("UnprocessedItems", json!({table: [writes.remove(0)]})));
    }
    let rest = entries.clone();
    let keys = entries.get_mut("Keys")?.as_array_mut().filter(|keys| keys.len() > 1)?;
    let mut left = rest;
    left["Keys"] = json!([keys.remove(0)]);
    Some(("UnprocessedKeys", json!({table: left})))
}

fn refusal(code: &str) -> Response<Full<Bytes>> {
    let body = json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "by plan"});
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = if code == "InternalServerError" {
        StatusCode::INTERNAL_SERVER_ERROR
    } else {
        StatusCode::BAD_REQUEST
    };
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    response
}

/// The connection is broken off.
#[derive(Debug)]
pub struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("broken off by plan")
    }
}

impl std::error::Error for Broken {}
