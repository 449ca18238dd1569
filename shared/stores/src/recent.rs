//! A value of the tables that a function keeps for a while instead of reading it at each use.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use domain::timestamp::{Millis, Timestamp};
use platform::clock::Clock;

use crate::error::StoreError;

/// Reads in a row that took so long that what they found is too old.
const MAX_SLOW_READS: u32 = 3;

/// The value as it was at a time.
struct Known<T> {
    /// When the read began.
    at: Timestamp,
    value: Arc<T>,
}

/// A value that is read again when it is too old. Clones share it.
pub struct Recent<T> {
    delay: Millis,
    known: Arc<Mutex<Option<Known<T>>>>,
}

impl<T> Recent<T> {
    /// Kept for less than `delay`.
    pub fn new(delay: Millis) -> Self {
        Self { delay, known: Arc::default() }
    }

    /// The value as it was at most the delay before this returns.
    pub async fn get<F>(
        &self,
        clock: &Clock,
        operation: &'static str,
        read: impl Fn() -> F,
    ) -> Result<Arc<T>, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        for _ in 0..MAX_SLOW_READS {
            if let Some(value) = self.known(clock.now()) {
                return Ok(value);
            }
            let at = clock.now();
            // Boxed, since it is within every future of a worker, and seldom made.
            let value = Arc::new(Box::pin(read()).await?);
            *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(Known { at, value });
        }
        self.known(clock.now()).ok_or(StoreError::Contended { operation })
    }

    fn known(&self, now: Timestamp) -> Option<Arc<T>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back must not make what is known last.
        let is_fresh = |known: &&Known<T>| (Millis(0)..self.delay).contains(&now.since(known.at));
        known.as_ref().filter(is_fresh).map(|known| known.value.clone())
    }
}

impl<T> Clone for Recent<T> {
    fn clone(&self) -> Self {
        Self { delay: self.delay, known: self.known.clone() }
    }
}

impl<T> fmt::Debug for Recent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recent").field("delay", &self.delay).finish_non_exhaustive()
    }
}
