//! The account: its token, and the errors and statuses of numbers.

use std::collections::HashMap;

use domain::msisdn::Msisdn;

use crate::account::FakeAccount;

/// An account at a fake Twilio.
pub type FakeTwilio = FakeAccount<Credentials, Script>;

pub struct Credentials {
    pub(super) account_sid: String,
    pub(super) auth_token: String,
}

#[derive(Default)]
pub struct Script {
    pub(super) codes: HashMap<Msisdn, u32>,
    pub(super) fates: HashMap<Msisdn, Fate>,
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
        Self::with(
            Credentials { account_sid: account_sid.to_owned(), auth_token: auth_token.to_owned() },
            senders,
        )
    }

    /// Answers this number with a documented error from now on.
    pub fn answer_number(&self, msisdn: Msisdn, code: u32) {
        self.script().codes.insert(msisdn, code);
    }

    /// Reports this status, after `sent`, of messages to this number from now on; `delivered` of every other.
    pub fn report_number(&self, msisdn: Msisdn, status: &str, code: Option<u32>) {
        self.script().fates.insert(msisdn, Fate { status: status.to_owned(), code });
    }
}
