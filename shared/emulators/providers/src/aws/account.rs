//! The account: its access key, the errors of numbers, and its events.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use domain::msisdn::Msisdn;
use tokio::sync::Notify;

use crate::account::FakeAccount;

/// An account at a fake AWS End User Messaging SMS. Its senders are the identities that may send.
pub type FakeAws = FakeAccount<AccessKeyId, Script>;

/// The access key that requests are signed with; empty: any.
pub struct AccessKeyId(pub(super) String);

#[derive(Default)]
pub struct Script {
    /// An error and its reason.
    pub(super) errors: HashMap<Msisdn, (String, Option<String>)>,
    pub(super) fates: HashMap<Msisdn, String>,
    pub(super) events: VecDeque<String>,
    /// Woken when an event falls due.
    pub(super) due: Arc<Notify>,
}

impl FakeAws {
    /// An account with an access key, any if it is empty, and the identities that may send, every one if none is named.
    pub fn new(access_key_id: &str, identities: &[&str]) -> Self {
        Self::with(AccessKeyId(access_key_id.to_owned()), identities)
    }

    /// Answers this number with a documented error, and its reason, from now on.
    pub fn answer_number(&self, msisdn: Msisdn, error: &str, reason: Option<&str>) {
        let answer = (error.to_owned(), reason.map(str::to_owned));
        self.script().errors.insert(msisdn, answer);
    }

    /// Gives this event, after `TEXT_PENDING`, of texts to this number from now on; `TEXT_DELIVERED` of every other.
    pub fn report_number(&self, msisdn: Msisdn, event: &str) {
        self.script().fates.insert(msisdn, event.to_owned());
    }

    /// The events that are due, in order; they are then no longer due.
    pub fn take_events(&self) -> Vec<String> {
        self.script().events.drain(..).collect()
    }

    /// Returns once an event is due.
    pub async fn event_due(&self) {
        let due = self.script().due.clone();
        due.notified().await;
    }
}
