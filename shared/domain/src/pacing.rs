//! Segments a second per provider account, shared by every worker.
//!
//! The account's place in time is one stored instant: when everything leased so far will have been
//! sent at the agreed rate (the theoretical arrival time of GCRA, ITU-T I.371). A worker leases a
//! slice by moving it on, and waits until its slice begins.

use crate::timestamp::{Millis, Timestamp};

const MICROS_PER_MILLI: i64 = 1_000;
const MICROS_PER_SECOND: i64 = 1_000_000;

/// A provider account's rate, in segments a second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace(std::num::NonZeroU32);

/// A worker's share of the account's time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slice {
    /// How long to wait before the first call.
    pub wait: Millis,
    /// The account's new place in time, in microseconds since the epoch, to be stored where nobody
    /// else moved it meanwhile.
    pub booked_until_micros: i64,
}

impl Pace {
    /// A rate; `None` for no limit.
    pub fn per_second(segments: u32) -> Option<Self> {
        std::num::NonZeroU32::new(segments).map(Self)
    }

    /// The rate.
    pub const fn segments_per_second(self) -> u32 {
        self.0.get()
    }

    /// Leases `segments` from an account that is booked until some instant.
    pub fn lease(self, booked_until_micros: i64, now: Timestamp, segments: u32) -> Slice {
        let now = now.millis() * MICROS_PER_MILLI;
        let starts = booked_until_micros.max(now);
        let span = (i64::from(segments) * MICROS_PER_SECOND).div_ceil_by(i64::from(self.0.get()));
        let wait = Millis((starts - now).div_ceil_by(MICROS_PER_MILLI));
        Slice { wait, booked_until_micros: starts + span }
    }
}

trait DivCeil {
    fn div_ceil_by(self, divisor: i64) -> i64;
}

impl DivCeil for i64 {
    fn div_ceil_by(self, divisor: i64) -> i64 {
        (self + divisor - 1).div_euclid(divisor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_follow_each_other_at_the_rate() {
        let pace = Pace::per_second(50).unwrap();
        let now = Timestamp::from_secs(1_000);
        let first = pace.lease(0, now, 100);
        assert_eq!(first.wait, Millis(0));
        let second = pace.lease(first.booked_until_micros, now, 100);
        assert_eq!(second.wait, Millis(2_000));
        let later = pace.lease(second.booked_until_micros, Timestamp::from_secs(1_010), 1);
        assert_eq!(later.wait, Millis(0), "time not used is not saved up");
    }
}
