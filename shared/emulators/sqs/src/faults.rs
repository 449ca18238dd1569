//! Faults on demand that SQS itself may have at any time. Tests set them while the server runs; at first there are
//! none.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Switches for the things that at-least-once delivery allows.
#[derive(Debug, Default)]
pub struct Faults {
    duplicates: EveryNth,
    failures: EveryNth,
    reversed: AtomicBool,
    delay_ms: AtomicU64,
}

impl Faults {
    /// Delivers every `n`-th received message a second time, even when the first delivery was
    /// deleted: the copy is another message with the same id and content. 0 turns it off.
    pub fn duplicate_every(&self, n: u64) {
        self.duplicates.set(n);
    }

    /// Answers every receive with its messages in reverse order.
    pub fn reverse_receives(&self, on: bool) {
        self.reversed.store(on, Ordering::Relaxed);
    }

    /// Hides every message sent from now on for this long, in addition to its own delay.
    /// Counted in whole milliseconds; zero turns it off.
    pub fn delay_deliveries(&self, delay: Duration) {
        let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.delay_ms.store(delay_ms, Ordering::Relaxed);
    }

    /// Fails every `n`-th entry of SendMessageBatch with `InternalError`, counted over all batches.
    /// 0 turns it off.
    pub fn fail_batch_entry_every(&self, n: u64) {
        self.failures.set(n);
    }

    /// Turns everything off.
    pub fn clear(&self) {
        self.duplicate_every(0);
        self.fail_batch_entry_every(0);
        self.reverse_receives(false);
        self.delay_deliveries(Duration::ZERO);
    }

    pub(crate) fn duplicates_next(&self) -> bool {
        self.duplicates.strikes()
    }

    pub(crate) fn fails_next_entry(&self) -> bool {
        self.failures.strikes()
    }

    pub(crate) fn reverses(&self) -> bool {
        self.reversed.load(Ordering::Relaxed)
    }

    pub(crate) fn delay_ms(&self) -> i64 {
        i64::try_from(self.delay_ms.load(Ordering::Relaxed)).unwrap_or(i64::MAX)
    }
}

/// Strikes at every n-th event; never while n is 0.
#[derive(Debug, Default)]
struct EveryNth {
    n: AtomicU64,
    seen: AtomicU64,
}

impl EveryNth {
    fn set(&self, n: u64) {
        self.seen.store(0, Ordering::Relaxed);
        self.n.store(n, Ordering::Relaxed);
    }

    fn strikes(&self) -> bool {
        let n = self.n.load(Ordering::Relaxed);
        n > 0 && (self.seen.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_every_nth_time_and_never_while_off() {
        let fault = EveryNth::default();
        assert!(!(0..5).any(|_| fault.strikes()));
        fault.set(3);
        let strikes: Vec<bool> = (0..6).map(|_| fault.strikes()).collect();
        assert_eq!(strikes, [false, false, true, false, false, true]);
    }
}
