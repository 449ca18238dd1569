//! Batches: the unit of dispatch and settlement. A batch has up to a thousand recipients, packed, and never changes.

mod availability;

use std::{collections::BTreeMap, fmt, num::NonZeroU16};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    audience::{Audience, MAX_RECIPIENTS},
    ids::{BatchNumber, MAX_BATCHES, MAX_SLOTS, Slot},
    money::Money,
    msisdn::Msisdn,
    packed::{self, PackedError, Reader},
    roster::leaf_of,
    tariff::MessagePrice,
};

pub use availability::{Availability, BatchState};

/// Recipients of a full batch. Packed they take 2–8 KB: a few write units, one read.
pub const BATCH_RECIPIENTS: usize = 1_000;

const _: () = assert!(BATCH_RECIPIENTS <= MAX_SLOTS as usize);
const _: () = assert!(MAX_RECIPIENTS / BATCH_RECIPIENTS < MAX_BATCHES as usize);

/// How many recipients each batch of a campaign has, except the last. A campaign keeps the size that it was split with,
/// so another size applies to new campaigns only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct BatchSize(NonZeroU16);

/// A number of recipients that a batch cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a batch holds 1 to {BATCH_RECIPIENTS} recipients")]
pub struct BatchSizeError;

impl BatchSize {
    /// [`BATCH_RECIPIENTS`], the deployed size.
    pub const FULL: Self = match NonZeroU16::new(BATCH_RECIPIENTS as u16) {
        Some(size) => Self(size),
        None => unreachable!(),
    };

    /// Recipients of a batch.
    pub const fn get(self) -> usize {
        self.0.get() as usize
    }

    /// How many batches this number of recipients makes.
    pub const fn batches_of(self, recipients: u64) -> BatchNumber {
        recipients.div_ceil(self.get() as u64) as BatchNumber
    }

    /// How many recipients a batch of a campaign has.
    pub fn recipients_of(self, batch: BatchNumber, recipients: u64) -> usize {
        let size = self.get() as u64;
        recipients.saturating_sub(u64::from(batch) * size).min(size) as usize
    }
}

impl Default for BatchSize {
    fn default() -> Self {
        Self::FULL
    }
}

impl TryFrom<u16> for BatchSize {
    type Error = BatchSizeError;

    fn try_from(recipients: u16) -> Result<Self, BatchSizeError> {
        let size = NonZeroU16::new(recipients).filter(|size| usize::from(size.get()) <= BATCH_RECIPIENTS);
        size.map(Self).ok_or(BatchSizeError)
    }
}

impl From<BatchSize> for u16 {
    fn from(size: BatchSize) -> Self {
        size.0.get()
    }
}

/// The recipients of one batch by number. A recipient's slot never changes. An erased recipient leaves its slot and the
/// prefix that gives its price.
#[derive(Clone, PartialEq, Eq)]
pub struct RecipientBatch {
    number: BatchNumber,
    recipients: Vec<Msisdn>,
    erased: BTreeMap<Slot, String>,
}

impl RecipientBatch {
    /// A batch without recipients, for a batch whose plan is not stored.
    pub const fn empty(number: BatchNumber) -> Self {
        Self { number, recipients: Vec::new(), erased: BTreeMap::new() }
    }

    /// Reads a stored plan.
    pub fn unpack(number: BatchNumber, bytes: &[u8]) -> Result<Self, PackedError> {
        let recipients = packed::unpack(bytes)?;
        // Another recipient would share the slot number of the first.
        if recipients.len() > usize::from(MAX_SLOTS) {
            return Err(PackedError::Corrupt);
        }
        Ok(Self { number, recipients, erased: BTreeMap::new() })
    }

    /// A copy with the slots of erased recipients, each with the prefix of its price.
    pub fn with_erased(self, erased: BTreeMap<Slot, String>) -> Result<Self, PackedError> {
        let batch = Self { erased, ..self };
        let last = batch.erased.last_key_value().map(|(slot, _)| usize::from(*slot));
        let is_within = batch.len() <= usize::from(MAX_SLOTS) && last.is_none_or(|slot| slot < batch.len());
        if is_within { Ok(batch) } else { Err(PackedError::Corrupt) }
    }

    /// The stored numbers of the plan.
    pub fn pack(&self) -> Vec<u8> {
        packed::pack(&self.recipients)
    }

    /// The batch's number within the campaign.
    pub const fn number(&self) -> BatchNumber {
        self.number
    }

    /// How many recipients it has, including erased ones.
    pub fn len(&self) -> usize {
        self.recipients.len() + self.erased.len()
    }

    /// Whether it has no recipients, which is never true of a campaign's batch.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers of the recipients that are not erased. If none is erased, the index is the slot.
    pub fn recipients(&self) -> &[Msisdn] {
        &self.recipients
    }

    /// The slots of erased recipients, each with the prefix of its price.
    pub const fn erased(&self) -> &BTreeMap<Slot, String> {
        &self.erased
    }

