//! Batches: the unit of everything after the accept. About a thousand recipients, packed, immutable.

use crate::{
    audience::Audience,
    ids::{BatchNumber, MessageId, Slot},
    msisdn::Msisdn,
    packed::{self, PackedError, Reader},
    roster::leaf_of,
};

/// Recipients of a full batch. Packed they take 2–8 KB: a few write units, one read.
pub const BATCH_RECIPIENTS: usize = 1_000;
/// Most recipients of one campaign.
pub const MAX_RECIPIENTS: usize = 10_000_000;

const _: () = assert!(BATCH_RECIPIENTS <= MessageId::MAX_SLOTS as usize);
const _: () = assert!(MAX_RECIPIENTS / BATCH_RECIPIENTS < MessageId::MAX_BATCHES as usize);

/// The frozen plan of one batch: its recipients by number; a recipient's place is its slot for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientBatch {
    number: BatchNumber,
    recipients: Vec<u64>,
}

impl RecipientBatch {
    /// Reads a stored plan.
    pub fn unpack(number: BatchNumber, bytes: &[u8]) -> Result<Self, PackedError> {
        Ok(Self { number, recipients: packed::unpack(bytes)? })
    }

    /// The stored plan.
    pub fn pack(&self) -> Vec<u8> {
        packed::pack(&self.recipients)
    }

    /// Its number within the campaign.
    pub const fn number(&self) -> BatchNumber {
        self.number
    }

    /// Its recipients' numbers; the index is the slot.
    pub fn recipients(&self) -> &[u64] {
        &self.recipients
    }

    /// The recipient at a slot.
    pub fn recipient(&self, slot: Slot) -> Option<Msisdn> {
        self.recipients.get(usize::from(slot)).and_then(|&number| Msisdn::from_digits(number).ok())
    }

    /// The slot of a number, where it is in this batch.
    pub fn slot_of(&self, msisdn: Msisdn) -> Option<Slot> {
        self.recipients.binary_search(&msisdn.as_u64()).ok().map(|slot| slot as Slot)
    }
}

/// Splits an audience into its batches, pairwise disjoint, all together exactly the audience.
pub fn split(audience: &Audience) -> impl Iterator<Item = RecipientBatch> + '_ {
    audience.recipients().chunks(BATCH_RECIPIENTS).zip(0..).map(|(chunk, number)| {
        let mut recipients = chunk.to_vec();
        recipients.sort_unstable();
        RecipientBatch { number, recipients }
    })
}

/// How many batches an audience makes.
pub fn batches_of(recipients: u64) -> BatchNumber {
    recipients.div_ceil(BATCH_RECIPIENTS as u64) as BatchNumber
}

/// How many recipients a batch of a campaign holds.
pub fn recipients_of(batch: BatchNumber, recipients: u64) -> usize {
    let before = u64::from(batch) * BATCH_RECIPIENTS as u64;
    recipients.saturating_sub(before).min(BATCH_RECIPIENTS as u64) as usize
}

/// Where each batch of a campaign begins, in the audience's order: finds a number's batch by binary
/// search, for reports that name only the number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    starts: Vec<(u8, u64)>,
}

const DIRECTORY_VERSION: u8 = 1;

impl Directory {
    /// The directory of an audience's batches.
    pub fn of(audience: &Audience) -> Self {
        let first = |chunk: &[u64]| chunk.first().map(|&number| place(number));
        Self { starts: audience.recipients().chunks(BATCH_RECIPIENTS).filter_map(first).collect() }
    }

    /// The only batch that can hold the number.
    pub fn batch_of(&self, msisdn: Msisdn) -> Option<BatchNumber> {
        let sought = place(msisdn.as_u64());
        self.starts.partition_point(|start| *start <= sought).checked_sub(1).map(|batch| batch as BatchNumber)
    }

    /// The stored form.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![DIRECTORY_VERSION];
        for (leaf, number) in &self.starts {
            bytes.push(*leaf);
            bytes.extend(number.to_le_bytes());
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
        let starts = entries
            .iter()
            .map(|&[leaf, a, b, c, d, e, f, g, h]| (leaf, u64::from_le_bytes([a, b, c, d, e, f, g, h])));
        Ok(Self { starts: starts.collect() })
    }
}

/// A number's place in an audience.
const fn place(number: u64) -> (u8, u64) {
    (leaf_of(number), number)
}
