//! The wall clock, read in one place; every rule below takes the time as an argument.
//!
//! Wall time and not a monotonic clock, because deadlines are kept in a file across restarts.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch. A clock set before 1970 reads as 0.
pub(crate) fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Whole seconds as milliseconds.
pub(crate) const fn seconds(count: i64) -> i64 {
    count.saturating_mul(1_000)
}