    /// The number at a slot; `None` if it is erased or the slot does not exist.
    pub fn recipient(&self, slot: Slot) -> Option<Msisdn> {
        if self.erased.contains_key(&slot) {
            return None;
        }
        let erased_before = self.erased.range(..slot).count();
        self.recipients.get(usize::from(slot) - erased_before).copied()
    }

    /// The slot of a number, if it is in this batch.
    pub fn slot_of(&self, msisdn: Msisdn) -> Option<Slot> {
        let mut slot = self.recipients.binary_search(&msisdn).ok()?;
        for erased in self.erased.keys() {
            if usize::from(*erased) <= slot {
                slot += 1;
            }
        }
        Some(slot as Slot)
    }

    /// The cost of the message to a slot; `None` without a price, or if the slot does not exist.
    pub fn cost(&self, slot: Slot, price: MessagePrice<'_>) -> Option<Money> {
        match self.erased.get(&slot) {
            Some(prefix) => price.under(prefix),
            None => price.to(self.recipient(slot)?),
        }
    }

    /// The batch without a number, whose slot keeps the prefix of its price; `None` if the batch does not have the
    /// number.
    pub fn without(&self, msisdn: Msisdn, prefix: String) -> Option<Self> {
        let slot = self.slot_of(msisdn)?;
        let mut batch = self.clone();
        batch.recipients.retain(|number| *number != msisdn);
        batch.erased.insert(slot, prefix);
        Some(batch)
    }

    /// The batch's first number in the audience's order; `None` if all are erased.
    fn first_place(&self) -> Option<(u8, Msisdn)> {
        self.recipients.iter().map(|number| place(*number)).min()
    }
}

impl fmt::Debug for RecipientBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, recipients, erased } = self;
        f.debug_struct("RecipientBatch")
            .field("number", number)
            .field("recipients", &recipients.len())
            .field("erased", &erased.len())
            .finish()
    }
}

/// Splits an audience into its batches, pairwise disjoint, all together exactly the audience.
pub fn split(audience: &Audience, size: BatchSize) -> impl Iterator<Item = RecipientBatch> + '_ {
    audience.recipients().chunks(size.get()).zip(0..).map(|(chunk, number)| {
        let mut recipients = chunk.to_vec();
        recipients.sort_unstable();
        RecipientBatch { number, recipients, erased: BTreeMap::new() }
    })
}

/// How many full batches an audience makes.
pub fn batches_of(recipients: u64) -> BatchNumber {
    BatchSize::FULL.batches_of(recipients)
}

/// The first number of each batch of a campaign, in the audience's order. Finds a number's batch by binary search, for
/// reports that name only the number.
#[derive(Clone, PartialEq, Eq)]
pub struct Directory {
    starts: Vec<(u8, Msisdn)>,
}

const DIRECTORY_VERSION: u8 = 1;

impl Directory {
    /// The directory of an audience's batches of a size.
    pub fn of(audience: &Audience, size: BatchSize) -> Self {
        let first = |chunk: &[Msisdn]| chunk.first().map(|&number| place(number));
        Self { starts: audience.recipients().chunks(size.get()).filter_map(first).collect() }
    }

    /// The only batch that can hold the number.
    pub fn batch_of(&self, msisdn: Msisdn) -> Option<BatchNumber> {
        let sought = place(msisdn);
        self.starts.partition_point(|start| *start <= sought).checked_sub(1).map(|batch| batch as BatchNumber)
    }

    /// The directory after the first number of a batch was erased: the batch then begins with its next number or, if
    /// none is left, where the next batch begins. `None` if the batch does not begin with the number.
    pub fn without(&self, msisdn: Msisdn, batch: &RecipientBatch) -> Option<Self> {
        let (index, erased) = (batch.number() as usize, place(msisdn));
        self.starts.get(index).filter(|start| **start == erased)?;
        let after = || self.starts.get(index + 1).copied();
        let start = batch.first_place().or_else(after).or_else(beyond_every_number)?;
        // Earlier batches without numbers begin where this one begins, so they change too.
        let starts = self.starts.iter().map(|before| if *before == erased { start } else { *before });
        Some(Self { starts: starts.collect() })
    }

    /// The stored form.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![DIRECTORY_VERSION];
        for (leaf, number) in &self.starts {
            bytes.push(*leaf);
            bytes.extend(number.as_u64().to_le_bytes());
        }
        bytes
    }

    /// Reads the stored form.
    pub fn decode(bytes: &[u8]) -> Result<Self, PackedError> {
        let mut reader = Reader::over(bytes);
        match reader.byte()? {
            DIRECTORY_VERSION => {}
            other => return Err(PackedError::UnknownVersion(other)),
        }
        let (entries, []) = bytes.get(1..).unwrap_or_default().as_chunks::<9>() else {
            return Err(PackedError::Truncated);
        };
        let start = |&[leaf, a, b, c, d, e, f, g, h]: &[u8; 9]| {
            Ok((leaf, Msisdn::from_digits(u64::from_le_bytes([a, b, c, d, e, f, g, h]))?))
        };
        Ok(Self { starts: entries.iter().map(start).collect::<Result<_, PackedError>>()? })
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Directory({} batches)", self.starts.len())
    }
}

