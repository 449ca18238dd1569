//! The state that a whole journal folds to, and the check of the next record.

use std::collections::BTreeSet;

use thiserror::Error;

use super::{
    codec::{decode, encode},
    record::{Intent, Record, SlotOutcome},
    slot::SlotState,
};
use crate::{
    delivery::DeliveryStatus,
    ids::{AccountName, Slot},
    packed::PackedError,
};

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

    pub fn into_record(self) -> Record {
        self.record
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    slots: Vec<SlotState>,
    in_flight: Option<Intent>,
    records: u32,
}

/// A journal that is not valid: it is damaged, or it breaks a promise.
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
        slot: Slot,
    },
    /// A record would hand over, or drop, a recipient that is not queued.
    #[error("journal record {record} takes slot {slot} a second time")]
    TakenTwice {
        /// The record's number.
        record: u32,
        slot: Slot,
    },
    /// A record would hand over a recipient to an account that has declined it.
    #[error("journal record {record} hands slot {slot} over to the account {account}, which has declined it")]
    DeclinedBefore {
        /// The record's number.
        record: u32,
        slot: Slot,
        account: AccountName,
    },
    /// A record lacks outcomes of the intent before it.
    #[error("journal record {record} has {outcomes} outcomes for an intent of {intent}")]
    OutcomesMissing {
        /// The record's number.
        record: u32,
        /// Outcomes that the record has.
        outcomes: usize,
        /// Recipients they should be for.
        intent: usize,
    },
    /// A record lists recipients out of order.
    #[error("journal record {record} lists slot {slot} out of order")]
    OutOfOrder {
        /// The record's number.
        record: u32,
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
    /// The progress of a batch without records.
    pub fn new(recipients: usize) -> Self {
        Self { slots: vec![SlotState::QUEUED; recipients], in_flight: None, records: 0 }
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
        let Record { token, at, outcomes, dropped, intent } = record;
        let before = std::mem::replace(&mut self.in_flight, intent);
        for (slot, outcome) in before.into_iter().flat_map(|before| before.slots).zip(outcomes) {
            if let Some(state) = self.slots.get_mut(usize::from(slot)) {
                state.take(outcome, token, at);
            }
        }
        if let Some(Intent { account, slots }) = &self.in_flight {
            for slot in slots {
                if let Some(state) = self.slots.get_mut(usize::from(*slot)) {
                    state.hand_over(*account, at);
                }
            }
        }
        for (reason, slots) in dropped {
            for slot in slots {
                if let Some(state) = self.slots.get_mut(usize::from(slot)) {
                    state.drop_for(reason, at);
                }
            }
        }
        Ok(())
    }

    /// Checks that a record can be the next one of this journal, and that it can be read back once it is stored.
    ///
    /// # Errors
    /// If its outcomes are not one for each recipient [in flight](Self::in_flight), if it takes a recipient
    /// that is not queued, if it hands one over to an account that has declined it, or if it has no stored form.
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
        let (outcomes, intent) = (record.outcomes.len(), self.in_flight().len());
        if outcomes != intent {
            return Err(JournalError::OutcomesMissing { record: number, outcomes, intent });
        }
        let lists = record.dropped.iter().map(|(_, slots)| slots);
        let lists = lists.chain(record.intent.as_ref().map(|intent| &intent.slots));
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
        self.fits_account(record)
    }

    /// No recipient goes to an account that has declined it, even if this record itself says so.
    fn fits_account(&self, record: &Record) -> Result<(), JournalError> {
        let Some(Intent { account, slots }) = &record.intent else { return Ok(()) };
        let declines = |slot: &Slot| {
            let now = self.account_in_flight() == Some(*account)
                && matches!(self.outcome_of(*slot, &record.outcomes), Some(SlotOutcome::Declined(..)));
            now || self.has_declined(*account, *slot)
        };
        match slots.iter().copied().find(declines) {
            Some(slot) => {
                let (record, account) = (self.next_record(), *account);
                Err(JournalError::DeclinedBefore { record, slot, account })
            }
            None => Ok(()),
        }
    }

    fn outcome_of<'a>(&self, slot: Slot, outcomes: &'a [SlotOutcome]) -> Option<&'a SlotOutcome> {
        self.in_flight().binary_search(&slot).ok().and_then(|place| outcomes.get(place))
    }

    /// Whether a recipient is queued once the outcomes of those in flight are known.
    fn is_queued_after(&self, slot: Slot, outcomes: &[SlotOutcome]) -> bool {
        let is_queued =
            self.slots.get(usize::from(slot)).is_some_and(|state| state.status == DeliveryStatus::Queued);
        is_queued && self.outcome_of(slot, outcomes).is_none_or(|outcome| outcome.status().is_none())
    }

    /// The number that the next record must be written under, from 1.
    pub const fn next_record(&self) -> u32 {
        self.records + 1
    }

    /// Recipients handed over, or about to be, without a known outcome yet.
    pub fn in_flight(&self) -> &[Slot] {
        self.in_flight.as_ref().map_or(&[], |intent| &intent.slots)
    }

    /// The account that the recipients in flight were handed over to.
    pub fn account_in_flight(&self) -> Option<AccountName> {
        self.in_flight.as_ref().map(|intent| intent.account)
    }

    /// Whether an account has declined a recipient, which is then never handed over to it again.
    pub fn has_declined(&self, account: AccountName, slot: Slot) -> bool {
        self.declined_by(slot).contains(&account)
    }

    /// The accounts that have declined a recipient.
    pub fn declined_by(&self, slot: Slot) -> &[AccountName] {
        self.slots.get(usize::from(slot)).map_or(&[], |state| &state.declined_by)
    }

    /// Every recipient's state, by slot.
    pub fn slots(&self) -> &[SlotState] {
        &self.slots
    }

    /// The accounts that took recipients, or may have taken them.
    pub fn sent_by(&self) -> BTreeSet<AccountName> {
        let may_have =
            |state: &&SlotState| matches!(state.status, DeliveryStatus::Sent | DeliveryStatus::Unconfirmed);
        self.slots.iter().filter(may_have).filter_map(|state| state.account).collect()
    }

    /// Recipients neither handed over nor in flight, rising.
    pub fn queued_slots(&self) -> impl Iterator<Item = Slot> + '_ {
        let queued = |(slot, state): (usize, &SlotState)| {
            let waiting = state.status == DeliveryStatus::Queued
                && self.in_flight().binary_search(&(slot as Slot)).is_err();
            waiting.then_some(slot as Slot)
        };
        self.slots.iter().enumerate().filter_map(queued)
    }

    /// How often a recipient was put off by the provider.
    pub fn times_put_off(&self, slot: Slot) -> u8 {
        self.slots.get(usize::from(slot)).map_or(0, |state| state.times_put_off)
    }

    /// How often the queued recipient that was put off least often was put off.
    pub fn fewest_times_put_off(&self) -> u8 {
        self.queued_slots().map(|slot| self.times_put_off(slot)).min().unwrap_or_default()
    }

    /// Whether a recipient was put off by the provider under a claim.
    pub fn was_put_off_under(&self, token: u64, slot: Slot) -> bool {
        self.slots.get(usize::from(slot)).is_some_and(|state| state.put_off_under == Some(token))
    }

    /// Whether the dispatcher has nothing left to do.
    pub fn is_done(&self) -> bool {
        self.in_flight.is_none() && self.slots.iter().all(|state| state.status.is_dispatched())
    }
}
