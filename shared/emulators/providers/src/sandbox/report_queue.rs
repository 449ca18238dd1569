//! The due reports in their order, and their target.

use std::collections::VecDeque;

use domain::{keys::MessageKey, receipt::Reported, timestamp::Timestamp};
use http::Uri;
use providers::{CallbackSecret, sandbox::wire::MAX_REPORTS};

/// The target of reports, and the secret that signs them.
#[derive(Clone, Debug)]
pub struct ReceiptsTarget {
    pub url: Uri,
    /// The secret that the function `callbacks` also has.
    pub secret: CallbackSecret,
}

/// A report about the message of that number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub number: u64,
    pub reference: MessageKey,
    pub reported: Reported,
}

/// Reports in the order they fall due.
#[derive(Debug, Default)]
pub(super) struct ReportQueue(VecDeque<Due>);

impl ReportQueue {
    pub fn push(&mut self, due: Due) {
        self.0.push_back(due);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn take(&mut self) -> Vec<Due> {
        let count = self.0.len().min(MAX_REPORTS);
        self.0.drain(..count).collect()
    }

    pub fn put_back(&mut self, taken: Vec<Due>) {
        taken.into_iter().rev().for_each(|due| self.0.push_front(due));
    }
}

/// The provider's id of the message of that number: no two runs of the sandbox give the same.
pub(super) fn message_id(started: Timestamp, number: u64) -> String {
    format!("sbx-{:x}-{number}", started.millis())
}
