//! A proxy between the SDK's clients and the embedded DynamoDB and SQS: it gives calls the faults of a plan, and keeps
//! a log of every call as evidence.
//!
//! Each caller has its own address ([`Proxy::url`]), so that the log names the caller. Processes reach it by HTTP on
//! loopback, clients in this process without a socket ([`Proxy::connector`]), which costs a third less. A guarded proxy
//! refuses calls that the caller's role does not allow, and has neither a plan nor a log.

mod answer;
mod broken;
mod call;
mod fault;
mod guard;
mod plan;
mod upstream;

use std::{
    fmt, mem,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector},
    orchestrator::HttpRequest,
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use embedded_aws::{DynamoDb, Sqs};
use http_body_util::BodyExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    sync::{Notify, broadcast},
};

pub use call::{Call, Service};
pub use fault::Fault;
pub use guard::Guard;
pub use plan::seeded;

use answer::{EmptyPages, Response};
use broken::Broken;
use call::Received;
use upstream::Upstream;

/// The delay of a delayed call.
const LATE: Duration = Duration::from_millis(5);
/// Calls that no test has received yet.
const CALLS_TOLD: usize = 256;
/// Calls that go before one that is applied after its caller gave up.
const CALLS_BEFORE_LATE: u32 = 3;

type Plan = Box<dyn FnMut(&Call) -> Fault + Send>;

/// The proxy; a clone is the same one.
#[derive(Clone)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proxy")
    }
}

struct Shared {
    upstream: Upstream,
    guard: Option<Arc<dyn Guard>>,
    state: Mutex<State>,
    pages: EmptyPages,
    /// Calls in which their callers must crash.
    deaths: broadcast::Sender<Call>,
    held: broadcast::Sender<Call>,
    released: Notify,
}

struct State {
    plan: Plan,
    log: Vec<Call>,
    /// Calls whose callers gave up, each to be applied before the call with this number.
    late: Vec<(u32, Received)>,
}

impl Proxy {
    /// Starts a proxy without an upstream.
    pub async fn start() -> Self {
        Self::start_with(None).await
    }

    /// Starts a proxy without an upstream that judges every function's calls by its role.
    pub async fn guarded(guard: Arc<dyn Guard>) -> Self {
        Self::start_with(Some(guard)).await
    }

    async fn start_with(guard: Option<Arc<dyn Guard>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("the machine has ports");
        let address = listener.local_addr().expect("a bound listener has an address");
        let state = State { plan: Box::new(|_| Fault::None), log: Vec::new(), late: Vec::new() };
        let shared = Shared {
            upstream: Upstream::default(),
            guard,
            state: Mutex::new(state),
            pages: EmptyPages::default(),
            deaths: broadcast::Sender::new(CALLS_TOLD),
            held: broadcast::Sender::new(CALLS_TOLD),
            released: Notify::new(),
        };
        let proxy = Self { address, shared: Arc::new(shared) };
        tokio::spawn(proxy.clone().accept(listener));
        proxy
    }

    /// Leads to these emulators from now on.
    pub fn lead_to(&self, dynamodb: &DynamoDb, sqs: &Sqs) {
        self.shared.upstream.set(dynamodb, sqs);
    }

    /// The address of a caller: the endpoint of its clients.
    pub fn url(&self, caller: &str) -> String {
        format!("http://{}/{caller}", self.address)
    }

