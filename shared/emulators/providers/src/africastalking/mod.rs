//! A server that answers as Africa's Talking does, for development and tests.
//!
//! Its faithfulness is judged by others: the official Python SDK must accept its answers
//! (`tests/end_to_end/clients/official_sdk.rs`), and each form of answer is one of the documented samples. It takes
//! what the real one takes, keeps every request, and reaches nobody.

mod answers;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use domain::msisdn::Msisdn;

/// A request that the fake was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The headers that matter: `accept`, `apikey`, `content-type`.
    pub headers: HashMap<String, String>,
    /// The form as it came.
    pub body: String,
}

/// An account at a pretended Africa's Talking. Clones are the same one.
#[derive(Clone)]
pub struct FakeAfricasTalking {
    shared: Arc<Shared>,
}

struct Shared {
    username: String,
    api_key: String,
    /// The sender ids that are registered.
    senders: Vec<String>,
    state: Mutex<Script>,
}

#[derive(Default)]
struct Script {
    codes: HashMap<Msisdn, u16>,
    next: Option<(u16, String)>,
    requests: Vec<Recorded>,
    last_message: u64,
}

impl FakeAfricasTalking {
    /// An account with its key and its registered sender ids.
    pub fn new(username: &str, api_key: &str, senders: &[&str]) -> Self {
        let shared = Shared {
            username: username.to_owned(),
            api_key: api_key.to_owned(),
            senders: senders.iter().map(|sender| (*sender).to_owned()).collect(),
            state: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The routes, to be served.
    pub fn router(&self) -> Router {
        Router::new().route("/version1/messaging", post(messaging)).with_state(self.clone())
    }

    /// Answers this number with a documented status code from now on; 101 for every other.
    pub fn answer_number(&self, msisdn: Msisdn, code: u16) {
        self.state().codes.insert(msisdn, code);
    }

    /// Answers the next request with this status and body, whatever it is.
    pub fn answer_next(&self, status: u16, body: &str) {
        self.state().next = Some((status, body.to_owned()));
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.state().requests.clone()
    }

    fn state(&self) -> MutexGuard<'_, Script> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, headers: &HeaderMap, body: &[u8]) {
        let named = |name: &str| Some((name.to_owned(), headers.get(name)?.to_str().ok()?.to_owned()));
        let headers = ["accept", "apikey", "content-type"].into_iter().filter_map(named).collect();
        let body = String::from_utf8_lossy(body).into_owned();
        self.state().requests.push(Recorded { headers, body });
    }
}

async fn messaging(State(fake): State<FakeAfricasTalking>, headers: HeaderMap, body: Bytes) -> Response {
    fake.record(&headers, &body);
    if let Some((status, body)) = fake.state().next.take() {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        return (status, body).into_response();
    }
    let form: HashMap<_, _> = form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let known = headers.get("apikey").is_some_and(|key| key == fake.shared.api_key.as_str());
    if !known || field("username") != fake.shared.username {
        return (StatusCode::UNAUTHORIZED, "The supplied authentication is invalid").into_response();
    }
    if field("to").is_empty() || field("message").is_empty() {
        return (StatusCode::BAD_REQUEST, "to and message are required").into_response();
    }
    let sender = field("from");
    let registered = sender.is_empty() || fake.shared.senders.iter().any(|known| known == sender);
    let json = headers.get("accept").is_some_and(|accept| accept == "application/json");
    let data = if registered { fake.send(field("to")) } else { answers::refusal("InvalidSenderId") };
    answers::response(&data, json)
}
