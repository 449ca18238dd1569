//! A batch's progress as an append-only journal, and what folding it says of every recipient.
//!
//! A worker writes record *n* **before** it hands group *n* to the provider. The record holds the
//! intent (whom it is about to hand over) and the outcomes of the group before. Records are written
//! put-if-absent, one writer wins each number, and whoever loses never calls the provider: that is
//! the fence, and why nobody is texted twice.
//!
//! ```text
//! J#1 intent 0..100 ─► submit ─► J#2 outcomes of 0..100, intent 100..200 ─► submit ─► J#3 …
//!                         ╳ crash here: the next worker writes J#2 with "unknown" for 0..100
//! ```
//! A journal that would hand anyone over twice cannot be folded: it is an error, not a state.

mod codec;

use thiserror::Error;

pub use codec::{decode, encode};

use crate::{
    delivery::DeliveryStatus,
    ids::Slot,
    outcome::{RefusalReason, SendOutcome},
    packed::PackedError,
    timestamp::Timestamp,
};

/// Times that a recipient may be handed over and definitely refused for now, before it fails.
/// Whole calls that were throttled do not count: nobody in them was looked at.
pub const MAX_RETURNS: u8 = 5;

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The fencing token of the claim it was written under.
    pub token: u64,
    /// When it was written.
    pub at: Timestamp,
    /// What became of the previous record's intent, in its order.
    pub outcomes: Vec<SlotOutcome>,
    /// Recipients that will not be handed over.
    pub dropped: Vec<(DropReason, Slots)>,
    /// Recipients about to be handed over; empty where the worker stops here.
    pub intent: Slots,
}

/// Recipients of a batch, rising.
pub type Slots = Vec<Slot>;

/// What became of one recipient of an intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlotOutcome {
    /// Accepted, with the provider's name for the message.
    Accepted(Option<String>),
    /// Refused for good, with the provider's code.
    Refused(RefusalReason, String),
    /// Looked at and refused for now.
    Returned,
    /// In a call of which nobody was looked at.
    NotTaken,
    /// It cannot be known.
    Unknown,
}

impl From<SendOutcome> for SlotOutcome {
    fn from(outcome: SendOutcome) -> Self {
        match outcome {
            SendOutcome::Accepted { provider_message_id } => Self::Accepted(provider_message_id),
            SendOutcome::Refused(refusal) => Self::Refused(refusal.reason, refusal.provider_code),
            SendOutcome::Throttled => Self::Returned,
            SendOutcome::Unknown => Self::Unknown,
        }
    }
}

/// Why a recipient is not handed over after all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropReason {
    /// Opted out after the campaign was accepted.
    OptedOut,
    /// The campaign was cancelled.
    Cancelled,
    /// The campaign's validity ran out first.
    Expired,
    /// Refused for now too often.
    GivenUp,
}

impl DropReason {
    /// Every reason; the place in this list is its stored form, so it is only ever appended to.
    pub const ALL: [Self; 4] = [Self::OptedOut, Self::Cancelled, Self::Expired, Self::GivenUp];

    const fn status(self) -> DeliveryStatus {
        match self {
            Self::OptedOut | Self::Cancelled => DeliveryStatus::Cancelled,
            Self::Expired | Self::GivenUp => DeliveryStatus::Failed,
        }
    }

    /// The stable code that a customer reads.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OptedOut => "opted_out",
            Self::Cancelled => "campaign_cancelled",
            Self::Expired => "validity_expired",
            Self::GivenUp => "gave_up",
        }
    }

    /// The sentence that a customer reads.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::OptedOut => "The recipient opted out before the message was sent.",
            Self::Cancelled => "The campaign was cancelled before the message was sent.",
            Self::Expired => "The campaign's validity ended before the message was sent.",
            Self::GivenUp => "The provider put the message off too often.",
        }
    }
}

/// Why a recipient is where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Refused by the provider, with its code.
    Refused(RefusalReason, String),
    /// Not handed over.
    Dropped(DropReason),
    /// Handed over, and no answer could be read.
    NoAnswer,
}

/// What the journal says of one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotState {
    /// Its status, before any delivery report.
    pub status: DeliveryStatus,
    /// The provider's name for the message.
    pub provider_message_id: Option<String>,
    /// Why, where there is something to say.
    pub cause: Option<Cause>,
    /// When this came to be known; `None` while queued.
    pub since: Option<Timestamp>,
    /// Times it was refused for now.
    returns: u8,
}

/// What a whole journal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    slots: Vec<SlotState>,
    in_flight: Slots,
    records: u32,
}

/// A journal that cannot be: damaged, or it breaks a promise.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JournalError {
    /// The record's bytes are damaged or unknown.
    #[error("journal record: {0}")]
    Packed(#[from] PackedError),
    /// A record names a recipient that the batch does not have.
    #[error("journal record {record} names slot {slot}, which the batch does not have")]
    NoSuchSlot {
        /// The record's number.
        record: u32,
        /// The recipient.
        slot: Slot,
    },
    /// A record would hand over, or drop, a recipient that is not queued.
    #[error("journal record {record} takes slot {slot} a second time")]
    TakenTwice {
        /// The record's number.
        record: u32,
        /// The recipient.
        slot: Slot,
    },
    /// A record does not say what became of the intent before it.
    #[error("journal record {record} has {outcomes} outcomes for an intent of {intent}")]
    OutcomesMissing {
        /// The record's number.
        record: u32,
        /// Outcomes it has.
        outcomes: usize,
        /// Recipients they should be for.
        intent: usize,
    },
}

