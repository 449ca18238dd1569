//! The account: its key, the codes of numbers, and the address of its reports.

use std::collections::HashMap;

use domain::msisdn::Msisdn;

use crate::account::FakeAccount;

/// An account at a fake Africa's Talking.
pub type FakeAfricasTalking = FakeAccount<Credentials, Script>;

pub struct Credentials {
    pub(super) username: String,
    pub(super) api_key: String,
}

#[derive(Default)]
pub struct Script {
    pub(super) codes: HashMap<Msisdn, u16>,
    pub(super) callback_url: Option<String>,
}

impl FakeAfricasTalking {
    /// An account with its key and its registered sender ids; every one is registered if none is named.
    pub fn new(username: &str, api_key: &str, senders: &[&str]) -> Self {
        Self::with(Credentials { username: username.to_owned(), api_key: api_key.to_owned() }, senders)
    }

    /// Answers this number with a documented status code from now on; 101 for every other.
    pub fn answer_number(&self, msisdn: Msisdn, code: u16) {
        self.script().codes.insert(msisdn, code);
    }

    /// Reports from now on that each text is delivered, to the address that an application has for its reports.
    pub fn report_to(&self, callback_url: &str) {
        self.script().callback_url = Some(callback_url.to_owned());
    }
}
