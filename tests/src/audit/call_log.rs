//! The calls that reached tables and queues: evidence that does not come from the tables.

use std::collections::{BTreeMap, BTreeSet};

/// The functions' calls, as a proxy in front of tables and queues saw them, and the work that caused them.
#[derive(Clone, Debug, Default)]
pub struct CallLog {
    touched: BTreeMap<String, BTreeSet<String>>,
    counts: CallCounts,
}

/// The number of calls, and the amount of work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CallCounts {
    pub calls: u64,
    pub failed: u64,
    pub requests: u64,
    pub orders: u64,
    pub reports: u64,
    pub ticks: u64,
    pub messages: u64,
    pub messages_of_workers: u64,
    pub deliveries: u64,
    pub dead_letters: u64,
}

impl CallLog {
    /// Adds a call on behalf of one organisation (its id), by the partitions that it reads or writes.
    pub fn served(&mut self, organisation: &str, partitions: impl IntoIterator<Item = String>) {
        self.counts.calls += 1;
        self.touched.entry(organisation.to_owned()).or_default().extend(partitions);
    }

    /// Adds calls on behalf of all organisations, as the clock makes them.
    pub fn served_all(&mut self, calls: u64) {
        self.counts.calls += calls;
    }

    /// Adds calls that failed, and may have been made again.
    pub fn failed(&mut self, calls: u64) {
        self.counts.failed += calls;
    }

    /// Adds requests, commands and callbacks from outside.
    pub fn requested(&mut self, requests: u64) {
        self.counts.requests += requests;
    }

    /// Adds requests that may enqueue the batches of a campaign: sends, cancels and resumes.
    pub fn ordered(&mut self, requests: u64) {
        self.counts.orders += requests;
    }

    /// Adds delivery reports of callbacks.
    pub fn reported(&mut self, reports: u64) {
        self.counts.reports += reports;
    }

    /// Adds runs of the clock.
    pub fn ticked(&mut self, ticks: u64) {
        self.counts.ticks += ticks;
    }

    /// Adds messages that a function put into a queue.
    pub fn sent(&mut self, messages: u64) {
        self.counts.messages += messages;
    }

    /// Adds messages that the function `dispatch` put into a queue, which is always an error.
    pub fn sent_by_workers(&mut self, messages: u64) {
        self.counts.messages_of_workers += messages;
    }

    /// Adds deliveries of messages; a message that was delivered again counts again.
    pub fn delivered(&mut self, messages: u64) {
        self.counts.deliveries += messages;
    }

    /// Adds messages that became dead letters, even if they were redriven since.
    pub fn dead_lettered(&mut self, messages: u64) {
        self.counts.dead_letters += messages;
    }

    /// Each organisation, with each partition that was touched on its behalf.
    pub(super) fn touched(&self) -> impl Iterator<Item = (&str, &str)> {
        self.touched.iter().flat_map(|(organisation, partitions)| {
            partitions.iter().map(|partition| (organisation.as_str(), partition.as_str()))
        })
    }

    pub(super) const fn counts(&self) -> CallCounts {
        self.counts
    }
}
