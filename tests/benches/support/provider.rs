//! A provider that takes every recipient, as fast as a bench sets it: in the form of Africa's Talking, many a call, or
//! in that of the sandbox, one a call.
//!
//! Its message ids are as long and as random as theirs, since keeping them is the largest part of what a
//! campaign writes; the counting ids of the fakes pack into almost nothing.

use std::{
    collections::BTreeMap,
    fmt::Write,
    net::{Ipv4Addr, TcpListener as StdListener},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::post,
    serve::ListenerExt,
};
use providers::{Kind, africastalking, sandbox};
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime};

use super::random::scatter;

/// The last segment of the address that its callbacks go to.
pub const CALLBACK_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// How the provider takes texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A hundred a call, in Africa's Talking's form.
    Hundreds,
    /// One text a request, twenty requests at once, in the sandbox's form.
    OneByOne,
}

impl Takes {
    /// The provider whose form of request is used.
    pub const fn provider(self) -> &'static Kind {
        match self {
            Self::Hundreds => &africastalking::KIND,
            Self::OneByOne => &sandbox::KIND,
        }
    }
}

/// A message that it took.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The number with the plus.
    pub number: String,
    /// The provider's name for the message.
    pub id: String,
}

/// The provider; it lives as long as the process.
pub struct Provider {
    url: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    latency_ms: AtomicU64,
    arrived: AtomicU64,
    messages: AtomicU64,
    calls: AtomicU64,
    taken: Mutex<Vec<Taken>>,
}

impl Provider {
    /// Starts it on a thread of its own; it answers at once.
    pub fn start() -> Self {
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a listener of ours");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let shared = Arc::<Shared>::default();
        let routes = Router::new()
            .route("/version1/messaging", post(messaging))
            .route("/sandbox/messages", post(sandbox_messages))
            .with_state(shared.clone());
        let serving = thread::Builder::new().name("provider".to_owned()).spawn(|| serve(listener, routes));
        serving.expect("a thread");
        Self { url, shared }
    }

    /// The variables with which the functions reach the provider and are called back.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let variables = [
            ("AFRICASTALKING_USERNAME", "bench"),
            ("AFRICASTALKING_API_KEY", "atsk_bench"),
            ("AFRICASTALKING_BASE_URL", &self.url),
            ("AFRICASTALKING_CALLBACK_SECRET", CALLBACK_SECRET),
            ("SANDBOX_URL", &self.url),
            ("SANDBOX_ONE_BY_ONE", "true"),
        ];
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// Delays each answer by `latency` from now on.
    pub fn wait(&self, latency: Duration) {
        self.shared.latency_ms.store(latency.as_millis() as u64, Ordering::Relaxed);
    }

    /// Calls that have come in so far, answered or not.
    pub fn arrived(&self) -> u64 {
        self.shared.arrived.load(Ordering::Relaxed)
    }

    /// Messages taken so far.
    pub fn messages(&self) -> u64 {
        self.shared.messages.load(Ordering::Relaxed)
    }

    /// Calls so far.
    pub fn calls(&self) -> u64 {
        self.shared.calls.load(Ordering::Relaxed)
    }

    /// All that was taken since this was asked last, in the order of its hand-over.
    pub fn take_all(&self) -> Vec<Taken> {
        std::mem::take(&mut self.shared.taken.lock().expect("no thread panicked"))
    }
}

fn serve(listener: StdListener, routes: Router) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener).expect("a listener of ours");
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("an open connection"));
        axum::serve(listener, routes).await.expect("the provider serves");
    });
}

async fn messaging(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    shared.arrive().await;
    let form = std::str::from_utf8(&body).expect("a form is text");
    let to = form.split('&').find_map(|field| field.strip_prefix("to=")).expect("a form names numbers");
    let taken: Vec<Taken> = to.split("%2C").map(|number| shared.take(number)).collect();
    let answer = answer(&taken);
    shared.answered(taken);
    (StatusCode::CREATED, [(CONTENT_TYPE, "application/json")], answer).into_response()
}

async fn sandbox_messages(State(shared): State<Arc<Shared>>, Json(call): Json<Value>) -> Json<Value> {
    shared.arrive().await;
    let recipients = call["recipients"].as_array().expect("a call has recipients");
    let word = |recipient: &Value, name: &str| recipient[name].as_str().expect("a text").to_owned();
    let taken: Vec<Taken> = recipients.iter().map(|recipient| shared.take(&word(recipient, "to"))).collect();
    let line = |(recipient, taken): (&Value, &Taken)| json!({"reference": word(recipient, "reference"), "status": "accepted", "id": taken.id});
    let results: Vec<Value> = recipients.iter().zip(&taken).map(line).collect();
    shared.answered(taken);
    Json(json!({"results": results}))
}

impl Shared {
    /// A call has come in; returns when it is to be answered.
    async fn arrive(&self) {
        self.arrived.fetch_add(1, Ordering::Relaxed);
        let latency = self.latency_ms.load(Ordering::Relaxed);
        if latency > 0 {
            tokio::time::sleep(Duration::from_millis(latency)).await;
        }
    }

    fn answered(&self, taken: Vec<Taken>) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.taken.lock().expect("no thread panicked").extend(taken);
    }

    fn take(&self, number: &str) -> Taken {
        let message = self.messages.fetch_add(1, Ordering::Relaxed);
        let id = format!("ATXid_{:016x}{:016x}", scatter(message), scatter(message ^ u64::MAX));
        Taken { number: number.replace("%2B", "+"), id }
    }
}

fn answer(taken: &[Taken]) -> String {
    let count = taken.len();
    let mut answer = format!(r#"{{"SMSMessageData":{{"Message":"Sent to {count}/{count}","Recipients":["#);
    for (place, Taken { number, id }) in taken.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        write!(
            answer,
            r#"{comma}{{"statusCode":101,"number":"{number}","status":"Success","cost":"KES 0.8000","messageId":"{id}"}}"#
        )
        .expect("text takes text");
    }
    answer.push_str("]}}");
    answer
}
