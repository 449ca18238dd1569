//! The account: its key, the statuses of numbers, and the ids that it has seen.

use std::collections::{HashMap, HashSet};

use domain::msisdn::Msisdn;

use crate::account::FakeAccount;

/// An account at a fake Infobip.
pub type FakeInfobip = FakeAccount<ApiKey, Script>;

pub struct ApiKey(pub(super) String);

#[derive(Default)]
pub struct Script {
    pub(super) statuses: HashMap<Msisdn, u32>,
    pub(super) fates: HashMap<Msisdn, u32>,
    pub(super) message_ids: HashSet<String>,
}

impl FakeInfobip {
    /// An account with its key and the senders that it may use; it may use every one if none is named.
    pub fn new(api_key: &str, senders: &[&str]) -> Self {
        Self::with(ApiKey(api_key.to_owned()), senders)
    }

    /// Answers this number with a documented status from now on; `PENDING_ACCEPTED` for every other.
    pub fn answer_number(&self, msisdn: Msisdn, status: u32) {
        self.script().statuses.insert(msisdn, status);
    }

    /// Reports this status of messages to this number from now on; `DELIVERED_TO_HANDSET` of every other.
    pub fn report_number(&self, msisdn: Msisdn, status: u32) {
        self.script().fates.insert(msisdn, status);
    }
}
