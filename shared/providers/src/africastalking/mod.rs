//! Africa's Talking: bulk SMS over a form, many recipients and one text a call.
//!
//! Sources: developers.africastalking.com (it publishes no OpenAPI), the official SDKs (MIT), and
//! answers reported in public issues (`tests/fixtures/africastalking_samples.json`). What matters and
//! is easily missed:
//! - There is a second way in, `/messaging/bulk`, of JSON. It is left alone on purpose: nothing documented
//!   makes it the better one, their sandbox does not offer it yet, and the official SDKs send the form, so
//!   that it is the form that other people's code vouches for (`tests/end_to_end/clients/official_sdk.rs`). The answer
//!   is the same: a later move is a matter of [`request`] alone.
//! - There is no idempotency key for SMS: a request that may have arrived is never repeated.
//! - Only 201 is success, and a 201 may still refuse everybody: `Recipients` empty and the reason in
//!   `Message`.
//! - Recipients are answered in any order, and one may be missing.
//! - Delivery reports carry no reference of ours, only the message id and the phone number; callbacks
//!   are not signed, so their URL ends in a [`CallbackSecret`](crate::CallbackSecret).

pub mod codes;
mod config;
mod number;
pub mod receipt;
pub mod request;
pub mod response;

use domain::outcome::AccountFault;
use platform::http::{HttpClient, Roots};

use crate::{
    answer::exchange,
    config::ConfigError,
    name::ProviderName,
    provider::{BoxFuture, Provider},
    submission::{MAX_RECIPIENTS_PER_CALL, Submission},
    submitted::Submitted,
};

pub use config::{AfricasTalkingConfig, AfricasTalkingSettings};

/// The adapter.
#[derive(Clone, Debug)]
pub struct AfricasTalking {
    config: AfricasTalkingConfig,
    client: HttpClient,
}

impl AfricasTalking {
    /// An adapter that opens its own connections.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(config: AfricasTalkingConfig) -> Result<Self, ConfigError> {
        let client = HttpClient::one_connection_per_call(Roots::Native)?;
        Ok(Self { config, client })
    }

    async fn hand_over(&self, submission: &Submission) -> Submitted {
        let Ok(request) = request::build(&self.config, submission) else {
            return Submitted::account_fault(submission, AccountFault::RequestRefused);
        };
        let call = (request, self.config.call_timeout());
        match exchange(self.name(), &self.client, call, submission).await {
            Ok(answer) => response::read(&answer, submission),
            Err(submitted) => submitted,
        }
    }
}

impl Provider for AfricasTalking {
    fn name(&self) -> ProviderName {
        ProviderName::AfricasTalking
    }

    /// Its own limit is not published; its SDK's tests use 999, other people's tools 100.
    fn max_recipients(&self) -> usize {
        MAX_RECIPIENTS_PER_CALL
    }

    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
        Box::pin(self.hand_over(submission))
    }
}
