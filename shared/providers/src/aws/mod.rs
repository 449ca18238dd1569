//! AWS End User Messaging SMS: one recipient a request, signed with the function's own credentials.
//!
//! Sources: the service's model (`tests/fixtures/aws_eum_sendtextmessage_model.json`, from botocore, Apache-2.0) and its
//! user guide. Easily missed:
//! - `SendTextMessage` has no idempotency token, and AWS's SDKs send a request that failed up to three times. This
//!   adapter signs and sends one request itself, through the client that never repeats one.
//! - Reports are not called back. They go from a configuration set to a topic and on to a queue of their own, which
//!   the receipts function reads ([`receipt`]); they name the message by the `Context` that it was sent with.
//! - The identity that sends has no spaces, so that some of our sender ids are not one.

mod check;
pub mod codes;
mod config;
mod kind;
pub mod receipt;
pub mod request;
pub mod response;
#[cfg(test)]
mod testing;

use std::sync::Arc;

use platform::http::Roots;

use crate::{
    adapter::Adapter,
    kind::Kind,
    one_by_one::AT_ONCE,
    provider::{BoxFuture, Provider},
    single::SingleRequests,
    submission::{Recipient, Submission},
    submitted::Submitted,
};

pub use config::AwsConfig;
pub use kind::KIND;

pub(crate) static ADAPTER: Adapter = Adapter {
    kind: &KIND,
    connect: |account| Ok(Arc::new(Aws::new(AwsConfig::new(account)?))),
    callback_reader: None,
    check: Some(check::CHECK),
};

#[derive(Clone, Debug)]
pub struct Aws {
    config: AwsConfig,
    requests: SingleRequests,
}

impl Aws {
    /// Opens its own connections.
    pub fn new(config: AwsConfig) -> Self {
        let requests = SingleRequests::new(&KIND, Roots::Amazon, config.call_timeout());
        Self { config, requests }
    }
}

impl Provider for Aws {
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
