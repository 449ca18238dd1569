//! Infobip: SMS API v3, many recipients and one text a call, in JSON.
//!
//! Sources: Infobip's OpenAPI 3.210.0 (it has no licence, so it is not in this repository), the official SDK (MIT), and
//! the page of its statuses (`tests/fixtures/infobip_statuses.json`). Easily missed:
//! - A message has the id that we give it, and a second message with the same id is rejected
//!   (`REJECTED_DUPLICATE_MESSAGE_ID`), for an unpublished time. See [`MessageId`] for why that is not read as accepted.
//! - 200 is given to requests of which every message is rejected: each has its own status.
//! - `GET /sms/3/reports` gives each report once; nothing here calls it.
//! - Reports come up to a hundred a callback. Callbacks are not signed, so their URL ends in a
//!   [`CallbackSecret`](crate::CallbackSecret).

mod check;
pub mod codes;
mod config;
mod kind;
mod message_id;
pub mod receipt;
pub mod request;
pub mod response;
#[cfg(test)]
mod testing;

use std::sync::Arc;

use platform::http::Roots;

use crate::{
    account::Account,
    adapter::Adapter,
    config::ConfigError,
    grouped::GroupedRequests,
    kind::Kind,
    provider::{BoxFuture, Provider},
    submission::{MAX_RECIPIENTS_PER_CALL, Submission},
    submitted::Submitted,
};

pub use config::InfobipConfig;
pub use kind::KIND;
pub use message_id::MessageId;
pub use receipt::InfobipCallbacks;

pub(crate) static ADAPTER: Adapter = Adapter {
    kind: &KIND,
    connect: |account| Ok(Arc::new(Infobip::new(InfobipConfig::new(account)?)?)),
    callback_reader: Some(|account| Ok(Arc::new(reader(account)?))),
    check: Some(check::CHECK),
};

fn reader(account: &Account) -> Result<InfobipCallbacks, ConfigError> {
    let mut values = account.callback_values();
    let secret = values.required_callback_secret();
    values.finish(secret.map(InfobipCallbacks::new))
}

#[derive(Clone, Debug)]
pub struct Infobip {
    config: InfobipConfig,
    requests: GroupedRequests,
}

impl Infobip {
    /// Opens its own connections.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(config: InfobipConfig) -> Result<Self, ConfigError> {
        let requests = GroupedRequests::new(&KIND, Roots::Native, config.call_timeout())?;
        Ok(Self { config, requests })
    }
}

impl Provider for Infobip {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn max_recipients(&self) -> usize {
        MAX_RECIPIENTS_PER_CALL
    }

    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
        let request = request::build(&self.config, submission);
        Box::pin(self.requests.submit(submission, request, response::read))
    }
}
