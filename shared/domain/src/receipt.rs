//! Delivery reports of a batch: one sheet besides the journal, and how both give a recipient's status.
//!
//! The sheet keeps the highest report for each recipient, so a set of reports gives the same sheet in any order, and
//! if some come more than once.

mod fit;
mod reported;

use thiserror::Error;

pub use fit::{MatchedBy, ReportFit, SlotReport};
pub use reported::{DeliveryReceipt, MAX_WORD_BYTES, Reported};

use crate::{
    ids::Slot,
    packed::{PackedError, Reader, write_varint},
};

/// Kinds of report that one sheet can distinguish; reports of further kinds keep their status without its code.
const MAX_KINDS: usize = 250;

/// Every recipient's highest report.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReportSheet {
    kinds: Vec<DeliveryReceipt>,
    /// For each slot 0, or one more than an index into `kinds`.
    slots: Vec<u8>,
}

/// Why a report cannot be put on a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the batch has no slot {0}")]
pub struct NoSuchSlot(pub Slot);

impl ReportSheet {
    /// An empty sheet for this count of recipients.
    pub fn new(recipients: usize) -> Self {
        Self { kinds: Vec::new(), slots: vec![0; recipients] }
    }

    /// The highest report for a recipient.
    pub fn get(&self, slot: Slot) -> Option<&DeliveryReceipt> {
        let kind = self.slots.get(usize::from(slot))?.checked_sub(1)?;
        self.kinds.get(usize::from(kind))
    }

    /// Puts a report on the sheet; returns whether the sheet changed. Of two reports with the same status the one whose
    /// words sort first is kept, so that the sheet depends on the set of reports alone.
    pub fn apply(&mut self, slot: Slot, receipt: &DeliveryReceipt) -> Result<bool, NoSuchSlot> {
        if usize::from(slot) >= self.slots.len() {
            return Err(NoSuchSlot(slot));
        }
        if self.get(slot).is_some_and(|known| !outranks(receipt, known)) {
            return Ok(false);
        }
        let kind = self.kind_of(receipt);
        if let Some(place) = self.slots.get_mut(usize::from(slot)) {
            *place = kind;
        }
        Ok(true)
    }

    fn kind_of(&mut self, receipt: &DeliveryReceipt) -> u8 {
        let known = |kinds: &[DeliveryReceipt], receipt: &DeliveryReceipt| {
            kinds.iter().position(|kind| kind == receipt)
        };
        let bare = DeliveryReceipt::new(receipt.reported, None, None);
        let receipt = if self.kinds.len() < MAX_KINDS || known(&self.kinds, receipt).is_some() {
            receipt
        } else {
            &bare
        };
        let index = known(&self.kinds, receipt).unwrap_or_else(|| {
            self.kinds.push(receipt.clone());
            self.kinds.len() - 1
        });
        index as u8 + 1
    }
}

fn outranks(new: &DeliveryReceipt, known: &DeliveryReceipt) -> bool {
    let words = |receipt: &DeliveryReceipt| (receipt.code.clone(), receipt.network.clone());
    new.reported > known.reported || (new.reported == known.reported && words(new) < words(known))
}

const VERSION: u8 = 1;

impl ReportSheet {
    /// The stored form: version, kinds, then for each recipient as many bits as the number of kinds needs. With up to
    /// three kinds that is 250 bytes for a thousand recipients, which keeps a batch's most written item within one
    /// write unit.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        write_varint(&mut bytes, self.kinds.len() as u64);
        for kind in &self.kinds {
            bytes.push(kind.reported as u8);
            for word in [&kind.code, &kind.network] {
                let word = word.as_deref().unwrap_or_default();
                write_varint(&mut bytes, word.len() as u64);
                bytes.extend(word.bytes());
            }
        }
        let width = width_of(self.kinds.len());
        let mut packed = vec![0; (self.slots.len() * width).div_ceil(8)];
        for (slot, kind) in self.slots.iter().enumerate() {
            for bit in (0..width).filter(|bit| kind >> bit & 1 == 1) {
                let place = slot * width + bit;
                packed[place / 8] |= 1 << (place % 8);
            }
        }
        bytes.extend(packed);
        bytes
    }

    /// Reads the stored form of a sheet for this count of recipients.
    pub fn decode(bytes: &[u8], recipients: usize) -> Result<Self, PackedError> {
        let mut reader = Reader::over(bytes);
        let version = reader.byte()?;
        if version != VERSION {
            return Err(PackedError::UnknownVersion(version));
        }
        let mut kinds = Vec::new();
        let count = reader.varint()?;
        if count > u64::from(u8::MAX) {
            return Err(PackedError::Corrupt);
        }
        for _ in 0..count {
            let reported = *Reported::ALL.get(usize::from(reader.byte()?)).ok_or(PackedError::Corrupt)?;
            let (code, network) = (read_word(&mut reader)?, read_word(&mut reader)?);
            kinds.push(DeliveryReceipt { reported, code, network });
        }
        let slots = read_slots(&mut reader, recipients, width_of(kinds.len()))?;
        reader.finish()?;
        if slots.iter().any(|kind| usize::from(*kind) > kinds.len()) {
            return Err(PackedError::Corrupt);
        }
        Ok(Self { kinds, slots })
    }
}

fn read_slots(reader: &mut Reader<'_>, recipients: usize, width: usize) -> Result<Vec<u8>, PackedError> {
    let packed = reader.take((recipients * width).div_ceil(8))?;
    let bit = |place: usize| packed.get(place / 8).map_or(0, |byte| byte >> (place % 8) & 1);
    let kind = |slot: usize| (0..width).map(|n| bit(slot * width + n) << n).sum();
    Ok((0..recipients).map(kind).collect())
}

