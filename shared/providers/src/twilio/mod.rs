//! Twilio: Programmable Messaging, one recipient a request, over a form.
//!
//! Sources: Twilio's OpenAPI (`twilio/twilio-oai`, MIT), its error dictionary (`tests/fixtures/twilio_error_codes.json`)
//! and the official SDK (MIT). Easily missed:
//! - There is no idempotency key for messages, and Twilio says that a `POST` answered with 500 may have been carried
//!   out. `I-Twilio-Idempotency-Token` is a header of its webhooks, not of requests to it.
//! - 429 and code 20429 are given before a request is looked at.
//! - Callbacks are signed with the account's auth token, over the URL as Twilio called it ([`signature`]).
//! - Bulk Messaging (`comms.twilio.com`) is a beta without repeat protection, and left alone.

mod check;
pub mod codes;
mod config;
mod kind;
pub mod receipt;
pub mod request;
pub mod response;
pub mod signature;
#[cfg(test)]
mod testing;

use std::sync::Arc;

use platform::http::Roots;

use crate::{
    account::Account,
    adapter::Adapter,
    config::ConfigError,
    kind::Kind,
    one_by_one::AT_ONCE,
    provider::{BoxFuture, Provider},
    single::SingleRequests,
    submission::{Recipient, Submission},
    submitted::Submitted,
};

pub use config::TwilioConfig;
pub use kind::KIND;
pub use receipt::TwilioCallbacks;

pub(crate) static ADAPTER: Adapter = Adapter {
    kind: &KIND,
    connect: |account| Ok(Arc::new(Twilio::new(TwilioConfig::new(account)?))),
    callback_reader: Some(|account| Ok(Arc::new(reader(account)?))),
    check: Some(check::CHECK),
};

fn reader(account: &Account) -> Result<TwilioCallbacks, ConfigError> {
    let mut values = account.callback_values();
    let token = values.secret_text("auth_token");
    if token.is_none() {
        values.problem("auth_token is not set");
    }
    values.finish(token.map(TwilioCallbacks::new))
}

#[derive(Clone, Debug)]
pub struct Twilio {
    config: TwilioConfig,
    requests: SingleRequests,
}

impl Twilio {
    /// Opens its own connections.
    pub fn new(config: TwilioConfig) -> Self {
        let requests = SingleRequests::new(&KIND, Roots::Native, config.call_timeout());
        Self { config, requests }
    }
}

impl Provider for Twilio {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn max_recipients(&self) -> usize {
        AT_ONCE
    }

    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
        let build = |recipient: &Recipient| request::build(&self.config, submission, recipient);
        Box::pin(self.requests.submit(submission, build, response::read))
    }

    fn invocation_ended(&self) {
        self.requests.invocation_ended();
    }
}
