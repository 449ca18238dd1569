//! The account: its token and senders, its scripted answers, and every request that it was sent.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::msisdn::Msisdn;

use crate::{outbox::Outbox, recorded::Recorded};

/// An account at a fake Twilio. Clones are the same account.
#[derive(Clone)]
pub struct FakeTwilio {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub account_sid: String,
    pub auth_token: String,
    /// The senders that the account may use; empty: every one.
    pub senders: Vec<String>,
    pub outbox: Outbox,
    state: Mutex<Script>,
}

#[derive(Default)]
pub(super) struct Script {
    pub codes: HashMap<Msisdn, u32>,
    pub fates: HashMap<Msisdn, Fate>,
    pub next: Option<(u16, String)>,
    pub requests: Vec<Recorded>,
    pub last_message: u64,
}

/// The last status of a message, and its code.
#[derive(Clone)]
pub(super) struct Fate {
    pub status: String,
    pub code: Option<u32>,
}

impl FakeTwilio {
    /// An account with its token and the senders that it may use; it may use every one if none is named.
    pub fn new(account_sid: &str, auth_token: &str, senders: &[&str]) -> Self {
        let shared = Shared {
            account_sid: account_sid.to_owned(),
            auth_token: auth_token.to_owned(),
            senders: senders.iter().map(|sender| (*sender).to_owned()).collect(),
            outbox: Outbox::default(),
            state: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Answers this number with a documented error from now on.
    pub fn answer_number(&self, msisdn: Msisdn, code: u32) {
        self.state().codes.insert(msisdn, code);
    }

    /// Reports this status, after `sent`, of messages to this number from now on; `delivered` of every other.
    pub fn report_number(&self, msisdn: Msisdn, status: &str, code: Option<u32>) {
        self.state().fates.insert(msisdn, Fate { status: status.to_owned(), code });
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
