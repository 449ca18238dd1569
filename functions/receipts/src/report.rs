//! A queued report, and its offers to messages.

use domain::{
    keys::MessageKey,
    receipt::{MatchedBy, ReportFit, SlotReport},
    timestamp::Millis,
};
use queue::{ReportQueue, ReportTask};

/// A queued report, and how it fits the messages that it was offered to.
pub struct Report {
    /// The report's queue message.
    pub delivery: Delivery,
    pub task: ReportTask,
    state: ReportState,
    /// Messages that take the report if no other message does.
    pub orphans: Vec<MessageKey>,
}

/// A queue message as it was received.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    pub queue: ReportQueue,
    /// The id under which the message is returned to the queue.
    pub message_id: String,
    /// The handle by which the message can be made visible sooner.
    pub receipt_handle: Option<String>,
    /// How often the message was received, this time included.
    pub receives: u32,
}

/// The state of a report, by the messages that it was offered to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ReportState {
    /// No message took the report, and every message that was asked could be read.
    Undecided,
    /// A message took the report.
    Taken,
    /// No message took the report, and one of them is being handed over: the report must come back soon.
    Early,
    /// No message took the report, and one of them could not be read: the report must come back.
    PutOff,
}

impl Report {
    /// A report that was offered to no message yet.
    pub const fn new(delivery: Delivery, task: ReportTask) -> Self {
        Self { delivery, task, state: ReportState::Undecided, orphans: Vec::new() }
    }

    pub fn note(&mut self, message: MessageKey, fit: ReportFit) {
        match fit {
            ReportFit::Matches => self.state = ReportState::Taken,
            ReportFit::Possible => self.orphans.push(message),
            ReportFit::TooEarly if self.is_undecided() => self.state = ReportState::Early,
            ReportFit::TooEarly => {}
            ReportFit::Unrelated => {}
        }
    }

    /// Notes that a message could not be asked. A report that another message took stays taken.
    pub fn put_off(&mut self) {
        if self.state != ReportState::Taken {
            self.state = ReportState::PutOff;
        }
    }

    /// The report as a batch takes it.
    pub fn for_offer(&self, offer: &Offer) -> SlotReport {
        SlotReport {
            slot: offer.message.slot,
            account: self.task.account,
            provider_message_id: self.task.provider_message_id.clone(),
            times_put_off: self.task.times_put_off,
            receipt: self.task.receipt(),
            matched_by: offer.matched_by,
        }
    }

    /// Whether the report can still be offered to messages.
    pub fn is_undecided(&self) -> bool {
        self.state == ReportState::Undecided
    }

    /// Whether no message has taken the report, and every message that was asked could be read.
    pub fn is_untaken(&self) -> bool {
        matches!(self.state, ReportState::Undecided | ReportState::Early)
    }

    /// Whether the report's message stays in the queue.
    pub fn comes_back(&self) -> bool {
        matches!(self.state, ReportState::Early | ReportState::PutOff)
    }

    /// How long an early report stays away before it is offered again. `None` for every other report: what could not
    /// be asked comes back after the queue's own time.
    pub fn hastened(&self) -> Option<Millis> {
        (self.state == ReportState::Early).then(|| early_wait(self.delivery.receives))
    }
}

/// The wait of an early report, by the number of times that it was received. The answer of a hand-over comes within
/// seconds, and the report with it; one that is early after that waits for a batch whose worker crashed, or whose
/// campaign is paused, and would cost a receive every few seconds for as long.
fn early_wait(receives: u32) -> Millis {
    let doublings = receives.saturating_sub(SOON_RECEIVES).min(16);
    Millis(EARLY_WAIT.0 << doublings).min(LONGEST_EARLY_WAIT)
}

/// Wait of a report that was early.
const EARLY_WAIT: Millis = Millis::from_secs(5);
/// Receives after which an early report waits longer each time: those of the longest call.
const SOON_RECEIVES: u32 = 8;
/// Longest wait of an early report: its receives last for eight hours before it counts as dead.
const LONGEST_EARLY_WAIT: Millis = Millis::from_mins(15);

/// A report that is offered to a message.
#[derive(Clone, Copy, Debug)]
pub struct Offer {
    /// The report's place among all.
    pub report: usize,
    pub message: MessageKey,
    /// How the report was matched to the message.
    pub matched_by: MatchedBy,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_early_report_comes_back_within_seconds_and_a_long_early_one_ever_more_rarely() {
        let waits = [1, 8, 9, 10, 15, 16, 50].map(|receives| early_wait(receives).0 / 1_000);
        assert_eq!(waits, [5, 5, 10, 20, 640, 900, 900]);
        let all: i64 = (1..50).map(|receives| early_wait(receives).0).sum();
        assert!(all > Millis::from_hours(8).0, "{all}");
    }
}
