//! Counts calls that do not come from the provider.
//!
//! Anyone on the internet can make such calls, and a log line costs more than the invocation that writes it. So the
//! first calls of a period are written one by one, as many as the alarm needs to ring, and a flood as one metric every
//! few seconds of each instance. The rest of a flood is written with the next call.

use std::sync::{Mutex, PoisonError};

use domain::timestamp::{Millis, Timestamp};
use platform::telemetry;

use crate::FUNCTION;

/// The alarm's period and threshold, as `template.yaml` has them.
const PERIOD: Millis = Millis::from_mins(5);
const RINGS_ABOVE: i64 = 10;
/// How long further calls of a period are counted before a line is written.
const COLLECTED_FOR: Millis = Millis::from_secs(5);

#[derive(Debug, Default)]
pub struct ForgedCalls(Mutex<Collected>);

#[derive(Clone, Copy, Debug, Default)]
struct Collected {
    /// The number of the period, since the epoch.
    period: i64,
    in_period: i64,
    written_at: Option<Timestamp>,
    unwritten: i64,
}

impl ForgedCalls {
    /// Counts a call.
    pub fn count(&self, now: Timestamp) {
        if let Some(calls) = self.add(now) {
            tracing::warn!(calls, "callbacks were forged");
            telemetry::metrics(now.millis(), FUNCTION, &[(telemetry::FORGED_CALLBACKS, calls)]);
        }
    }

    /// The number to be written now, if any.
    fn add(&self, now: Timestamp) -> Option<i64> {
        let mut collected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let period = now.millis().div_euclid(PERIOD.0);
        if collected.period != period {
            (collected.period, collected.in_period) = (period, 0);
        }
        collected.in_period += 1;
        collected.unwritten += 1;
        let is_collecting = collected.written_at.is_some_and(|at| now.since(at) < COLLECTED_FOR);
        if is_collecting && collected.in_period > RINGS_ABOVE + 1 {
            return None;
        }
        collected.written_at = Some(now);
        Some(std::mem::take(&mut collected.unwritten))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forged_calls_are_written_at_once_until_the_alarm_rings_and_a_flood_as_one_count() {
        let (forged, began) = (ForgedCalls::default(), Timestamp::from_secs(1_200));
        for call in 0..=RINGS_ABOVE {
            assert_eq!(forged.add(began.plus(Millis(call))), Some(1));
        }
        for call in 0..500 {
            assert_eq!(forged.add(began.plus(Millis(20 + call))), None);
        }
        assert_eq!(forged.add(began.plus(Millis(10)).plus(COLLECTED_FOR)), Some(501));
        assert_eq!(forged.add(began.plus(Millis::from_mins(1))), Some(1));
        assert_eq!(forged.add(began.plus(Millis(60_001))), None);
        // The rest of the flood is written with the next call, and the next period begins.
        assert_eq!(forged.add(began.plus(PERIOD)), Some(2));
        assert_eq!(forged.add(began.plus(PERIOD)), Some(1));
    }
}
