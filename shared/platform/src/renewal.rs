//! A value that functions read at their start and read again while they run: secrets, and accounts that have them.
//!
//! A reading costs calls of AWS, and anyone on the internet can cause one. So a value is read again only if it did not
//! suffice, and at most once in [`READ_EVERY`] of an instance.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Mutex, PoisonError},
};

use domain::timestamp::{Millis, Timestamp};

/// Shortest time between two readings. A key that was revoked and not replaced is met by every call.
pub const READ_EVERY: Millis = Millis::from_secs(30);

/// Reads a value again; `None` if that fails.
pub type ReadAgain<T> = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Option<T>> + Send>> + Send + Sync>;

/// A value that can be read again. Calls of one instance share a reading.
pub struct Renewable<T> {
    current: Mutex<T>,
    /// Held while the value is read.
    last: tokio::sync::Mutex<Option<Reading>>,
}

#[derive(Clone, Copy)]
struct Reading {
    at: Timestamp,
    has_failed: bool,
}

/// The result of asking for a newer value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Renewal {
    /// The current value is newer than the one that did not suffice.
    Renewed,
    /// The value has not changed, or was read a moment ago.
    Unchanged,
    /// The last reading failed.
    Failed,
}

impl<T: Clone> Renewable<T> {
    /// Begins with the value of the start.
    pub fn new(value: T) -> Self {
        Self { current: Mutex::new(value), last: tokio::sync::Mutex::default() }
    }

    /// The value that was read last.
    pub fn current(&self) -> T {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the value again by `read`, unless another call just did. `is_newer` says whether a value differs from the
    /// one that did not suffice.
    pub async fn renew(
        &self,
        now: Timestamp,
        is_newer: impl Fn(&T) -> bool,
        read: impl Future<Output = Option<T>>,
    ) -> Renewal {
        let mut last = self.last.lock().await;
        if is_newer(&self.current()) {
            return Renewal::Renewed;
        }
        if let Some(reading) = last.filter(|reading| is_recent(reading.at, now)) {
            return if reading.has_failed { Renewal::Failed } else { Renewal::Unchanged };
        }
        // Noted before the reading, so that a cancelled reading counts as failed.
        *last = Some(Reading { at: now, has_failed: true });
        let Some(value) = read.await else { return Renewal::Failed };
        *last = Some(Reading { at: now, has_failed: false });
        if !is_newer(&value) {
            return Renewal::Unchanged;
        }
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = value;
        Renewal::Renewed
    }
}

/// Whether less than [`READ_EVERY`] has passed. A clock that was set back makes nothing recent.
pub fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    (Millis(0)..READ_EVERY).contains(&now.since(at))
}

impl<T: Clone + fmt::Debug> fmt::Debug for Renewable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Renewable").field(&self.current()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_795_420_805_000);

    /// Asks for another value than `used`, of a source that has `stored`; counts readings.
    async fn renew(
        value: &Renewable<u8>,
        at: Millis,
        used: u8,
        stored: Option<u8>,
        readings: &Cell<u32>,
    ) -> Renewal {
        let read = async {
            readings.set(readings.get() + 1);
            stored
        };
        value.renew(START.plus(at), |current| *current != used, read).await
    }

    #[tokio::test]
    async fn an_insufficient_value_is_read_again_once_in_half_a_minute_at_most() {
        let (value, readings) = (Renewable::new(1), Cell::new(0));
        for second in 0..30 {
            let renewal = renew(&value, Millis::from_secs(second), 1, Some(1), &readings).await;
            assert_eq!((renewal, readings.get()), (Renewal::Unchanged, 1));
        }
        assert_eq!(renew(&value, READ_EVERY, 1, Some(2), &readings).await, Renewal::Renewed);
        assert_eq!((value.current(), readings.get()), (2, 2));
        // A call that began with the old value uses what another call has read.
        assert_eq!(renew(&value, READ_EVERY, 1, Some(3), &readings).await, Renewal::Renewed);
        assert_eq!((value.current(), readings.get()), (2, 2));
    }

    #[tokio::test]
    async fn a_reading_that_failed_is_known_as_one_until_the_next() {
        let (value, readings) = (Renewable::new(1), Cell::new(0));
        assert_eq!(renew(&value, Millis(0), 1, None, &readings).await, Renewal::Failed);
        assert_eq!(renew(&value, Millis(1), 1, Some(2), &readings).await, Renewal::Failed);
        assert_eq!((value.current(), readings.get()), (1, 1));
        assert_eq!(renew(&value, READ_EVERY, 1, Some(2), &readings).await, Renewal::Renewed);
        let set_back = renew(&value, Millis::from_mins(-5), 2, Some(3), &readings).await;
        assert_eq!((set_back, value.current()), (Renewal::Renewed, 3));
    }
}
