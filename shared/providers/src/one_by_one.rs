//! The hand-over to a provider that takes one recipient in a request.
//!
//! A call of several recipients is still one call for the worker, with one journal record before it: its requests run
//! at the same time, and a lost answer makes one recipient unknown instead of all.

use std::sync::atomic::{AtomicBool, Ordering};

use domain::outcome::{Backoff, CallSignals, SendOutcome, Transmission};
use futures_util::{StreamExt, stream};

use crate::{submission::Submission, submitted::Submitted};

/// Most requests of one call at the same time. A crash leaves at most this many recipients unconfirmed.
pub const AT_ONCE: usize = 20;

/// Makes one request for each recipient, at most [`AT_ONCE`] at the same time; `submit` makes the request of a
/// submission with one recipient. The first fault of the account, or request for a pause, stops the requests that have
/// not begun: those recipients are [`SendOutcome::NotTaken`].
pub async fn one_by_one<F>(submission: &Submission, submit: impl Fn(Submission) -> F) -> Submitted
where
    F: Future<Output = Submitted>,
{
    let stopped = AtomicBool::new(false);
    let request = async |(place, one): (usize, Submission)| {
        if stopped.load(Ordering::Relaxed) {
            return (place, None);
        }
        let submitted = submit(one).await;
        let signals = submitted.signals();
        if signals.fault.is_some() || signals.backoff.is_some() {
            stopped.store(true, Ordering::Relaxed);
        }
        (place, Some(submitted))
    };
    let requests = submission.each().enumerate().map(request);
    let mut made: Vec<_> = stream::iter(requests).buffer_unordered(AT_ONCE).collect().await;
    made.sort_unstable_by_key(|(place, _)| *place);
    merged(submission, made.into_iter().map(|(_, submitted)| submitted))
}

/// Merges the results of all recipients into one, in their order.
fn merged(submission: &Submission, made: impl Iterator<Item = Option<Submitted>>) -> Submitted {
    let (mut signals, mut outcomes) = (None, Vec::with_capacity(submission.recipients().len()));
    for submitted in made {
        let Some(submitted) = submitted else {
            outcomes.push(SendOutcome::NotTaken);
            continue;
        };
        signals = Some(both(signals, submitted.signals()));
        outcomes.extend(submitted.into_outcomes());
    }
    // A provider must return exactly one outcome for each recipient, even if an adapter returns fewer.
    outcomes.resize(submission.recipients().len(), SendOutcome::Unknown);
    let mut outcomes = outcomes.into_iter();
    let merged = Submitted::of_each(submission, |_| outcomes.next().unwrap_or(SendOutcome::Unknown));
    merged.with_signals(signals.unwrap_or_default())
}

