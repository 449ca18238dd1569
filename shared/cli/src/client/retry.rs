//! Decides whether and when a call is repeated. Pure.

use std::time::Duration;

use http::StatusCode;

use super::{ClientError, Refusal};

/// Repetitions in a row before the client gives up: some five minutes with the waits below.
const ATTEMPTS_MAX: u32 = 12;
/// The first wait, if the API names none; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// The longest wait of our own.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The longest wait that the command makes because the API asks for it. A longer wait, such as until the next day after
/// the last test recipient, is left to a person.
const LONGEST_ASKED: Duration = Duration::from_secs(120);

/// How long to wait before a failed call is repeated; `None` if it must not be. For calls whose repetition changes
/// nothing, such as an import. `attempt` counts from 1.
pub fn wait_before_repeating(error: &ClientError, attempt: u32) -> Option<Duration> {
    let own = || (FIRST_WAIT * 2u32.saturating_pow(attempt - 1)).min(LONGEST_WAIT);
    let asked = |seconds: Option<u64>| seconds.map_or_else(own, Duration::from_secs);
    let wait = match error {
        ClientError::Refused(refusal) if is_passing(refusal) => asked(refusal.retry_after),
        ClientError::NotOurs { status, retry_after } if status.is_server_error() => asked(*retry_after),
        ClientError::Http { .. } => own(),
        _ => return None,
    };
    (attempt < ATTEMPTS_MAX && wait <= LONGEST_ASKED).then_some(wait)
}

/// Whether a repeated call may succeed.
fn is_passing(refusal: &Refusal) -> bool {
    let status = refusal.status;
    // Any other conflict stays.
    let is_busy = status == StatusCode::CONFLICT && refusal.retry_after.is_some();
    let is_fault = status.is_server_error() && !refusal.is_stop();
    is_busy || status == StatusCode::TOO_MANY_REQUESTS || is_fault
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, retry_after: Option<u64>) -> ClientError {
        let status = StatusCode::from_u16(status).unwrap();
        let (detail, code, request_id) = (String::new(), String::new(), String::new());
        let errors = Vec::new();
        ClientError::Refused(Box::new(Refusal { status, code, detail, errors, request_id, retry_after }))
    }

    #[test]
    fn a_client_waits_as_long_as_the_api_asks_for() {
        for status in [409, 429, 503] {
            let wait = wait_before_repeating(&refused(status, Some(7)), 1);
            assert_eq!(wait, Some(Duration::from_secs(7)), "{status}");
        }
    }

    #[test]
    fn a_wait_of_hours_is_not_waited() {
        let wait = |seconds| wait_before_repeating(&refused(429, Some(seconds)), 1);
        assert_eq!([wait(120), wait(121)], [Some(Duration::from_secs(120)), None]);
    }

    #[test]
    fn a_send_that_the_operator_has_stopped_is_not_repeated_and_was_certainly_not_accepted() {
        let ClientError::Refused(mut refusal) = refused(503, Some(60)) else { unreachable!() };
        refusal.code = "sending_stopped".to_owned();
        let error = ClientError::Refused(refusal);
        assert_eq!(wait_before_repeating(&error, 1), None);
        assert!(error.is_definite());
        assert!(!refused(503, Some(60)).is_definite());
    }

    #[test]
    fn waits_without_retry_after_double_up_to_a_limit_and_end() {
        let wait = |attempt| wait_before_repeating(&refused(500, None), attempt);
        assert_eq!([1, 2, 3].map(wait), [500, 1_000, 2_000].map(|ms| Some(Duration::from_millis(ms))));
        assert_eq!([7, 11].map(wait), [Some(Duration::from_secs(30)); 2]);
        assert_eq!(wait(12), None);
    }

    #[test]
    fn a_request_that_can_never_succeed_is_not_repeated() {
        for status in [400, 401, 402, 403, 404, 409, 413] {
            assert_eq!(wait_before_repeating(&refused(status, None), 1), None, "{status}");
        }
        let elsewhere = ClientError::NotOurs { status: StatusCode::OK, retry_after: None };
        assert_eq!(wait_before_repeating(&elsewhere, 1), None);
    }
}
