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
//! A journal that would hand anyone over twice cannot be folded: it is an error, not a state. So that no such
//! journal is ever stored, a record is stored only as a [`CheckedRecord`], which [`Progress::check`] makes.

mod codec;

use std::collections::BTreeSet;

use thiserror::Error;

pub use codec::{decode, encode};

use crate::{
    delivery::DeliveryStatus,
    ids::Slot,
    outcome::{RefusalReason, SendOutcome},
    packed::PackedError,
    timestamp::Timestamp,
};

/// Times that a recipient may be put off by the provider before it fails.
/// [`SlotOutcome::NotTaken`] does not count: the provider did not look at the recipient.
pub const MAX_TIMES_PUT_OFF: u8 = 5;

/// The contents of one record, as they are written and read. It may contradict the records before it;
/// [`Progress::check`] and [`Progress::apply`] find out.
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
    /// Looked at and put off by the provider.
    PutOff,
    /// Not looked at by the provider.
    NotTaken,
    /// It cannot be known.
    Unknown,
}

impl From<SendOutcome> for SlotOutcome {
    fn from(outcome: SendOutcome) -> Self {
        match outcome {
            SendOutcome::Accepted { provider_message_id } => Self::Accepted(provider_message_id),
            SendOutcome::Refused(refusal) => Self::Refused(refusal.reason, refusal.provider_code),
            SendOutcome::PutOff => Self::PutOff,
            SendOutcome::NotTaken => Self::NotTaken,
            SendOutcome::Unknown => Self::Unknown,
        }
    }
}

impl SlotOutcome {
    /// The status that the outcome settles for ever; `None` if the recipient is queued again.
    pub const fn status(&self) -> Option<DeliveryStatus> {
        match self {
            Self::Accepted(_) => Some(DeliveryStatus::Sent),
            Self::Refused(..) => Some(DeliveryStatus::Failed),
            Self::Unknown => Some(DeliveryStatus::Unconfirmed),
            Self::PutOff | Self::NotTaken => None,
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
    /// Put off by the provider too often.
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
    times_put_off: u8,
}

/// The next record of a journal: checked against every record before it, and encoded. The only form in
/// which a record is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedRecord {
    number: u32,
    record: Record,
    bytes: Vec<u8>,
}

impl CheckedRecord {
    /// The number that it must be stored under, from 1.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// The stored form.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The contents.
    pub fn into_record(self) -> Record {
        self.record
    }
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
    /// A record lists recipients out of order.
    #[error("journal record {record} lists slot {slot} out of order")]
    OutOfOrder {
        /// The record's number.
        record: u32,
        /// The recipient.
        slot: Slot,
    },
    /// The stored form of a record would not read back as that record.
    #[error("journal record {record} has no stored form")]
    NotStorable {
        /// The record's number.
        record: u32,
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
            times_put_off: 0,
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

    /// Applies the next record. A record that does not fit changes nothing.
    pub fn apply(&mut self, record: Record) -> Result<(), JournalError> {
        self.fits(&record)?;
        self.records += 1;
        let Record { at, outcomes, dropped, intent, .. } = record;
        for (slot, outcome) in std::mem::replace(&mut self.in_flight, intent).into_iter().zip(outcomes) {
            if let Some(state) = self.slots.get_mut(usize::from(slot)) {
                state.take(outcome, at);
            }
        }
        for (reason, slots) in dropped {
            for slot in slots {
                if let Some(state) = self.slots.get_mut(usize::from(slot)) {
                    state.settle(reason.status(), Some(Cause::Dropped(reason)), at);
                }
            }
        }
        Ok(())
    }

    /// Checks that a record can be the next one of this journal, and that it can be read back once it is stored.
    ///
    /// # Errors
    /// If its outcomes are not one for each recipient [in flight](Self::in_flight), if it takes a recipient
    /// that is not queued, or if it has no stored form.
    pub fn check(&self, record: Record) -> Result<CheckedRecord, JournalError> {
        self.fits(&record)?;
        let (number, bytes) = (self.next_record(), encode(&record));
        if decode(&bytes).as_ref() != Ok(&record) {
            return Err(JournalError::NotStorable { record: number });
        }
        Ok(CheckedRecord { number, record, bytes })
    }

    fn fits(&self, record: &Record) -> Result<(), JournalError> {
        let number = self.next_record();
        let (outcomes, intent) = (record.outcomes.len(), self.in_flight.len());
        if outcomes != intent {
            return Err(JournalError::OutcomesMissing { record: number, outcomes, intent });
        }
        let lists = record.dropped.iter().map(|(_, slots)| slots).chain([&record.intent]);
        let mut taken = BTreeSet::new();
        for slots in lists {
            for &slot in slots {
                if usize::from(slot) >= self.slots.len() {
                    return Err(JournalError::NoSuchSlot { record: number, slot });
                }
                if !self.is_queued_after(slot, &record.outcomes) || !taken.insert(slot) {
                    return Err(JournalError::TakenTwice { record: number, slot });
                }
            }
            if let Some(&[_, slot]) = slots.array_windows::<2>().find(|[a, b]| a >= b) {
                return Err(JournalError::OutOfOrder { record: number, slot });
            }
        }
        Ok(())
    }

    /// Whether a recipient is queued once the outcomes of those in flight are known.
    fn is_queued_after(&self, slot: Slot, outcomes: &[SlotOutcome]) -> bool {
        let is_queued =
            self.slots.get(usize::from(slot)).is_some_and(|state| state.status == DeliveryStatus::Queued);
        let outcome = self.in_flight.binary_search(&slot).ok().and_then(|place| outcomes.get(place));
        is_queued && outcome.is_none_or(|outcome| outcome.status().is_none())
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

    /// Queued recipients that were put off too often.
    pub fn exhausted_slots(&self) -> Slots {
        let exhausted = |slot: &Slot| {
            self.slots.get(usize::from(*slot)).is_some_and(|state| state.times_put_off >= MAX_TIMES_PUT_OFF)
        };
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
            SlotOutcome::PutOff => self.times_put_off = self.times_put_off.saturating_add(1),
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
