//! Packed items. Most have a checksum, which detects damage first: it is corrected here, so that the reader behind it
//! is tested too.

use domain::{
    audience::Audience,
    batch::{BatchSize, Directory, RecipientBatch},
    ids::AccountName,
    journal::{self, DropReason, Intent, Progress, Record, SlotOutcome},
    msisdn::Msisdn,
    opt_out::{OptOutOrigin, OptOutSource, pack_origins, unpack_origins},
    outcome::RefusalReason,
    packed,
    receipt::{DeliveryReceipt, ReportSheet, Reported},
    roster::{Leaf, leaf_of},
    sender_id::SenderId,
    timestamp::Timestamp,
};
use fuzzing::{Input, inputs, play};
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq};

use crate::memory::{Allowance, PLAIN, within};

const CASES: u32 = 1_000;
const CHECKSUM_BYTES: usize = 4;
const RECIPIENTS: usize = 40;
/// A run of slots takes two bytes, however long it is: a batch's slots, in each list of a record, and ids that only say
/// how much of the id before they share.
const RECORD: Allowance = Allowance { free: 512 * 1024, per_byte: 1_024 };

/// Inputs of which half have a checksum that is right.
fn checked(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Input> {
    (inputs(seeds), any::<bool>()).prop_map(|(input, repair)| if repair { repaired(input) } else { input })
}

fn repaired(Input(mut bytes): Input) -> Input {
    bytes.truncate(bytes.len().saturating_sub(CHECKSUM_BYTES));
    let checksum = crc32fast::hash(&bytes);
    bytes.extend(checksum.to_le_bytes());
    Input(bytes)
}

fn packed_numbers() -> Vec<Vec<u8>> {
    let neighbours: Vec<u64> = (254_711_500_000..254_711_500_040).collect();
    let limits = [1_000_000, 1_000_001, 999_999_999_999_999];
    [&[][..], &[0], &[1, 127, 128, u64::MAX], &neighbours, &limits].map(packed::pack).to_vec()
}

#[test]
fn any_bytes_read_as_a_packed_set_are_sorted_and_written_back_unchanged() {
    let seeds = packed_numbers();
    play(CASES, &checked(seeds), |Input(bytes)| {
        let counted = packed::count(&bytes);
        let Ok(numbers) = within(PLAIN, &bytes, packed::unpack::<u64>) else { return Ok(()) };
        prop_assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
        prop_assert_eq!(counted, Ok(numbers.len() as u64));
        prop_assert_eq!(packed::unpack(&packed::pack(&numbers)), Ok(numbers));
        Ok(())
    });
}

#[test]
fn a_leaf_a_plan_and_an_audience_are_read_completely_or_are_an_error() {
    let seeds = packed_numbers();
    play(CASES, &checked(seeds.clone()), |Input(bytes)| {
        let leaf = within(PLAIN, &bytes, |bytes| Leaf::unpack(bytes, Some(bytes), &seeds[1]));
        let plan = within(PLAIN, &bytes, |bytes| RecipientBatch::unpack(7, bytes));
        let mut audience = Audience::default();
        let merged = audience.add_leaf(&[&bytes, &seeds[3]], Some(&bytes));
        prop_assert_eq!(leaf.is_ok(), merged.is_ok());
        let (Ok(leaf), Ok(plan)) = (leaf, plan) else { return Ok(()) };
        prop_assert_eq!((leaf.mobiles(), leaf.others()), (plan.recipients(), plan.recipients()));
        prop_assert_eq!(RecipientBatch::unpack(7, &plan.pack()), Ok(plan));
        let others = leaf.pack_others();
        let stored = Leaf::unpack(&leaf.pack_mobiles(), others.as_deref(), &leaf.pack_phoneless());
        prop_assert_eq!(stored, Ok(leaf));
        Ok(())
    });
}

fn records() -> Vec<Record> {
    let at = Timestamp::from_millis(1_795_420_805_000);
    let accepted = |id: &str| SlotOutcome::Accepted(Some(id.to_owned()));
    let refused = |reason| SlotOutcome::Refused(reason, "406".to_owned());
    let to = |account, slots: &[u16]| Intent::new(AccountName::new(account), slots.to_vec());
    let intent = to("at-ke", &[0, 1, 2, 3, 4, 5, 6, 13]);
    let first = Record { token: 7, at, outcomes: vec![], dropped: vec![], intent };
    let outcomes = vec![
        accepted("ATXid_0123456789abcdef0123456789abcdef"),
        accepted("ATXid_0123456789abcdef0123456789abcdf0"),
        SlotOutcome::Accepted(None),
        refused(RefusalReason::OptedOut),
        SlotOutcome::PutOff,
        SlotOutcome::Unknown,
        SlotOutcome::Unlisted("777".to_owned()),
        SlotOutcome::Declined(RefusalReason::NotRouted, "407".to_owned()),
    ];
    let dropped = vec![(DropReason::OptedOut, vec![7, 9]), (DropReason::Expired, vec![8])];
    let intent = to("aws", &[4, 10, 11, 12, 13, 39]);
    let second = Record { token: u64::MAX, at, outcomes, dropped, intent };
    let outcomes = vec![SlotOutcome::NotTaken; 6];
    let last = Record { token: 8, at, outcomes, dropped: vec![], intent: None };
    vec![first, second, last]
}

#[test]
fn a_journal_record_is_read_and_folded_or_is_an_error() {
    let seeds: Vec<Vec<u8>> = records().iter().map(journal::encode).collect();
    play(CASES, &checked(seeds), |Input(bytes)| {
        let Ok(record) = within(RECORD, &bytes, journal::decode) else { return Ok(()) };
        prop_assert_eq!(journal::decode(&journal::encode(&record)), Ok(record.clone()));
        let mut progress = Progress::fold(RECIPIENTS, records().into_iter().take(2)).unwrap();
        if progress.apply(record).is_ok() {
            prop_assert_eq!(progress.slots().len(), RECIPIENTS);
            prop_assert_eq!(progress.next_record(), 4);
        }
        Ok(())
    });
}

#[test]
fn any_bytes_read_as_a_report_sheet_are_written_back_unchanged() {
    let mut sheet = ReportSheet::new(RECIPIENTS);
    let mut seeds = vec![sheet.encode()];
    for (slot, code) in (0..RECIPIENTS as u16).zip(["UserInBlackList", "7", ""].into_iter().cycle()) {
        let receipt = DeliveryReceipt::new(Reported::ALL[usize::from(slot) % 3], Some(code), Some("63902"));
        sheet.apply(slot, &receipt).unwrap();
        seeds.push(sheet.encode());
    }
    play(CASES, &inputs(seeds), |Input(bytes)| {
        let read = |bytes: &[u8]| ReportSheet::decode(bytes, RECIPIENTS);
        let Ok(mut sheet) = within(PLAIN, &bytes, read) else { return Ok(()) };
        prop_assert_eq!(read(&sheet.encode()), Ok(sheet.clone()));
        let delivered = DeliveryReceipt::new(Reported::Delivered, None, None);
        prop_assert!(sheet.apply(0, &delivered).is_ok());
        prop_assert_eq!(sheet.get(0).map(|receipt| receipt.reported), Some(Reported::Delivered));
        prop_assert_eq!(read(&sheet.encode()), Ok(sheet));
        Ok(())
    });
}

#[test]
fn any_bytes_read_as_origins_of_opt_outs_are_written_back_unchanged() {
    let sender = |text: &str| SenderId::parse(text).ok();
    let origin = |source, sender, secs| OptOutOrigin::new(source, sender, Timestamp::from_secs(secs));
    let origins = [
        origin(OptOutSource::Network, sender("TALKNTALK"), 1_795_420_805),
        origin(OptOutSource::Refusal, sender("ACME"), 1_795_420_999),
        origin(OptOutSource::Organisation, None, 0),
    ];
    let seeds = (0..=origins.len()).map(|count| pack_origins(&origins[..count])).collect();
    play(CASES, &checked(seeds), |Input(bytes)| {
        for count in 0..=origins.len() {
            let unpacked = within(PLAIN, &bytes, |bytes| unpack_origins(bytes, count));
            let Ok(origins) = unpacked else { continue };
            prop_assert_eq!(unpack_origins(&pack_origins(&origins), count), Ok(origins));
        }
        Ok(())
    });
}

#[test]
fn any_bytes_read_as_a_directory_are_written_back_unchanged() {
    let mut leaves = vec![Vec::new(); 256];
    let numbers = (254_711_500_000..254_711_500_300).map(|digits| Msisdn::from_digits(digits).unwrap());
    numbers.for_each(|number| leaves[usize::from(leaf_of(number))].push(number));
    let mut audience = Audience::default();
    for leaf in &leaves {
        audience.add_leaf(&[&packed::pack(leaf)], None).unwrap();
    }
    let size = BatchSize::try_from(25).unwrap();
    let seeds =
        vec![Directory::of(&audience, size).encode(), Directory::of(&Audience::default(), size).encode()];
    play(CASES, &inputs(seeds), |Input(bytes)| {
        let Ok(directory) = within(PLAIN, &bytes, Directory::decode) else { return Ok(()) };
        prop_assert_eq!(directory.encode(), bytes);
        Ok(())
    });
}
