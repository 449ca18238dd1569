//! Counts calls that are not the provider's.
//!
//! Anyone on the internet can make such calls, and a line of the log costs more than the invocation that writes it. So a
//! flood is written as one metric every few seconds of each instance, and not as a line a call.

use std::sync::{Mutex, PoisonError};

use domain::timestamp::{Millis, Timestamp};
use platform::telemetry;

use crate::FUNCTION;

/// How long forged calls are collected after a line was written.
const COLLECTED_FOR: Millis = Millis::from_secs(5);

/// The forged calls that an instance has met.
#[derive(Debug, Default)]
pub struct ForgedCalls(Mutex<Collected>);

#[derive(Clone, Copy, Debug, Default)]
struct Collected {
    written_at: Option<Timestamp>,
    calls: i64,
}

impl ForgedCalls {
    /// Counts a call. The first one is written at once; those that come within [`COLLECTED_FOR`] are written with the
    /// next one after it.
    pub fn count(&self, now: Timestamp) {
        if let Some(calls) = self.add(now) {
            tracing::warn!(calls, "callbacks were forged");
            telemetry::metrics(now.millis(), FUNCTION, &[(telemetry::FORGED_CALLBACKS, calls)]);
        }
    }

    /// The number to be written now, if any.
    fn add(&self, now: Timestamp) -> Option<i64> {
        let mut collected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        collected.calls += 1;
        if collected.written_at.is_some_and(|at| now.since(at) < COLLECTED_FOR) {
            return None;
        }
        collected.written_at = Some(now);
        Some(std::mem::take(&mut collected.calls))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_call_is_written_at_once_and_a_flood_as_one_number() {
        let (forged, began) = (ForgedCalls::default(), Timestamp::from_secs(1_000));
        assert_eq!(forged.add(began), Some(1));
        for call in 0..500 {
            assert_eq!(forged.add(began.plus(Millis(call))), None);
        }
        assert_eq!(forged.add(began.plus(COLLECTED_FOR)), Some(501));
        assert_eq!(forged.add(began.plus(Millis::from_mins(1))), Some(1));
    }
}
