//! Africa's Talking: bulk SMS over a form, many recipients and one text a call.
//!
//! Sources: developers.africastalking.com (it publishes no OpenAPI), the official SDKs (MIT), and
//! answers reported in public issues (`tests/fixtures/africastalking_samples.json`). What matters and
//! is easily missed:
//! - There is a second way in, `/messaging/bulk`, of JSON. It is left alone on purpose: nothing documented
//!   makes it the better one, their sandbox does not offer it yet, and the official SDKs send the form, so
//!   that it is the form that other people's code vouches for (`tests/end_to_end/clients/sdk/africastalking.rs`). The answer
//!   is the same: a later move is a matter of [`request`] alone.
//! - There is no idempotency key for SMS: a request that may have arrived is never repeated.
//! - Only 201 is success, and a 201 may still refuse all recipients: `Recipients` empty and the reason in
//!   `Message`.
//! - Recipients are answered in any order, and one may be missing.
//! - Delivery reports carry no reference of ours, only the message id and the phone number; callbacks
//!   are not signed, so their URL ends in a [`CallbackSecret`](crate::CallbackSecret).

mod check;
pub mod codes;
mod config;
mod kind;
mod number;
pub mod receipt;
pub mod request;
pub mod response;

use std::sync::Arc;

use platform::http::Roots;

use crate::{
    account::Account,
    adapter::Adapter,
    callback::{Callback, CallbackError, CallbackReader, CallbackSecret, OptOut, Report},
    config::ConfigError,
    grouped::GroupedRequests,
    kind::Kind,
    provider::{BoxFuture, Provider},
    submission::Submission,
    submitted::Submitted,
};

pub use config::AfricasTalkingConfig;
pub use kind::KIND;

pub(crate) static ADAPTER: Adapter = Adapter {
    kind: &KIND,
    connect: |account| Ok(Arc::new(AfricasTalking::new(AfricasTalkingConfig::new(account)?)?)),
    callback_reader: Some(|account| Ok(Arc::new(AfricasTalkingCallbacks::new(account)?))),
    check: Some(check::CHECK),
};

#[derive(Clone, Debug)]
pub struct AfricasTalking {
    config: AfricasTalkingConfig,
    requests: GroupedRequests,
}

impl AfricasTalking {
    /// Opens its own connections.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(config: AfricasTalkingConfig) -> Result<Self, ConfigError> {
        let requests = GroupedRequests::new(&KIND, Roots::Native, config.call_timeout())?;
        Ok(Self { config, requests })
    }
}

impl Provider for AfricasTalking {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn max_recipients(&self) -> usize {
        KIND.max_recipients
    }

    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
        let request = request::build(&self.config, submission);
        Box::pin(self.requests.submit(submission, request, response::read))
    }
}

/// Reads callbacks. Africa's Talking signs nothing: its address ends in a secret.
#[derive(Debug)]
struct AfricasTalkingCallbacks(CallbackSecret);

impl AfricasTalkingCallbacks {
    fn new(account: &Account) -> Result<Self, ConfigError> {
        let mut values = account.callback_values();
        let secret = values.required_callback_secret();
        values.finish(secret.map(Self))
    }

    fn check(&self, callback: &Callback<'_>) -> Result<(), CallbackError> {
        let is_theirs = callback.path_secret.is_some_and(|segment| self.0.is(segment));
        if is_theirs { Ok(()) } else { Err(CallbackError::Forged) }
    }
}

impl CallbackReader for AfricasTalkingCallbacks {
    fn reports(&self, callback: &Callback<'_>) -> Result<Vec<Report>, CallbackError> {
        self.check(callback)?;
        Ok(vec![receipt::parse(callback.body)?])
    }

    fn opt_outs(&self, callback: &Callback<'_>) -> Result<Vec<OptOut>, CallbackError> {
        self.check(callback)?;
        Ok(vec![receipt::parse_opt_out(callback.body)?])
    }
}