/// Bits for "no report" and each kind: at most eight, because the kinds are limited.
const fn width_of(kinds: usize) -> usize {
    (usize::BITS - kinds.leading_zeros()) as usize
}

fn read_word(reader: &mut Reader<'_>) -> Result<Option<String>, PackedError> {
    let length = usize::try_from(reader.varint()?).map_err(|_| PackedError::Corrupt)?;
    let word = std::str::from_utf8(reader.take(length)?).map_err(|_| PackedError::Corrupt)?;
    Ok((!word.is_empty()).then(|| word.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::DeliveryStatus;

    #[test]
    fn only_a_higher_report_changes_a_sheet() {
        let mut sheet = ReportSheet::new(2);
        let delivered = DeliveryReceipt::new(Reported::Delivered, None, Some("63902"));
        let failed = DeliveryReceipt::new(Reported::Undelivered, Some("DeliveryFailure"), Some("63902"));
        assert_eq!(sheet.apply(0, &failed), Ok(true));
        assert_eq!(sheet.apply(0, &delivered), Ok(true));
        assert_eq!(sheet.apply(0, &delivered), Ok(false));
        assert_eq!(sheet.apply(0, &failed), Ok(false));
        assert_eq!(sheet.apply(2, &failed), Err(NoSuchSlot(2)));
        assert_eq!(sheet.get(0), Some(&delivered));
        assert_eq!(sheet.get(1), None);
        assert_eq!(ReportSheet::decode(&sheet.encode(), 2), Ok(sheet));
    }

    #[test]
    fn a_sheet_is_read_as_it_was_written_and_is_small_with_few_kinds() {
        for kinds in [0, 1, 2, 3, 4, 7, 8, 200, 250, 300u32] {
            let mut sheet = ReportSheet::new(1_000);
            for slot in 0..1_000u16 {
                let code = format!("{}", u32::from(slot) % kinds.max(1));
                let receipt = DeliveryReceipt::new(Reported::Undelivered, Some(&code), None);
                if kinds > 0 && slot % 5 != 0 {
                    sheet.apply(slot, &receipt).unwrap();
                }
            }
            let bytes = sheet.encode();
            assert!(kinds > 3 || bytes.len() < 300, "{kinds}: {}", bytes.len());
            assert_eq!(ReportSheet::decode(&bytes[..bytes.len() - 1], 1_000), Err(PackedError::Truncated));
            assert_eq!(ReportSheet::decode(&bytes, 1_000), Ok(sheet));
        }
    }

    #[test]
    fn a_sheet_of_a_newer_version_is_refused() {
        assert_eq!(ReportSheet::decode(&[2, 0], 0), Err(PackedError::UnknownVersion(2)));
    }

    #[test]
    fn a_report_changes_a_status_only_as_the_table_allows() {
        for status in DeliveryStatus::ALL {
            for reported in Reported::ALL {
                let next = reported.fold_into(status);
                assert!(next == status || status.can_become(next), "{status} {reported:?} {next}");
            }
        }
    }

    #[test]
    fn a_code_of_a_report_is_kept_only_if_it_is_printable_and_short() {
        let word = |text: &str| DeliveryReceipt::new(Reported::Delivered, Some(text), None).code;
        assert_eq!(word("User In\u{7}Black\u{e9}List").as_deref(), Some("UserInBlackList"));
        assert_eq!(word(&"x".repeat(MAX_WORD_BYTES + 1)), Some("x".repeat(MAX_WORD_BYTES)));
        assert_eq!((word(""), word(" \u{e9}")), (None, None));
    }

    #[test]
    fn beyond_the_kinds_that_a_sheet_can_distinguish_reports_keep_only_their_status() {
        let mut sheet = ReportSheet::new(300);
        for slot in 0..300u16 {
            let receipt = DeliveryReceipt::new(Reported::Undelivered, Some(&format!("{slot}")), None);
            sheet.apply(slot, &receipt).unwrap();
        }
        let code = |slot| sheet.get(slot).and_then(|receipt| receipt.code.as_deref());
        assert_eq!([code(0), code(249), code(250), code(299)], [Some("0"), Some("249"), None, None]);
        assert_eq!(ReportSheet::decode(&sheet.encode(), 300), Ok(sheet));
    }

    #[test]
    fn of_two_reports_with_one_status_the_same_is_kept_in_either_order() {
        let receipt = |code| DeliveryReceipt::new(Reported::Undelivered, Some(code), None);
        for order in [["AbsentSubscriber", "Blocked"], ["Blocked", "AbsentSubscriber"]] {
            let mut sheet = ReportSheet::new(1);
            for code in order {
                sheet.apply(0, &receipt(code)).unwrap();
            }
            assert_eq!(sheet.get(0), Some(&receipt("AbsentSubscriber")));
        }
    }

    #[test]
    fn a_sheet_has_at_most_the_kinds_that_a_byte_can_distinguish() {
        let sheet_of = |kinds: u64| {
            let mut bytes = vec![VERSION];
            write_varint(&mut bytes, kinds);
            bytes.extend((0..kinds).flat_map(|_| [Reported::Delivered as u8, 0, 0]));
            bytes.push(u8::MAX);
            ReportSheet::decode(&bytes, 1).map(|sheet| sheet.get(0).is_some())
        };
        assert_eq!(sheet_of(255), Ok(true));
        assert_eq!(sheet_of(256), Err(PackedError::Corrupt));
    }
}
