//! The share of its rate that an account uses after its provider has throttled it.
//!
//! A throttle halves the rate, at most to a sixteenth. The rate then recovers by itself, completely within two minutes;
//! the recovery needs no write.

use serde::{Deserialize, Serialize};

use super::pace::Pace;
use crate::timestamp::{Millis, Timestamp};

/// The whole rate.
const WHOLE: i64 = 1_024;
const LEAST: i64 = WHOLE / 16;
/// How long the rate takes to recover completely.
const RECOVERY: Millis = Millis::from_mins(2);
/// Throttles within this time belong to calls that were under way together: they halve the rate once.
const ONE_THROTTLE: Millis = Millis::from_secs(2);

/// The default is an account that was never throttled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Slowdown {
    slowed_at: Timestamp,
    /// The part of the rate, of [`WHOLE`], that was left after the last throttle.
    slowed_to: u16,
}

impl Slowdown {
    /// Segments a second, at least one.
    pub(super) fn rate(self, pace: Pace, now: Timestamp) -> u32 {
        let rate = i64::from(pace.segments_per_second()) * self.part(now) / WHOLE;
        u32::try_from(rate.max(1)).unwrap_or(u32::MAX)
    }

    pub(super) fn throttled(self, now: Timestamp) -> Self {
        if now.since(self.slowed_at) < ONE_THROTTLE {
            return self;
        }
        let left = (self.part(now) / 2).max(LEAST);
        Self { slowed_at: now, slowed_to: u16::try_from(left).unwrap_or(u16::MAX) }
    }

    fn part(self, now: Timestamp) -> i64 {
        let elapsed = now.since(self.slowed_at).0.clamp(0, RECOVERY.0);
        (i64::from(self.slowed_to) + elapsed * WHOLE / RECOVERY.0).clamp(LEAST, WHOLE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn at(seconds: i64) -> Timestamp {
        NOW.plus(Millis::from_secs(seconds))
    }

    #[test]
    fn a_throttle_halves_the_rate_which_recovers_by_itself() {
        let pace = Pace::per_second(160).unwrap();
        let mut slowdown = Slowdown::default();
        assert_eq!(slowdown.rate(pace, NOW), 160);
        slowdown = slowdown.throttled(NOW);
        assert_eq!(slowdown.rate(pace, NOW), 80);
        assert_eq!(slowdown.throttled(at(1)), slowdown, "calls under way together");
        assert_eq!([30, 60, 600].map(|seconds| slowdown.rate(pace, at(seconds))), [120, 160, 160]);
        for _ in 0..9 {
            slowdown = Slowdown { slowed_at: at(0), ..slowdown }.throttled(at(2));
        }
        assert_eq!(slowdown.rate(pace, at(2)), 10, "a sixteenth");
        assert_eq!(slowdown.rate(Pace::per_second(3).unwrap(), at(2)), 1);
    }
}
