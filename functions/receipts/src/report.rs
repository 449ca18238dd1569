//! A queued report, and its offers to messages.

use domain::{
    keys::MessageKey,
    receipt::{MatchedBy, ReportFit, SlotReport},
};
use queue::ReportTask;

/// A queued report, and how it fits the messages that it was offered to.
pub struct Report {
    /// The id of its queue message.
    pub message_id: String,
    /// The report.
    pub task: ReportTask,
    state: ReportState,
    /// Messages that would take it if no other does.
    pub orphans: Vec<MessageKey>,
}

/// What the messages that a report was offered to came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ReportState {
    /// No message took it, and every one that was asked could answer.
    Undecided,
    /// A message took it.
    Taken,
    /// No message took it, and one could not answer: the report has to come back.
    PutOff,
}

impl Report {
    /// A report that was offered to no message yet.
    pub const fn new(message_id: String, task: ReportTask) -> Self {
        Self { message_id, task, state: ReportState::Undecided, orphans: Vec::new() }
    }

    /// Notes how the report fits a message.
    pub fn note(&mut self, message: MessageKey, fit: ReportFit) {
        match fit {
            ReportFit::Matches => self.state = ReportState::Taken,
            ReportFit::Possible => self.orphans.push(message),
            ReportFit::TooEarly => self.put_off(),
            ReportFit::Unrelated => {}
        }
    }

    /// Notes that a message could not be asked, or could not answer. A report that another message took stays taken.
    pub fn put_off(&mut self) {
        if self.state != ReportState::Taken {
            self.state = ReportState::PutOff;
        }
    }

    /// The report as a batch takes it.
    pub fn for_offer(&self, offer: &Offer) -> SlotReport {
        SlotReport {
            slot: offer.message.slot,
            provider_message_id: self.task.provider_message_id.clone(),
            receipt: self.task.receipt(),
            matched_by: offer.matched_by,
        }
    }

    /// Whether it can still be offered.
    pub fn is_undecided(&self) -> bool {
        self.state == ReportState::Undecided
    }

    /// Whether it has to come back.
    pub fn comes_back(&self) -> bool {
        self.state == ReportState::PutOff
    }
}

/// A report that is offered to a message.
#[derive(Clone, Copy, Debug)]
pub struct Offer {
    /// The report's place among all.
    pub report: usize,
    /// The message.
    pub message: MessageKey,
    /// What makes the report one about the message.
    pub matched_by: MatchedBy,
}
