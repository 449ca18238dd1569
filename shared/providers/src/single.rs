//! The requests of a provider that takes one recipient at a time.

use std::time::Duration;

use bytes::Bytes;
use domain::outcome::{AccountFault, Backoff};
use http::Request;
use platform::http::{HttpClient, KeptConnections, Roots};

use crate::{
    answer::{Answer, exchange},
    kind::Kind,
    one_by_one::one_by_one,
    submission::{Recipient, Submission},
    submitted::Submitted,
    verdict::{Verdict, conclude},
};

/// Makes a request for each recipient.
#[derive(Clone, Debug)]
pub(crate) struct SingleRequests {
    kind: &'static Kind,
    call_timeout: Duration,
    kept: KeptConnections,
}

impl SingleRequests {
    /// Requests to a provider, each of at most this time.
    pub fn new(kind: &'static Kind, roots: Roots, call_timeout: Duration) -> Self {
        Self { kind, call_timeout, kept: KeptConnections::new(roots) }
    }

    /// Hands a submission over. `build` makes the request of a recipient, or returns why it cannot; `read` returns
    /// `None` if an answer has only its HTTP status.
    pub async fn submit(
        &self,
        submission: &Submission,
        build: impl Fn(&Recipient) -> Result<Request<Bytes>, AccountFault>,
        read: impl Fn(&Answer) -> Option<Verdict>,
    ) -> Submitted {
        let Ok(client) = self.kept.client() else { return Submitted::never_sent(submission) };
        let one = async |one: Submission| self.hand_over(&client, &one, &build, &read).await;
        one_by_one(submission, one).await
    }

    /// Closes the connections that no request uses.
    pub fn invocation_ended(&self) {
        self.kept.drop_all();
    }

    async fn hand_over(
        &self,
        client: &HttpClient,
        one: &Submission,
        build: &impl Fn(&Recipient) -> Result<Request<Bytes>, AccountFault>,
        read: &impl Fn(&Answer) -> Option<Verdict>,
    ) -> Submitted {
        let Some(recipient) = one.recipients().first() else { return Submitted::unknown(one) };
        let request = match build(recipient) {
            Ok(request) => request,
            Err(fault) => return Submitted::account_fault(one, fault),
        };
        match exchange(self.kind, client, (request, self.call_timeout), one).await {
            Ok(answer) => concluded(&answer, one, read(&answer)),
            Err(submitted) => submitted,
        }
    }
}

fn concluded(answer: &Answer, one: &Submission, verdict: Option<Verdict>) -> Submitted {
    let Some(verdict) = verdict else { return answer.by_status(one) };
    let submitted = conclude(one, |_| verdict.clone());
    match submitted.signals().backoff {
        Some(_) => submitted.with_backoff(Backoff { retry_after: answer.retry_after }),
        None => submitted,
    }
}

#[cfg(test)]
mod tests {
    use domain::{outcome::SendOutcome, timestamp::Millis};

    use super::*;
    use crate::testing::submission;

    #[test]
    fn a_code_that_throttles_waits_as_long_as_its_answer_says() {
        let one = submission("Habari", &[254_711_000_001]);
        for retry_after in [None, Some(Millis(7_000))] {
            let answer = Answer { status: 400, retry_after, body: Bytes::new() };
            let submitted = concluded(&answer, &one, Some(Verdict::Throttled));
            assert_eq!(submitted, Submitted::throttled(&one, retry_after));
        }
        let answer = Answer { status: 500, retry_after: None, body: Bytes::new() };
        assert_eq!(concluded(&answer, &one, None).outcomes(), [SendOutcome::Unknown]);
    }
}
