//! The sandbox: a provider of our own that plays every outcome a real one can have, and reaches nobody.
//!
//! The last six digits of a number choose what becomes of it ([`rules`] has the table); every other
//! number is simply accepted and delivered. It comes in two forms with the same rules:
//! - [`Sandbox`] speaks HTTP to a server (`provider_emulators::sandbox`) that keeps an inbox and calls back with
//!   reports. The local stack runs it.
//! - [`InProcess`] needs no server and keeps nothing. It is the provider of a test deployment, whose dispatch function
//!   queues the reports that it makes. In production it answers what is sent with a test key (`tk_test_…`), without
//!   reports.
//!
//! Neither starts as the provider of a production deployment.

mod config;
mod in_process;
pub mod receipt;
pub mod request;
pub mod response;
pub mod rules;
pub mod throttling;
pub mod wire;

use domain::outcome::AccountFault;
use platform::http::{HttpClient, Roots};

use crate::{
    answer::exchange,
    config::ConfigError,
    name::ProviderName,
    provider::{BoxFuture, Provider},
    submission::Submission,
    submitted::Submitted,
};

pub use config::{SandboxConfig, SandboxSettings};
pub use in_process::InProcess;

/// The adapter that hands over to a sandbox server.
#[derive(Clone, Debug)]
pub struct Sandbox {
    config: SandboxConfig,
    client: HttpClient,
}

impl Sandbox {
    /// An adapter that opens its own connections.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(config: SandboxConfig) -> Result<Self, ConfigError> {
        // The machine's roots cost milliseconds to parse, and a sandbox is mostly next door.
        let roots = if config.is_https() { Roots::Native } else { Roots::Amazon };
        let client = HttpClient::one_connection_per_call(roots)?;
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

impl Provider for Sandbox {
    fn name(&self) -> ProviderName {
        ProviderName::Sandbox
    }

    fn max_recipients(&self) -> usize {
        self.config.max_recipients()
    }

    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
        Box::pin(self.hand_over(submission))
    }
}
