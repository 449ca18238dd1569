//! The sandbox: a provider of our own that plays every outcome a real one can have, and sends no message.
//!
//! The last six digits of a number choose its outcome ([`rules`] has the table); every other
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
mod kind;
pub mod receipt;
pub mod request;
pub mod response;
pub mod rules;
pub mod throttling;
pub mod wire;

use std::sync::Arc;

use domain::outcome::AccountFault;
use platform::http::{HttpClient, KeptConnections, Roots};

use crate::{
    account::Account,
    adapter::Adapter,
    answer::exchange,
    callback::{Callback, CallbackError, CallbackReader, CallbackSecret, Report},
    config::ConfigError,
    kind::Kind,
    one_by_one::one_by_one,
    provider::{BoxFuture, Provider},
    submission::Submission,
    submitted::Submitted,
};

pub use config::SandboxConfig;
pub use in_process::InProcess;
pub use kind::KIND;

pub(crate) static ADAPTER: Adapter = Adapter {
    kind: &KIND,
    connect,
    callback_reader: Some(|account| Ok(Arc::new(SandboxCallbacks::new(account)?))),
    check: None,
};

fn connect(account: &Account) -> Result<Arc<dyn Provider>, ConfigError> {
    match SandboxConfig::new(account)? {
        Some(config) => Ok(Arc::new(Sandbox::new(config)?)),
        None => Ok(Arc::new(InProcess::reporting())),
    }
}

/// Hands texts over to a sandbox server.
#[derive(Clone, Debug)]
pub struct Sandbox {
    config: SandboxConfig,
    client: HttpClient,
    /// For one recipient a request.
    kept: KeptConnections,
}

impl Sandbox {
    /// Opens its own connections.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(config: SandboxConfig) -> Result<Self, ConfigError> {
        // The machine's roots cost milliseconds to parse, and a sandbox is mostly on this machine.
        let roots = if config.is_https() { Roots::Native } else { Roots::Amazon };
        let client = HttpClient::one_connection_per_call(roots)?;
        Ok(Self { config, client, kept: KeptConnections::new(roots) })
    }

    async fn submit_each(&self, submission: &Submission) -> Submitted {
        match self.kept.client() {
            Ok(client) => one_by_one(submission, async |one| self.hand_over(&client, &one).await).await,
            Err(_) => Submitted::never_sent(submission),
        }
    }

    async fn hand_over(&self, client: &HttpClient, submission: &Submission) -> Submitted {
        let Ok(request) = request::build(&self.config, submission) else {
            return Submitted::account_fault(submission, AccountFault::RequestRefused);
        };
        let call = (request, self.config.call_timeout());
        match exchange(&KIND, client, call, submission).await {
            Ok(answer) => response::read(&answer, submission),
            Err(submitted) => submitted,
        }
    }
}

impl Provider for Sandbox {
    fn kind(&self) -> &'static Kind {
        &KIND
    }

    fn max_recipients(&self) -> usize {
        self.config.max_recipients()
    }

    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
        match self.config.one_by_one() {
            true => Box::pin(self.submit_each(submission)),
            false => Box::pin(self.hand_over(&self.client, submission)),
        }
    }

    fn invocation_ended(&self) {
        self.kept.drop_all();
    }
}

/// Reads callbacks, which the sandbox's server signs. The sandbox without a server makes none, and has no secret.
#[derive(Debug)]
struct SandboxCallbacks(Option<CallbackSecret>);

impl SandboxCallbacks {
    fn new(account: &Account) -> Result<Self, ConfigError> {
        let mut values = account.callback_values();
        let secret = values.callback_secret();
        values.finish(Some(Self(secret)))
    }
}

impl CallbackReader for SandboxCallbacks {
    fn reports(&self, callback: &Callback<'_>) -> Result<Vec<Report>, CallbackError> {
        let secret = self.0.as_ref().ok_or(CallbackError::NotServed)?;
        let signature = callback.headers.get(receipt::SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
        receipt::read(secret, signature, callback.body)
    }
}
