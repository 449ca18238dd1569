//! The calls that tables and queues met: evidence that no table of ours could have made.

use std::collections::{BTreeMap, BTreeSet};

/// Calls of the functions, as a proxy in front of tables and queues saw them.
#[derive(Clone, Debug, Default)]
pub struct CallLog {
    touched: BTreeMap<String, BTreeSet<String>>,
    counts: CallCounts,
}

/// How many there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CallCounts {
    pub calls: u64,
    pub failed: u64,
    pub invocations: u64,
}

impl CallLog {
    /// No calls.
    pub fn new() -> Self {
        Self::default()
    }

    /// A call on behalf of one organisation (its id), by the partitions that it reads or writes.
    pub fn served(&mut self, organisation: &str, partitions: impl IntoIterator<Item = String>) {
        self.counts.calls += 1;
        self.touched.entry(organisation.to_owned()).or_default().extend(partitions);
    }

    /// So many calls on behalf of everybody, as the clock's are.
    pub fn served_everybody(&mut self, calls: u64) {
        self.counts.calls += calls;
    }

    /// So many calls failed, and may have been made again.
    pub fn failed(&mut self, calls: u64) {
        self.counts.failed += calls;
    }

    /// So many times a function was invoked: for a request, for a message, for the minute.
    pub fn invoked(&mut self, times: u64) {
        self.counts.invocations += times;
    }

    /// What was touched on behalf of each organisation.
    pub(crate) fn touched(&self) -> impl Iterator<Item = (&str, &str)> {
        self.touched.iter().flat_map(|(organisation, partitions)| {
            partitions.iter().map(|partition| (organisation.as_str(), partition.as_str()))
        })
    }

    pub(crate) const fn counts(&self) -> CallCounts {
        self.counts
    }
}
