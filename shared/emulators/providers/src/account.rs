//! An account at a fake: its credentials and senders, its scripted answers, its callbacks, and every request to it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};

use crate::{outbox::Outbox, recorded::Recorded};

/// An account at a fake provider that has these credentials and is scripted in this way. Clones are the same account.
pub struct FakeAccount<C, S>(Arc<Shared<C, S>>);

struct Shared<C, S> {
    credentials: C,
    /// The senders that the account may use; empty: every one.
    senders: Vec<String>,
    outbox: Outbox,
    script: Mutex<S>,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    next_answer: Option<(u16, String)>,
    requests: Vec<Recorded>,
    last_id: u64,
}

impl<C, S> Clone for FakeAccount<C, S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C, S> FakeAccount<C, S> {
    /// Answers the next request with this status and body, without reading the request.
    pub fn answer_next(&self, status: u16, body: &str) {
        self.log().next_answer = Some((status, body.to_owned()));
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.log().requests.clone()
    }

    /// The callbacks that it has to make.
    pub fn outbox(&self) -> &Outbox {
        &self.0.outbox
    }

    pub(crate) fn with(credentials: C, senders: &[&str]) -> Self
    where
        S: Default,
    {
        Self(Arc::new(Shared {
            credentials,
            senders: senders.iter().map(|sender| (*sender).to_owned()).collect(),
            outbox: Outbox::default(),
            script: Mutex::default(),
            log: Mutex::default(),
        }))
    }

    pub(crate) fn credentials(&self) -> &C {
        &self.0.credentials
    }

    pub(crate) fn may_send_as(&self, sender: &str) -> bool {
        self.0.senders.is_empty() || self.0.senders.iter().any(|known| known == sender)
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, S> {
        self.0.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a request with those of its headers that are named; returns the answer that was scripted for it.
    pub(crate) fn record(&self, headers: &HeaderMap, names: &[&str], body: &[u8]) -> Option<Response> {
        let mut log = self.log();
        log.requests.push(Recorded::new(headers, names, body));
        let (status, body) = log.next_answer.take()?;
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Some((status, body).into_response())
    }

    /// A number that no earlier call returned.
    pub(crate) fn next_id(&self) -> u64 {
        let mut log = self.log();
        log.last_id += 1;
        log.last_id
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
