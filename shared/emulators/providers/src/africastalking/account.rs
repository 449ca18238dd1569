//! The account: its key and sender ids, its scripted answers, and every request that it was sent.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::msisdn::Msisdn;
use http::HeaderMap;

/// A request that the fake was sent. No `Debug`: it holds a key, phone numbers and a text.
#[derive(Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The headers that matter: `accept`, `apikey`, `content-type`.
    pub headers: HashMap<String, String>,
    /// The form as it came.
    pub body: String,
}

/// An account at a pretended Africa's Talking. Clones are the same one.
#[derive(Clone)]
pub struct FakeAfricasTalking {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub username: String,
    pub api_key: String,
    /// The sender ids that are registered.
    pub senders: Vec<String>,
    state: Mutex<Script>,
}

#[derive(Default)]
pub(super) struct Script {
    pub codes: HashMap<Msisdn, u16>,
    pub next: Option<(u16, String)>,
    requests: Vec<Recorded>,
    pub last_message: u64,
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

    pub(super) fn state(&self) -> MutexGuard<'_, Script> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn record(&self, headers: &HeaderMap, body: &[u8]) {
        let named = |name: &str| Some((name.to_owned(), headers.get(name)?.to_str().ok()?.to_owned()));
        let headers = ["accept", "apikey", "content-type"].into_iter().filter_map(named).collect();
        let body = String::from_utf8_lossy(body).into_owned();
        self.state().requests.push(Recorded { headers, body });
    }
}
