//! Time as turns are booked in it.

use serde::{Deserialize, Serialize};

use crate::timestamp::{Millis, Timestamp};

const MICROS_PER_MILLI: i64 = 1_000;
pub(super) const MICROS_PER_SECOND: i64 = 1_000_000;

/// An instant in microseconds since the epoch: at a fast pace, a segment takes less than a millisecond.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Micros(pub(super) i64);

impl Micros {
    pub(super) const fn later(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// The wait from an instant until this one, rounded up; zero if it has passed.
    pub(super) fn wait_from(self, now: Timestamp) -> Millis {
        let micros = self.0.saturating_sub(Self::from(now).0);
        Millis(div_ceil(micros.max(0), MICROS_PER_MILLI))
    }
}

impl From<Timestamp> for Micros {
    fn from(instant: Timestamp) -> Self {
        Self(instant.millis().saturating_mul(MICROS_PER_MILLI))
    }
}

pub(super) fn div_ceil(dividend: i64, divisor: i64) -> i64 {
    dividend.div_euclid(divisor).saturating_add(i64::from(dividend.rem_euclid(divisor) > 0))
}
