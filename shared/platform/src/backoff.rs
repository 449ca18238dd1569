//! The pause before a retry: exponential with full jitter, so that callers that collided once do not collide again
//! ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).

use std::time::Duration;

use crate::random;

/// Doublings that are counted; keeps the shift from overflowing.
const MOST_DOUBLINGS: u32 = 16;

/// The longest pause after each failed attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Backoff {
    /// Longest pause after the first failed attempt; it doubles with each further one.
    pub first: Duration,
    /// Longest pause after any number of attempts.
    pub longest: Duration,
}

impl Backoff {
    /// The longest pause after `failed` attempts; `failed` is at least 1.
    pub fn ceiling(self, failed: u32) -> Duration {
        let doublings = failed.saturating_sub(1).min(MOST_DOUBLINGS);
        self.first.saturating_mul(1 << doublings).min(self.longest)
    }

    /// The pause after `failed` attempts; `jitter` is a uniformly drawn number.
    pub fn pause(self, failed: u32, jitter: u32) -> Duration {
        random::share(self.ceiling(failed), jitter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { first: Duration::from_millis(5), longest: Duration::from_millis(800) };

    #[test]
    fn a_pause_doubles_up_to_the_longest() {
        let ceilings = [1, 2, 3, 8, 9, u32::MAX].map(|failed| BACKOFF.ceiling(failed).as_millis());
        assert_eq!(ceilings, [5, 10, 20, 640, 800, 800]);
        let constant = Backoff { first: BACKOFF.longest, ..BACKOFF };
        assert_eq!([1, 7].map(|failed| constant.ceiling(failed)), [BACKOFF.longest; 2]);
    }

    #[test]
    fn a_pause_is_the_drawn_share_of_its_ceiling() {
        let pauses = [0, u32::MAX].map(|jitter| BACKOFF.pause(3, jitter).as_millis());
        assert_eq!(pauses, [0, 20]);
    }
}
