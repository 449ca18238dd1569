//! Requests per minute and organisation: a sliding window over two counters.
//!
//! The window that ends now covers part of the minute before; that minute's count is taken in proportion. Two small
//! counters replace the exact list of requests; Cloudflare measured the error as 0.003 % of requests ("How we built
//! rate limiting capable of scaling to millions of domains", 2017).

use crate::timestamp::{Millis, Timestamp};

/// Length of the window.
pub const WINDOW: Millis = Millis::from_mins(1);

/// The minute of an instant, and how far into the minute the instant is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Window {
    /// The minute's number since the epoch.
    pub number: i64,
    elapsed: Millis,
}

/// The rate as every answer shows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RateStatus {
    /// Requests a minute.
    pub limit: u32,
    /// Requests left now.
    pub remaining: u32,
    /// Seconds until a further request is allowed if none is left; otherwise until the current minute ends.
    pub reset_secs: u32,
}

impl Window {
    /// The window of an instant.
    pub const fn at(now: Timestamp) -> Self {
        Self { number: now.millis().div_euclid(WINDOW.0), elapsed: Millis(now.millis().rem_euclid(WINDOW.0)) }
    }

    /// How many requests the current minute may have had before this one, given the count of the minute before. The
    /// request is allowed if its counter is below that.
    pub fn allowance(&self, limit: u32, previous: u32) -> u32 {
        let left = WINDOW.0 - self.elapsed.0;
        // Rounded up: the weighted past never counts for less than it was.
        let carried = (i64::from(previous) * left + WINDOW.0 - 1) / WINDOW.0;
        u32::try_from(i64::from(limit) - carried).unwrap_or_default()
    }

    /// The rate to show after `current` requests of this minute.
    pub fn status(&self, limit: u32, previous: u32, current: u32) -> RateStatus {
        let remaining = self.allowance(limit, previous).saturating_sub(current);
        let reset_secs = match remaining {
            0 => self.wait_secs(limit, previous, current),
            _ => Millis(WINDOW.0 - self.elapsed.0).secs_rounded_up() as u32,
        };
        RateStatus { limit, remaining, reset_secs }
    }

    /// Seconds until a request would be allowed if no other came: when enough of the minute before has left the window,
    /// or else when enough of this one has.
    fn wait_secs(&self, limit: u32, previous: u32, current: u32) -> u32 {
        let waits = (1..=2 * WINDOW.secs_rounded_up()).find(|seconds| {
            let later = Timestamp::from_millis(self.number * WINDOW.0 + self.elapsed.0 + seconds * 1_000);
            let window = Self::at(later);
            let (previous, current) = match window.number - self.number {
                0 => (previous, current),
                1 => (current, 0),
                _ => (0, 0),
            };
            current < window.allowance(limit, previous)
        });
        waits.unwrap_or(2 * WINDOW.secs_rounded_up()) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minute_before_counts_in_proportion() {
        let half = Window::at(Timestamp::from_secs(60 * 100 + 30));
        assert_eq!(half.allowance(300, 0), 300);
        assert_eq!(half.allowance(300, 300), 150);
        assert_eq!(half.allowance(300, 1_000), 0);
        assert_eq!(half.status(300, 300, 50), RateStatus { limit: 300, remaining: 100, reset_secs: 30 });
    }

    #[test]
    fn the_reported_wait_is_enough_and_not_a_second_too_long() {
        for (elapsed, previous, current) in
            [(0, 300, 0), (10, 300, 250), (30, 0, 300), (59, 299, 300), (0, 0, 300)]
        {
            let start = 60 * 1_000 + elapsed;
            let wait = Window::at(Timestamp::from_secs(start)).status(300, previous, current).reset_secs;
            let allowed_after = |seconds: u32| {
                let window = Window::at(Timestamp::from_secs(start + i64::from(seconds)));
                let (p, c) = if window.number == 1_000 { (previous, current) } else { (current, 0) };
                c < window.allowance(300, p)
            };
            assert!(allowed_after(wait), "{elapsed} {previous} {current} {wait}");
            assert!(wait == 1 || !allowed_after(wait - 1), "{elapsed} {previous} {current} {wait}");
        }
    }
}