    /// The beginning of every caller's address; the rest of the path names the caller.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The connector of clients in this process.
    pub fn connector(&self) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }

    /// Uses a plan from now on, with numbers from 1 again; returns the log so far.
    pub fn plan(&self, plan: impl FnMut(&Call) -> Fault + Send + 'static) -> Vec<Call> {
        let mut state = self.state();
        state.plan = Box::new(plan);
        // Late calls stay late with the new numbers.
        state.late.iter_mut().for_each(|(due, _)| *due = CALLS_BEFORE_LATE);
        mem::take(&mut state.log)
    }

    /// The calls since the plan was set.
    pub fn log(&self) -> Vec<Call> {
        self.state().log.clone()
    }

    /// The calls in which their callers must crash, from now on.
    pub fn deaths(&self) -> CallStream {
        CallStream(self.shared.deaths.subscribe())
    }

    /// The calls that are held, from now on.
    pub fn held(&self) -> CallStream {
        CallStream(self.shared.held.subscribe())
    }

    /// Lets the held call go on.
    pub fn release(&self) {
        self.shared.released.notify_one();
    }

    /// Applies every late call whose caller gave up.
    pub async fn apply_late_calls(&self) {
        let late = mem::take(&mut self.state().late);
        for (_, request) in late {
            self.apply(&request).await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn accept(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let proxy = self.clone();
            let service = service_fn(move |request| proxy.clone().read(request));
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    }

    async fn read(self, request: http::Request<Incoming>) -> Result<Response, Broken> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
        self.serve(Received::of(head, body)?).await
    }

    async fn serve(&self, mut request: Received) -> Result<Response, Broken> {
        if let Some(guard) = &self.shared.guard {
            return self.guard(guard.as_ref(), &request).await;
        }
        self.shared.pages.resume(&mut request);
        let (call, late) = self.enter(&request);
        for request in late {
            self.apply(&request).await;
        }
        self.suffer(call, request).await
    }

    /// Forwards a call that the guard allows, without a plan and a log.
    async fn guard(&self, guard: &dyn Guard, request: &Received) -> Result<Response, Broken> {
        match guard.refusal(request.function(), request.service, &request.operation, &request.json()) {
            None => self.forward(request).await,
            Some(code) => Ok(answer::refusal(request.service, code)),
        }
    }

    /// Numbers a call, asks the plan for its fault, and logs it; returns the late calls that come before it.
    fn enter(&self, request: &Received) -> (Call, Vec<Received>) {
        let mut state = self.state();
        let number = state.log.len() as u32 + 1;
        let mut call = request.call(number);
        let fault = (state.plan)(&call);
        if call.can_suffer(fault) {
            call.fault = fault;
        }
        state.log.push(call.clone());
        let late = state.late.extract_if(.., |(due, _)| *due <= number).map(|(_, late)| late).collect();
        (call, late)
    }

    /// Applies a call's fault.
    async fn suffer(&self, call: Call, request: Received) -> Result<Response, Broken> {
        match call.fault {
            Fault::None => self.forward(&request).await,
            Fault::CrashBefore => self.crash(call).await,
            Fault::CrashAfter => {
                self.forward(&request).await?;
                self.crash(call).await
            }
            Fault::Refuse(code) => Ok(answer::refusal(call.service, code)),
            Fault::CancelTransaction(reason) => Ok(answer::cancellation(&request, reason)),
            Fault::DropAnswer => {
                self.forward(&request).await?;
                Err(Broken)
            }
            Fault::ApplyLate => {
                self.state().late.push((call.number + CALLS_BEFORE_LATE, request));
                Err(Broken)
            }
            Fault::Duplicate => {
                let answer = self.forward(&request).await;
                self.forward(&request).await?;
                answer
            }
            Fault::Delay => {
                tokio::time::sleep(LATE).await;
                self.forward(&request).await
            }
            Fault::LeaveOver => self.leave_over(request).await,
            Fault::EmptyPage => Ok(self.shared.pages.answer(&request)),
            Fault::Hold => {
                // If no test listens, it may still release the call.
                let _ = self.shared.held.send(call);
                self.shared.released.notified().await;
                self.forward(&request).await
            }
        }
    }

    async fn leave_over(&self, mut request: Received) -> Result<Response, Broken> {
        match answer::take_first(&mut request) {
            Some(left) if left.is_all() => Ok(left.answer()),
            Some(left) => left.add_to(self.forward(&request).await?).await,
            None => self.forward(&request).await,
        }
    }

    /// Reports that the caller must crash, and never answers it.
    async fn crash(&self, call: Call) -> Result<Response, Broken> {
        let _ = self.shared.deaths.send(call);
        std::future::pending().await
    }

    async fn forward(&self, request: &Received) -> Result<Response, Broken> {
        self.shared.upstream.forward(request).await
    }

    /// The caller no longer waits for the answer.
    async fn apply(&self, request: &Received) {
        let _ = self.forward(request).await;
    }
}

impl HttpConnector for Proxy {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let proxy = self.clone();
        HttpConnectorFuture::new(async move {
            // As with a socket, a caller in a loop yields to others, and an answer comes after its call is in the log.
            tokio::task::yield_now().await;
            let (head, body) = request.try_into_http1x().map_err(other)?.into_parts();
            let body = Bytes::copy_from_slice(body.bytes().unwrap_or_default());
            let answered = async { proxy.serve(Received::of(head, body)?).await };
            let answer = answered.await;
            tokio::task::yield_now().await;
            let answer = answer.map_err(|broken| ConnectorError::io(broken.into()))?;
            answer.map(SdkBody::from_body_1_x).try_into().map_err(other)
        })
    }
}

fn other(error: impl std::error::Error + Send + Sync + 'static) -> ConnectorError {
    ConnectorError::other(error.into(), None)
}

/// Calls in the order in which they come.
pub struct CallStream(broadcast::Receiver<Call>);

impl CallStream {
    pub async fn next(&mut self) -> Call {
        self.0.recv().await.expect("the proxy lives, and its calls are listened to")
    }
}
