//! The retry policy of everything that is tried again: transactions that conflicted, unprocessed items of batch calls,
//! items that changed after they were read, leases that other edits hold.
//!
//! [`RetryPolicy::next`] decides from its arguments alone. [`Tries`] counts the attempts of one operation, and supplies
//! the clock and the jitter.

use std::time::Duration;

use platform::{backoff::Backoff, random};
use tokio::time::{Instant, sleep};

use crate::error::StoreError;

/// When to stop trying.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Limit {
    /// Ends after this many attempts.
    Tries(u32),
    /// Ends at this time after the first attempt began.
    Elapsed(Duration),
}

/// How often an operation is tried, and after which pauses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct RetryPolicy {
    pub(crate) backoff: Backoff,
    pub(crate) limit: Limit,
}

/// The decision after a failed try.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Next {
    TryAfter(Duration),
    GiveUp,
}

impl RetryPolicy {
    /// For writers that conflict on the same items.
    pub(crate) const CONTENTION: Self = Self {
        backoff: Backoff { first: Duration::from_millis(5), longest: Duration::from_millis(800) },
        limit: Limit::Tries(10),
    };

    /// The decision after `failed` tries and `elapsed` time; `jitter` is a uniformly drawn number.
    pub(crate) fn next(self, failed: u32, elapsed: Duration, jitter: u32) -> Next {
        let is_over = match self.limit {
            Limit::Tries(tries) => failed >= tries,
            Limit::Elapsed(longest) => elapsed >= longest,
        };
        if is_over { Next::GiveUp } else { Next::TryAfter(self.backoff.pause(failed, jitter)) }
    }
}

/// The tries of one operation.
#[derive(Debug)]
pub(crate) struct Tries {
    policy: RetryPolicy,
    operation: &'static str,
    failed: u32,
    started: Instant,
}

/// The operation was tried as often, or as long, as its policy allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct RetriesExhausted {
    operation: &'static str,
}

impl Tries {
    /// Starts the clock of an operation.
    pub(crate) fn of(operation: &'static str, policy: RetryPolicy) -> Self {
        Self { policy, operation, failed: 0, started: Instant::now() }
    }

    /// Time since the operation began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Waits after a failed try.
    pub(crate) async fn pause(&mut self) -> Result<(), RetriesExhausted> {
        self.failed += 1;
        match self.policy.next(self.failed, self.elapsed(), random::jitter()) {
            Next::TryAfter(pause) => {
                sleep(pause).await;
                Ok(())
            }
            Next::GiveUp => Err(RetriesExhausted { operation: self.operation }),
        }
    }
}

impl From<RetriesExhausted> for StoreError {
    fn from(RetriesExhausted { operation }: RetriesExhausted) -> Self {
        Self::Contended { operation }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RetryPolicy = RetryPolicy::CONTENTION;

    #[test]
    fn a_policy_gives_up_after_its_attempts_or_its_time() {
        let after = |failed| POLICY.next(failed, Duration::from_hours(1), u32::MAX);
        assert_eq!(after(1), Next::TryAfter(Duration::from_millis(5)));
        assert_eq!(after(9), Next::TryAfter(Duration::from_millis(800)));
        assert_eq!(after(10), Next::GiveUp);
        let timed = RetryPolicy { limit: Limit::Elapsed(Duration::from_secs(8)), ..POLICY };
        assert_eq!(timed.next(99, Duration::from_secs(7), 0), Next::TryAfter(Duration::ZERO));
        assert_eq!(timed.next(1, Duration::from_secs(8), 0), Next::GiveUp);
    }

    #[test]
    fn a_hundred_transactions_on_one_item_all_succeed() {
        // Ten workers close ten batches each of one organisation, and a close locks its wallet for some 10 ms. The
        // average pause is half the longest.
        let patience = |jitter| {
            (1..).map_while(move |failed| match POLICY.next(failed, Duration::ZERO, jitter) {
                Next::TryAfter(pause) => Some(pause),
                Next::GiveUp => None,
            })
        };
        let average: Duration = patience(u32::MAX / 2).sum();
        assert!(average > 100 * Duration::from_millis(10), "{average:?}");
        let longest: Duration = patience(u32::MAX).sum();
        assert!(longest < Duration::from_secs(5), "a request waits for it: {longest:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_operation_is_tried_as_often_as_its_policy_allows() {
        let mut tries = Tries::of("an operation", POLICY);
        let mut made = 1;
        let error = loop {
            match tries.pause().await {
                Ok(()) => made += 1,
                Err(error) => break StoreError::from(error),
            }
        };
        assert_eq!(made, 10);
        assert!(matches!(error, StoreError::Contended { operation: "an operation" }));
    }
}
