//! A provider's HTTP answer, and the part of its meaning that HTTP itself defines.

use std::{
    error::Error,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use domain::{
    outcome::{AccountFault, Backoff},
    timestamp::Millis,
};
use http::{
    HeaderMap, Request, Response,
    header::{DATE, RETRY_AFTER},
};
use platform::http::{HttpClient, HttpError};
use tracing::warn;

use crate::{kind::Kind, submission::Submission, submitted::Submitted};

/// Longest pause that a provider may ask for.
const MAX_RETRY_AFTER_SECONDS: i64 = 3_600;

/// An answer, read completely. No `Debug`: the body has phone numbers.
#[derive(Clone)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The requested pause (`Retry-After`, in seconds or as a date).
    pub retry_after: Option<Millis>,
    pub body: Bytes,
}

impl From<Response<Bytes>> for Answer {
    fn from(response: Response<Bytes>) -> Self {
        let retry_after = retry_after(response.headers());
        Self { status: response.status().as_u16(), retry_after, body: response.into_body() }
    }
}

/// The wait that an answer asks for (RFC 9110 section 10.2.3). A date counts from the answer's own `Date`: the clocks need
/// not agree.
fn retry_after(headers: &HeaderMap) -> Option<Millis> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let date = |name| httpdate::parse_http_date(text(name)?).ok();
    let seconds = match text(RETRY_AFTER)?.parse::<u32>() {
        Ok(seconds) => i64::from(seconds),
        Err(_) => {
            let wait = date(RETRY_AFTER)?.duration_since(date(DATE).unwrap_or_else(SystemTime::now));
            wait.map_or(0, |wait| i64::try_from(wait.as_secs()).unwrap_or(i64::MAX))
        }
    };
    Some(Millis::from_secs(seconds.min(MAX_RETRY_AFTER_SECONDS)))
}

impl Answer {
    /// The meaning of an answer by its status alone, if its body is not the documented success.
    ///
    /// Only statuses that RFC 9110 defines as a refusal to act mean "certainly not taken". Not 408, which a gateway may
    /// give after it passed the request on; not 302 and 303, which servers give after they acted; not an undocumented
    /// success; and not 503, even with a requested pause: a gateway gives it for a provider that took the request and
    /// crashed.
    pub fn by_status(&self, submission: &Submission) -> Submitted {
        let account = |fault| Submitted::account_fault(submission, fault);
        match self.status {
            401 => account(AccountFault::Credentials),
            429 => Submitted::throttled(submission, self.retry_after),
            301 | 307 | 308 => account(AccountFault::RequestRefused),
            408 => Submitted::unknown(submission),
            400..=499 => account(AccountFault::RequestRefused),
            500.. if self.retry_after.is_some() => {
                Submitted::unknown(submission).with_backoff(Backoff { retry_after: self.retry_after })
            }
            _ => Submitted::unknown(submission),
        }
    }
}

/// Makes one request for a submission; an error is the result of the whole submission.
pub(crate) async fn exchange(
    provider: &'static Kind,
    client: &HttpClient,
    (request, timeout): (Request<Bytes>, Duration),
    submission: &Submission,
) -> Result<Answer, Submitted> {
    let (begun, recipients) = (Instant::now(), submission.recipients().len());
    let answer = client.send(request, timeout).await.map_err(|error| {
        let duration_ms = begun.elapsed().as_millis() as u64;
        let cause = causes(&error);
        warn!(%provider, %error, cause, recipients, duration_ms, "a hand-over got no answer");
        match error {
            HttpError::NeverSent { .. } => Submitted::never_sent(submission),
            HttpError::Lost { .. } => Submitted::unknown(submission),
        }
    })?;
    Ok(answer.into())
}

/// The causes of an error, for the operator. The connector's errors have hosts and sockets, never the request.
fn causes(error: &HttpError) -> String {
    let sources = std::iter::successors(error.source(), |&cause| cause.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use domain::outcome::SendOutcome;

    use super::*;
    use crate::testing::submission;

    fn answer(status: u16, retry_after: Option<&str>) -> Answer {
        let mut response = Response::builder().status(status);
        if let Some(wait) = retry_after {
            response = response.header(RETRY_AFTER, wait);
        }
        response.body(Bytes::new()).unwrap().into()
    }

    #[test]
    fn only_a_clear_refusal_is_not_taken() {
        let submission = submission("Habari", &[254_711_000_001, 254_711_000_002]);
        for status in 200..600 {
            let submitted = answer(status, None).by_status(&submission);
            let refusal = [301, 307, 308].contains(&status) || (400..500).contains(&status) && status != 408;
            if refusal {
                assert_eq!(submitted.outcomes(), [SendOutcome::NotTaken, SendOutcome::NotTaken], "{status}");
                let signals = submitted.signals();
                assert!(signals.fault.is_some() != signals.backoff.is_some(), "{status}: {signals:?}");
            } else {
                assert_eq!(submitted, Submitted::unknown(&submission), "{status}");
            }
        }
    }

    #[test]
    fn a_wait_is_believed_within_reason() {
        let wait = |text| answer(429, Some(text)).retry_after;
        assert_eq!(wait("7"), Some(Millis(7_000)));
        assert_eq!(wait("4294967295"), Some(Millis::from_hours(1)));
        assert_eq!(wait("99999999999999999999"), None);
        assert_eq!(wait("-1"), None);
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("Fri, 31 Dec 1999 23:59:59 GMT"), Some(Millis(0)), "it is over");
        assert_eq!(wait("Fri, 31 Dec 9999 23:59:59 GMT"), Some(Millis::from_hours(1)));
        assert_eq!(answer(429, None).retry_after, None);
    }

    #[test]
    fn a_wait_until_a_date_counts_from_the_date_of_the_answer() {
        let response = Response::builder().status(503).header(DATE, "Fri, 31 Dec 1999 23:58:29 GMT");
        let response = response.header(RETRY_AFTER, "Fri, 31 Dec 1999 23:59:59 GMT").body(Bytes::new());
        assert_eq!(Answer::from(response.unwrap()).retry_after, Some(Millis(90_000)));
    }

    #[test]
    fn an_unavailable_provider_that_asks_for_a_pause_may_have_taken_the_request() {
        let submission = submission("Habari", &[254_711_000_001]);
        for status in [500, 503, 504] {
            let submitted = answer(status, Some("90")).by_status(&submission);
            assert_eq!(submitted.outcomes(), [SendOutcome::Unknown], "{status}");
            let backoff = Some(Backoff { retry_after: Some(Millis(90_000)) });
            assert_eq!(submitted.signals().backoff, backoff, "{status}");
        }
        assert_eq!(answer(200, Some("90")).by_status(&submission), Submitted::unknown(&submission));
    }
}