/// The combined signals of two requests of a call: "not sent" only if neither was sent, the graver fault, and the longer
/// pause. Requests end in any order, so the result does not depend on it.
fn both(earlier: Option<CallSignals>, later: CallSignals) -> CallSignals {
    let Some(earlier) = earlier else { return later };
    let is_unsent = [earlier, later].iter().all(|signals| signals.transmission == Transmission::NeverSent);
    CallSignals {
        fault: match (earlier.fault, later.fault) {
            (Some(one), Some(other)) => Some(one.graver(other)),
            (one, other) => one.or(other),
        },
        backoff: match (earlier.backoff, later.backoff) {
            (Some(one), Some(other)) => Some(Backoff { retry_after: one.retry_after.max(other.retry_after) }),
            (one, other) => one.or(other),
        },
        transmission: if is_unsent { Transmission::NeverSent } else { Transmission::Sent },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use domain::{journal::SlotOutcome, outcome::AccountFault, pacing::CallNews, timestamp::Millis};
    use tokio::time::{Duration, Instant};

    use super::*;
    use crate::testing::submission;

    fn numbers(count: usize) -> Vec<u64> {
        (254_711_000_000..).take(count).collect()
    }

    fn accepted(one: &Submission) -> Submitted {
        let id = |number: u64| SendOutcome::Accepted { provider_message_id: Some(number.to_string()) };
        Submitted::of_each(one, |recipient| id(recipient.msisdn.as_u64()))
    }

    #[tokio::test(start_paused = true)]
    async fn each_recipient_has_one_request_and_at_most_twenty_run_at_the_same_time() {
        let submission = submission("Habari", &numbers(50));
        let (under_way, most, begun) = (AtomicUsize::new(0), AtomicUsize::new(0), Instant::now());
        let submitted = one_by_one(&submission, async |one| {
            assert_eq!(one.recipients().len(), 1);
            most.fetch_max(under_way.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            // Later recipients are answered sooner.
            let number = one.recipients()[0].msisdn.as_u64();
            tokio::time::sleep(Duration::from_millis(100 - number % 50)).await;
            under_way.fetch_sub(1, Ordering::Relaxed);
            accepted(&one)
        })
        .await;
        assert_eq!(submitted, accepted(&submission), "each its own outcome, in order");
        assert_eq!(most.into_inner(), AT_ONCE);
        assert!(begun.elapsed() <= Duration::from_millis(300), "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn the_first_fault_of_the_account_stops_requests_that_have_not_begun() {
        let submission = submission("Habari", &numbers(50));
        for throttled in [false, true] {
            let requests = AtomicUsize::new(0);
            let submitted = one_by_one(&submission, async |one| {
                let request = requests.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                match request {
                    3 if throttled => Submitted::throttled(&one, Some(Millis(7_000))),
                    3 => Submitted::account_fault(&one, AccountFault::Credentials),
                    _ => accepted(&one),
                }
            })
            .await;
            let made = requests.into_inner();
            assert!((AT_ONCE..50).contains(&made), "{made}");
            let taken =
                submitted.outcomes().iter().filter(|outcome| **outcome != SendOutcome::NotTaken).count();
            assert_eq!(taken, made - 1);
            let fault = submitted.signals().fault;
            assert_eq!(fault, (!throttled).then_some(AccountFault::Credentials));
            let backoff = Backoff { retry_after: Some(Millis(7_000)) };
            assert_eq!(submitted.signals().backoff, throttled.then_some(backoff));
        }
    }

    #[tokio::test]
    async fn of_two_faults_the_graver_is_the_calls_whichever_comes_first() {
        let submission = submission("Habari", &numbers(2));
        let faults = [AccountFault::SenderRefused, AccountFault::Credentials];
        for order in [[0, 1], [1, 0]] {
            let requests = AtomicUsize::new(0);
            let submitted = one_by_one(&submission, async |one| {
                let request = requests.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                Submitted::account_fault(&one, faults[order[request]])
            })
            .await;
            assert_eq!(submitted.signals().fault, Some(AccountFault::Credentials), "{order:?}");
        }
    }

    #[tokio::test]
    async fn a_call_counts_as_never_sent_only_if_none_of_its_requests_was_sent() {
        let submission = submission("Habari", &numbers(3));
        let submitted = one_by_one(&submission, async |one| Submitted::never_sent(&one)).await;
        assert_eq!(submitted, Submitted::never_sent(&submission));
        let requests = AtomicUsize::new(0);
        let submitted = one_by_one(&submission, async |one| match requests.fetch_add(1, Ordering::Relaxed) {
            0 => Submitted::unknown(&one),
            _ => Submitted::never_sent(&one),
        });
        let submitted = submitted.await;
        assert_eq!(submitted.signals().transmission, Transmission::Sent);
        let expected = [SendOutcome::Unknown, SendOutcome::NotTaken, SendOutcome::NotTaken];
        assert_eq!(submitted.outcomes(), expected);
        let outcomes: Vec<_> = expected.map(SlotOutcome::from).into();
        assert_eq!(CallNews::of(&outcomes, submitted.signals()), CallNews::NothingKnown, "no answer came");
    }
}
