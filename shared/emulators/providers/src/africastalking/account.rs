//! The account: its key and sender ids, its scripted answers, and every request that it was sent.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::msisdn::Msisdn;
use http::HeaderMap;

use crate::{outbox::Outbox, recorded::Recorded};

/// An account at a fake Africa's Talking. Clones are the same account.
#[derive(Clone)]
pub struct FakeAfricasTalking {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub username: String,
    pub api_key: String,
    /// The sender ids that are registered; empty: every one.
    pub senders: Vec<String>,
    pub outbox: Outbox,
    state: Mutex<Script>,
}

#[derive(Default)]
pub(super) struct Script {
    pub codes: HashMap<Msisdn, u16>,
    pub callback_url: Option<String>,
    pub next: Option<(u16, String)>,
    requests: Vec<Recorded>,
    pub last_message: u64,
}

impl FakeAfricasTalking {
    /// An account with its key and its registered sender ids; every one is registered if none is named.
    pub fn new(username: &str, api_key: &str, senders: &[&str]) -> Self {
        let shared = Shared {
            username: username.to_owned(),
            api_key: api_key.to_owned(),
            senders: senders.iter().map(|sender| (*sender).to_owned()).collect(),
            outbox: Outbox::default(),
            state: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Answers this number with a documented status code from now on; 101 for every other.
    pub fn answer_number(&self, msisdn: Msisdn, code: u16) {
        self.state().codes.insert(msisdn, code);
    }

    /// Answers the next request with this status and body, without reading the request.
    pub fn answer_next(&self, status: u16, body: &str) {
        self.state().next = Some((status, body.to_owned()));
    }

    /// Reports from now on that each text is delivered, to the address that an application has for its reports.
    pub fn report_to(&self, callback_url: &str) {
        self.state().callback_url = Some(callback_url.to_owned());
    }

    /// The callbacks that it has to make.
    pub fn outbox(&self) -> &Outbox {
        &self.shared.outbox
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.state().requests.clone()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, Script> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn record(&self, headers: &HeaderMap, body: &[u8]) {
        self.state().requests.push(Recorded::new(headers, &["accept", "apikey", "content-type"], body));
    }
}
