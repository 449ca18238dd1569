//! The calls that tables and queues met: evidence that no table of ours could have made.

use std::collections::{BTreeMap, BTreeSet};

/// Calls of the functions, as a proxy in front of tables and queues saw them, and what they were made for.
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
    pub requests: u64,
    pub orders: u64,
    pub reports: u64,
    pub looks: u64,
    pub messages: u64,
    pub messages_of_workers: u64,
    pub deliveries: u64,
    pub dead: u64,
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

    /// So many requests and commands came from outside, callbacks among them.
    pub fn asked(&mut self, requests: u64) {
        self.counts.requests += requests;
    }

    /// So many of the requests may ask for the batches of a campaign: sends, cancels and resumes.
    pub fn ordered(&mut self, requests: u64) {
        self.counts.orders += requests;
    }

    /// So many delivery reports stood in callbacks.
    pub fn reported(&mut self, reports: u64) {
        self.counts.reports += reports;
    }

    /// So many times the clock looked.
    pub fn looked(&mut self, times: u64) {
        self.counts.looks += times;
    }

    /// So many messages were put into a queue by a function.
    pub fn sent(&mut self, messages: u64) {
        self.counts.messages += messages;
    }

    /// So many messages were put into a queue by a function that hands batches over: none has a reason.
    pub fn sent_by_workers(&mut self, messages: u64) {
        self.counts.messages_of_workers += messages;
    }

    /// So many messages came out of a queue; one that came back counts again.
    pub fn delivered(&mut self, messages: u64) {
        self.counts.deliveries += messages;
    }

    /// So many messages came too often, and are among the dead letters, or were until they were redriven.
    pub fn died(&mut self, messages: u64) {
        self.counts.dead += messages;
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