/// A position after every possible number.
fn beyond_every_number() -> Option<(u8, Msisdn)> {
    Some((u8::MAX, Msisdn::from_digits(999_999_999_999_999).ok()?))
}

/// A number's place in an audience.
const fn place(number: Msisdn) -> (u8, Msisdn) {
    (leaf_of(number), number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::msisdn::MsisdnError;

    #[test]
    fn a_plan_has_a_slot_for_each_of_its_recipients() {
        let first = 254_700_000_000;
        let plan = |recipients: u64| packed::pack(&(first..first + recipients).collect::<Vec<_>>());
        let most = u64::from(MAX_SLOTS);
        assert_eq!(
            RecipientBatch::unpack(0, &plan(most)).map(|plan| plan.recipients().len() as u64),
            Ok(most)
        );
        assert_eq!(RecipientBatch::unpack(0, &plan(most + 1)), Err(PackedError::Corrupt));
    }

    fn numbers(range: std::ops::Range<u64>) -> Vec<Msisdn> {
        range.map(|n| Msisdn::from_digits(254_711_000_000 + n).unwrap()).collect()
    }

    #[test]
    fn erasing_a_recipient_changes_no_slot() {
        let numbers = numbers(0..6);
        let whole = RecipientBatch::unpack(0, &packed::pack(&numbers)).unwrap();
        let mut batch = whole.clone();
        for (count, erased) in [3, 0, 5, 4, 1, 2].into_iter().enumerate() {
            batch = batch.without(numbers[erased], "254".to_owned()).unwrap();
            assert_eq!(batch.len(), 6);
            assert_eq!(batch.erased().len(), count + 1);
            for (slot, number) in (0..).zip(&numbers) {
                let stays = (!batch.erased().contains_key(&slot)).then_some(*number);
                assert_eq!(batch.recipient(slot), stays, "{slot}");
                assert_eq!(batch.slot_of(*number), stays.map(|_| slot), "{slot}");
            }
            let read = RecipientBatch::unpack(0, &batch.pack()).unwrap();
            assert_eq!(read.with_erased(batch.erased().clone()), Ok(batch.clone()));
        }
        assert_eq!(batch.without(numbers[0], "254".to_owned()), None, "it is gone");
        let beyond = BTreeMap::from([(7, "254".to_owned())]);
        assert_eq!(whole.with_erased(beyond), Err(PackedError::Corrupt));
    }

    #[test]
    fn a_directory_finds_all_other_numbers_after_one_is_erased() {
        let numbers = numbers(0..30);
        let mut audience = Audience::default();
        for leaf in 0..=u8::MAX {
            let of_leaf: Vec<Msisdn> = numbers.iter().copied().filter(|n| leaf_of(*n) == leaf).collect();
            audience.add_leaf(&[&packed::pack(&of_leaf)], None).unwrap();
        }
        let size = BatchSize::try_from(7).unwrap();
        let mut batches: Vec<RecipientBatch> = split(&audience, size).collect();
        let mut directory = Directory::of(&audience, size);
        for erased in audience.recipients().to_vec() {
            let index = directory.batch_of(erased).unwrap() as usize;
            batches[index] = batches[index].without(erased, "254".to_owned()).unwrap();
            directory = directory.without(erased, &batches[index]).unwrap_or(directory);
            assert!(!directory.starts.contains(&place(erased)));
            for batch in &batches {
                for number in batch.recipients() {
                    assert_eq!(directory.batch_of(*number), Some(batch.number()));
                }
            }
        }
    }

    #[test]
    fn a_damaged_plan_or_directory_never_holds_an_invalid_number() {
        let damaged = Err(PackedError::NotAPhoneNumber(MsisdnError::TooShort));
        assert_eq!(RecipientBatch::unpack(0, &packed::pack(&[7_u64, 254_712_345_678])), damaged);
        let entry = [&[DIRECTORY_VERSION, 9][..], &7_u64.to_le_bytes()].concat();
        assert_eq!(Directory::decode(&entry), Err(PackedError::NotAPhoneNumber(MsisdnError::TooShort)));
    }

    #[test]
    fn a_batch_has_at_least_one_recipient_and_at_most_a_full_batch() {
        let most = BATCH_RECIPIENTS as u16;
        for recipients in [1, 40, most] {
            assert_eq!(BatchSize::try_from(recipients).map(u16::from), Ok(recipients));
        }
        assert_eq!([0, most + 1].map(BatchSize::try_from), [Err(BatchSizeError), Err(BatchSizeError)]);
    }
}
