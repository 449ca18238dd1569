//! The account: its key and senders, its scripted statuses, and every request that it was sent.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::msisdn::Msisdn;

use crate::{outbox::Outbox, recorded::Recorded};

/// An account at a fake Infobip. Clones are the same account.
#[derive(Clone)]
pub struct FakeInfobip {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub api_key: String,
    /// The senders that the account may use; empty: every one.
    pub senders: Vec<String>,
    pub outbox: Outbox,
    state: Mutex<Script>,
}

#[derive(Default)]
pub(super) struct Script {
    pub statuses: HashMap<Msisdn, u32>,
    pub fates: HashMap<Msisdn, u32>,
    pub next: Option<(u16, String)>,
    pub requests: Vec<Recorded>,
    pub message_ids: HashSet<String>,
    pub last_bulk: u64,
}

impl FakeInfobip {
    /// An account with its key and the senders that it may use; it may use every one if none is named.
    pub fn new(api_key: &str, senders: &[&str]) -> Self {
        let shared = Shared {
            api_key: api_key.to_owned(),
            senders: senders.iter().map(|sender| (*sender).to_owned()).collect(),
            outbox: Outbox::default(),
            state: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Answers this number with a documented status from now on; `PENDING_ACCEPTED` for every other.
    pub fn answer_number(&self, msisdn: Msisdn, status: u32) {
        self.state().statuses.insert(msisdn, status);
    }

    /// Reports this status of messages to this number from now on; `DELIVERED_TO_HANDSET` of every other.
    pub fn report_number(&self, msisdn: Msisdn, status: u32) {
        self.state().fates.insert(msisdn, status);
    }

    /// Answers the next request with this status and body, without reading the request.
    pub fn answer_next(&self, status: u16, body: &str) {
        self.state().next = Some((status, body.to_owned()));
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.state().requests.clone()
    }

    /// The callbacks that it has to make.
    pub fn outbox(&self) -> &Outbox {
        &self.shared.outbox
    }

    pub(super) fn state(&self) -> MutexGuard<'_, Script> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
