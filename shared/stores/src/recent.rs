//! A value of the tables that a function keeps for a while instead of reading it at each use.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
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

/// A [`Recent`] value of each key. Clones share them.
pub struct RecentByKey<K, T> {
    delay: Millis,
    most: usize,
    values: Arc<Mutex<HashMap<K, Recent<T>>>>,
}

impl<K: Eq + Hash, T> RecentByKey<K, T> {
    /// Keeps values of at most this many keys. One more key drops the others, which are then read again.
    pub fn new(delay: Millis, most: usize) -> Self {
        Self { delay, most, values: Arc::default() }
    }

    /// The value of a key.
    pub fn of(&self, key: K) -> Recent<T> {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        if values.len() >= self.most && !values.contains_key(&key) {
            values.clear();
        }
        values.entry(key).or_insert_with(|| Recent::new(self.delay)).clone()
    }
}

impl<K, T> Clone for RecentByKey<K, T> {
    fn clone(&self) -> Self {
        Self { delay: self.delay, most: self.most, values: self.values.clone() }
    }
}

impl<K, T> fmt::Debug for RecentByKey<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { delay, most, .. } = self;
        f.debug_struct("RecentByKey").field("delay", delay).field("most", most).finish_non_exhaustive()
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn a_value_is_read_once_within_the_delay_and_again_once_another_key_took_its_place() {
        let reads = Cell::new(0_u32);
        let recent = RecentByKey::<u8, u32>::new(Millis::from_secs(30), 2);
        let get = async |key| {
            let read = || async {
                reads.set(reads.get() + 1);
                Ok(reads.get())
            };
            *recent.of(key).get(&Clock::machine(), "reading", read).await.unwrap()
        };
        assert_eq!([get(1).await, get(2).await, get(1).await, get(2).await], [1, 2, 1, 2]);
        assert_eq!([get(3).await, get(1).await, get(3).await], [3, 4, 3], "no more than two are kept");
    }
}