impl Progress {
    /// Nobody of so many recipients has been handed over.
    pub fn new(recipients: usize) -> Self {
        let queued = SlotState {
            status: DeliveryStatus::Queued,
            provider_message_id: None,
            cause: None,
            since: None,
            returns: 0,
        };
        Self { slots: vec![queued; recipients], in_flight: Vec::new(), records: 0 }
    }

    /// Folds the records of a batch, in order.
    pub fn fold(recipients: usize, records: impl IntoIterator<Item = Record>) -> Result<Self, JournalError> {
        let mut progress = Self::new(recipients);
        for record in records {
            progress.apply(record)?;
        }
        Ok(progress)
    }

    /// Applies the next record.
    pub fn apply(&mut self, record: Record) -> Result<(), JournalError> {
        self.records += 1;
        let Record { at, outcomes, dropped, intent, .. } = record;
        self.apply_outcomes(at, outcomes)?;
        for (reason, slots) in dropped {
            for slot in slots {
                self.queued(slot)?.settle(reason.status(), Some(Cause::Dropped(reason)), at);
            }
        }
        for &slot in &intent {
            self.queued(slot)?;
        }
        self.in_flight = intent;
        Ok(())
    }

    fn apply_outcomes(&mut self, at: Timestamp, outcomes: Vec<SlotOutcome>) -> Result<(), JournalError> {
        let in_flight = std::mem::take(&mut self.in_flight);
        if outcomes.len() != in_flight.len() {
            let (outcomes, intent) = (outcomes.len(), in_flight.len());
            return Err(JournalError::OutcomesMissing { record: self.records, outcomes, intent });
        }
        for (slot, outcome) in in_flight.into_iter().zip(outcomes) {
            self.queued(slot)?.take(outcome, at);
        }
        Ok(())
    }

    fn queued(&mut self, slot: Slot) -> Result<&mut SlotState, JournalError> {
        let record = self.records;
        match self.slots.get_mut(usize::from(slot)) {
            Some(state) if state.status == DeliveryStatus::Queued => Ok(state),
            Some(_) => Err(JournalError::TakenTwice { record, slot }),
            None => Err(JournalError::NoSuchSlot { record, slot }),
        }
    }

    /// The number that the next record must be written under, from 1.
    pub const fn next_record(&self) -> u32 {
        self.records + 1
    }

    /// Recipients handed over, or about to be, of whom nothing is known yet.
    pub fn in_flight(&self) -> &[Slot] {
        &self.in_flight
    }

    /// Every recipient's state, by slot.
    pub fn slots(&self) -> &[SlotState] {
        &self.slots
    }

    /// Recipients neither handed over nor in flight, rising.
    pub fn queued_slots(&self) -> impl Iterator<Item = Slot> + '_ {
        let queued = |(slot, state): (usize, &SlotState)| {
            let waiting = state.status == DeliveryStatus::Queued
                && self.in_flight.binary_search(&(slot as Slot)).is_err();
            waiting.then_some(slot as Slot)
        };
        self.slots.iter().enumerate().filter_map(queued)
    }

    /// Queued recipients that were refused for now too often.
    pub fn exhausted_slots(&self) -> Slots {
        let exhausted =
            |slot: &Slot| self.slots.get(usize::from(*slot)).is_some_and(|s| s.returns >= MAX_RETURNS);
        self.queued_slots().filter(exhausted).collect()
    }

    /// Whether the dispatcher has nothing left to do.
    pub fn is_done(&self) -> bool {
        self.in_flight.is_empty() && self.slots.iter().all(|state| state.status.is_dispatched())
    }
}

impl SlotState {
    fn take(&mut self, outcome: SlotOutcome, at: Timestamp) {
        match outcome {
            SlotOutcome::Accepted(id) => {
                self.provider_message_id = id;
                self.settle(DeliveryStatus::Sent, None, at);
            }
            SlotOutcome::Refused(reason, code) => {
                self.settle(DeliveryStatus::Failed, Some(Cause::Refused(reason, code)), at);
            }
            SlotOutcome::Unknown => self.settle(DeliveryStatus::Unconfirmed, Some(Cause::NoAnswer), at),
            SlotOutcome::Returned => self.returns = self.returns.saturating_add(1),
            SlotOutcome::NotTaken => {}
        }
    }

    fn settle(&mut self, status: DeliveryStatus, cause: Option<Cause>, at: Timestamp) {
        self.status = status;
        self.cause = cause;
        self.since = Some(at);
    }
}

impl Cause {
    /// The stable code that a customer reads.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused(reason, _) => reason.code(),
            Self::Dropped(reason) => reason.code(),
            Self::NoAnswer => "no_answer",
        }
    }

    /// The sentence that a customer reads.
    pub const fn sentence(&self) -> &'static str {
        match self {
            Self::Refused(reason, _) => reason.sentence(),
            Self::Dropped(reason) => reason.sentence(),
            Self::NoAnswer => {
                "The message was handed over and the provider's answer was lost; it is not sent again."
            }
        }
    }
}

#[cfg(test)]
mod tests;
