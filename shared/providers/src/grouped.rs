//! The requests of a provider that takes many recipients at a time.

use std::time::Duration;

use bytes::Bytes;
use domain::outcome::AccountFault;
use http::Request;
use platform::http::{HttpClient, Roots};

use crate::{
    answer::{Answer, exchange},
    config::ConfigError,
    kind::Kind,
    submission::Submission,
    submitted::Submitted,
};

/// Makes one request for all recipients of a submission.
#[derive(Clone, Debug)]
pub(crate) struct GroupedRequests {
    kind: &'static Kind,
    call_timeout: Duration,
    client: HttpClient,
}

impl GroupedRequests {
    /// Requests to a provider, each of at most this time.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(kind: &'static Kind, roots: Roots, call_timeout: Duration) -> Result<Self, ConfigError> {
        let client = HttpClient::one_connection_per_call(roots)?;
        Ok(Self { kind, call_timeout, client })
    }

    /// Hands a submission over. A request that cannot be built is a fault of the account.
    pub async fn submit<E>(
        &self,
        submission: &Submission,
        request: Result<Request<Bytes>, E>,
        read: impl Fn(&Answer, &Submission) -> Submitted,
    ) -> Submitted {
        let Ok(request) = request else {
            return Submitted::account_fault(submission, AccountFault::RequestRefused);
        };
        match exchange(self.kind, &self.client, (request, self.call_timeout), submission).await {
            Ok(answer) => read(&answer, submission),
            Err(submitted) => submitted,
        }
    }
}
