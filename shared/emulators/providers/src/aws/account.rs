//! The account: the identities that may send, its scripted answers, its events, and every request that it was sent.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::msisdn::Msisdn;
use tokio::sync::Notify;

use crate::recorded::Recorded;

/// An account at a fake AWS End User Messaging SMS. Clones are the same account.
#[derive(Clone)]
pub struct FakeAws {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    /// The access key that requests are signed with; empty: any.
    pub access_key_id: String,
    /// The identities that may send; empty: every one.
    pub identities: Vec<String>,
    state: Mutex<Script>,
    /// Woken when an event falls due.
    pub due: Notify,
}

#[derive(Default)]
pub(super) struct Script {
    /// An error and its reason.
    pub errors: HashMap<Msisdn, (String, Option<String>)>,
    pub fates: HashMap<Msisdn, String>,
    pub next: Option<(u16, String)>,
    pub requests: Vec<Recorded>,
    pub events: VecDeque<String>,
    pub last_message: u64,
}

impl FakeAws {
    /// An account with an access key, any if it is empty, and the identities that may send, every one if none is named.
    pub fn new(access_key_id: &str, identities: &[&str]) -> Self {
        let shared = Shared {
            access_key_id: access_key_id.to_owned(),
            identities: identities.iter().map(|identity| (*identity).to_owned()).collect(),
            state: Mutex::default(),
            due: Notify::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Answers this number with a documented error, and its reason, from now on.
    pub fn answer_number(&self, msisdn: Msisdn, error: &str, reason: Option<&str>) {
        let answer = (error.to_owned(), reason.map(str::to_owned));
        self.state().errors.insert(msisdn, answer);
    }

    /// Gives this event, after `TEXT_PENDING`, of texts to this number from now on; `TEXT_DELIVERED` of every other.
    pub fn report_number(&self, msisdn: Msisdn, event: &str) {
        self.state().fates.insert(msisdn, event.to_owned());
    }

    /// Answers the next request with this status and body, without reading the request.
    pub fn answer_next(&self, status: u16, body: &str) {
        self.state().next = Some((status, body.to_owned()));
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.state().requests.clone()
    }

    /// The events that are due, in order; they are then no longer due.
    pub fn take_events(&self) -> Vec<String> {
        self.state().events.drain(..).collect()
    }

    /// Returns once an event is due.
    pub async fn event_due(&self) {
        self.shared.due.notified().await;
    }

    pub(super) fn state(&self) -> MutexGuard<'_, Script> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
