//! A provider with the sandbox's wire form that can be down: then every call fails in one way, but every second one is
//! still taken.

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, TcpListener as StdListener},
    sync::{Arc, Mutex, MutexGuard},
    thread,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header::RETRY_AFTER};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use providers::sandbox::wire::{MessagesRequest, RecipientLine, ResultLine, Said};
use serde_json::json;
use tests::audit::ProviderTruth;
use tokio::{net::TcpListener, runtime};

/// Recipients that it takes in a call.
pub const GROUP: usize = 100;
/// The time until it answers.
const LATENCY: Duration = Duration::from_millis(100);
/// Longer than any adapter waits.
const NEVER: Duration = Duration::from_secs(60);

/// How the provider fails while it is down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// The provider answers this status.
    Status(u16),
    /// The provider answers 503 and asks for a pause of this many seconds.
    RetryAfter(u32),
    /// The provider does not answer.
    Hangs,
    /// The provider resets the connection once the request is read.
    Resets,
}

/// The provider; it runs as long as the process.
pub struct Provider {
    url: String,
    shared: Arc<Mutex<State>>,
}

/// The provider's calls so far.
#[derive(Default)]
struct State {
    outage: Option<Outage>,
    under_way: usize,
    taken: BTreeMap<String, Taken>,
    lost_calls: Vec<usize>,
}

#[derive(Clone, Copy, Default)]
struct Taken {
    number: u64,
    times: u32,
}

impl Provider {
    /// Starts it on a thread of its own; it accepts every recipient.
    pub fn start() -> Self {
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a listener of ours");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let shared = Arc::<Mutex<State>>::default();
        let state = shared.clone();
        let serving = thread::Builder::new().name("provider".to_owned()).spawn(|| serve(listener, state));
        serving.expect("a thread");
        Self { url, shared }
    }

    /// The functions' variables for reaching it.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let variables = [
            ("SANDBOX_URL", self.url.clone()),
            ("SANDBOX_MAX_RECIPIENTS", GROUP.to_string()),
            // The benches' other provider is called so.
            ("SANDBOX_ONE_BY_ONE", "false".to_owned()),
        ];
        variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Sets whether it is down; returns the calls under way.
    pub fn set_outage(&self, outage: Option<Outage>) -> usize {
        let mut state = lock(&self.shared);
        state.outage = outage;
        state.under_way
    }

    /// Messages that it took.
    pub fn messages(&self) -> usize {
        lock(&self.shared).taken.len()
    }

    /// Messages that it took more than once.
    pub fn messages_taken_twice(&self) -> usize {
        lock(&self.shared).taken.values().filter(|taken| taken.times > 1).count()
    }

    /// The recipients of each call during an outage.
    pub fn lost_calls(&self) -> Vec<usize> {
        lock(&self.shared).lost_calls.clone()
    }

    /// The messages that it took, for the audit.
    pub fn truth(&self) -> ProviderTruth {
        let mut truth = ProviderTruth::new();
        for (reference, taken) in &lock(&self.shared).taken {
            (0..taken.times).for_each(|_| truth.took(reference, taken.number));
        }
        truth
    }
}

fn lock(shared: &Mutex<State>) -> MutexGuard<'_, State> {
    shared.lock().expect("no thread panicked")
}

fn serve(listener: StdListener, shared: Arc<Mutex<State>>) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener).expect("a listener of ours");
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            stream.set_nodelay(true).expect("an open connection");
            if lock(&shared).outage == Some(Outage::Resets) {
                stream.set_zero_linger().expect("an open connection");
            }
            let shared = shared.clone();
            let answer = service_fn(move |request| answer(shared.clone(), request));
            // Serving ends with an error if the connection is reset, or if the caller no longer waits.
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
        }
    });
}

async fn answer(shared: Arc<Mutex<State>>, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
    let body = request.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
    let call: MessagesRequest<'_> = serde_json::from_slice(&body).expect("the adapter's own form");
    let _under_way = UnderWay::begin(&shared);
    tokio::time::sleep(LATENCY).await;
    let (outage, results) = lock(&shared).meet(&call.recipients);
    match outage {
        None => Ok(respond(StatusCode::OK, json!({"results": results}).to_string())),
        Some(outage) => fail(outage).await,
    }
}

async fn fail(outage: Outage) -> io::Result<Response<Full<Bytes>>> {
    match outage {
        Outage::Status(status) => {
            Ok(respond(StatusCode::from_u16(status).expect("a status"), "down".to_owned()))
        }
        Outage::RetryAfter(seconds) => {
            let mut response = respond(StatusCode::SERVICE_UNAVAILABLE, "down".to_owned());
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
            Ok(response)
        }
        Outage::Hangs => {
            tokio::time::sleep(NEVER).await;
            Err(io::Error::other("down"))
        }
        Outage::Resets => Err(io::Error::other("down")),
    }
}

fn respond(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response
}

impl State {
    /// Takes the messages of a call, or of half of the calls if it is down; returns the answer's lines, and how it is
    /// down.
    fn meet(&mut self, recipients: &[RecipientLine]) -> (Option<Outage>, Vec<ResultLine>) {
        if self.outage.is_some() {
            self.lost_calls.push(recipients.len());
            if self.lost_calls.len().is_multiple_of(2) {
                return (self.outage, Vec::new());
            }
        }
        (self.outage, recipients.iter().map(|recipient| self.take(recipient)).collect())
    }

    fn take(&mut self, recipient: &RecipientLine) -> ResultLine {
        let RecipientLine { to, reference } = recipient;
        let taken = self.taken.entry(reference.clone()).or_default();
        let number = to.trim_start_matches('+').parse().expect("a number");
        *taken = Taken { number, times: taken.times + 1 };
        let id = Some(format!("T{}", self.taken.len()));
        ResultLine { reference: reference.clone(), said: Said::Accepted { id } }
    }
}

/// A call that is not answered yet.
struct UnderWay(Arc<Mutex<State>>);

impl UnderWay {
    fn begin(shared: &Arc<Mutex<State>>) -> Self {
        lock(shared).under_way += 1;
        Self(shared.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        lock(&self.0).under_way -= 1;
    }
}
