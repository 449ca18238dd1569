//! A queued report, and its offers to messages.

use domain::{
    keys::MessageKey,
    receipt::{ReportFit, SlotReport},
};
use queue::ReportTask;

/// A queued report, and how it fits the messages that it was offered to.
pub struct Report {
    /// The id of its queue message.
    pub message_id: String,
    /// The report.
    pub task: ReportTask,
    /// Whether a message took it.
    pub taken: bool,
    /// Whether a message could not answer, so that the report has to come back.
    pub again: bool,
    /// Messages that would take it if no other does.
    pub orphans: Vec<MessageKey>,
}

impl Report {
    /// A report that was offered to no message yet.
    pub const fn new(message_id: String, task: ReportTask) -> Self {
        Self { message_id, task, taken: false, again: false, orphans: Vec::new() }
    }

    /// Notes how the report fits a message.
    pub fn note(&mut self, message: MessageKey, fit: ReportFit) {
        match fit {
            ReportFit::Matches => self.taken = true,
            ReportFit::Possible => self.orphans.push(message),
            ReportFit::TooEarly => self.again = true,
            ReportFit::Unrelated => {}
        }
    }

    /// Notes that a message could not be asked.
    pub const fn put_off(&mut self) {
        self.again = true;
    }

    /// The report as a batch takes it.
    pub fn for_offer(&self, offer: &Offer) -> SlotReport {
        SlotReport {
            slot: offer.message.slot,
            provider_message_id: self.task.provider_message_id.clone(),
            receipt: self.task.receipt(),
            only_by_id: offer.only_by_id,
        }
    }

    /// Whether it can still be offered.
    pub const fn is_undecided(&self) -> bool {
        !self.taken && !self.again
    }
}

/// A report that is offered to a message.
#[derive(Clone, Copy, Debug)]
pub struct Offer {
    /// The report's place among all.
    pub report: usize,
    /// The message.
    pub message: MessageKey,
    /// Whether the message may take it only if it has the very id.
    pub only_by_id: bool,
}
