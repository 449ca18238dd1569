//! A cache of stored items for later callbacks, limited in bytes; the oldest items are dropped first.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

/// Bytes of an entry besides its value: its key twice, and the nodes of both maps.
pub const ENTRY_BYTES: usize = 160;

/// Values that never change, by key.
#[derive(Debug)]
pub struct Cache<K, V> {
    most_bytes: usize,
    bytes: usize,
    entries: HashMap<K, (V, usize)>,
    by_age: VecDeque<K>,
}

impl<K: Copy + Eq + Hash, V: Clone> Cache<K, V> {
    pub fn new(most_bytes: usize) -> Self {
        Self { most_bytes, bytes: 0, entries: HashMap::new(), by_age: VecDeque::new() }
    }

    /// The value of a key; `None` if it was dropped or never kept.
    pub fn get(&self, key: &K) -> Option<V> {
        self.entries.get(key).map(|(value, _)| value.clone())
    }

    pub fn keep(&mut self, key: K, value: V, bytes: usize) {
        let bytes = bytes + ENTRY_BYTES;
        if self.entries.insert(key, (value, bytes)).is_some() {
            // Another callback has read and kept the same item meanwhile.
            return;
        }
        self.bytes += bytes;
        self.by_age.push_back(key);
        while self.bytes > self.most_bytes {
            let Some(oldest) = self.by_age.pop_front() else { return };
            self.bytes -= self.entries.remove(&oldest).map_or(0, |(_, bytes)| bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_items_are_dropped_and_no_more_of_them_than_necessary() {
        let mut cache = Cache::new(3 * (1_000 + ENTRY_BYTES));
        for key in 1..=3 {
            cache.keep(key, key * 10, 1_000);
        }
        cache.keep(3, 30, 1_000);
        assert_eq!([1, 2, 3].map(|key| cache.get(&key)), [Some(10), Some(20), Some(30)]);
        cache.keep(4, 40, 1_000);
        assert_eq!([1, 2, 3, 4].map(|key| cache.get(&key)), [None, Some(20), Some(30), Some(40)]);
        cache.keep(5, 50, 2_000);
        assert_eq!([3, 4, 5].map(|key| cache.get(&key)), [None, Some(40), Some(50)]);
    }

    #[test]
    fn a_value_larger_than_the_cache_is_not_kept() {
        let mut cache = Cache::new(1_000);
        cache.keep(1, 10, 2_000);
        assert_eq!((cache.get(&1), cache.bytes), (None, 0));
    }
}
