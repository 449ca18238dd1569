use super::*;
use crate::{
    delivery::DeliveryStatus,
    ids::{AccountName, MAX_SLOTS, Slot},
    outcome::RefusalReason,
    packed::PackedError,
    timestamp::Timestamp,
};

const ACCOUNT: AccountName = AccountName::new("at-ke");
const OTHER: AccountName = AccountName::new("aws");

fn record(outcomes: Vec<SlotOutcome>, intent: impl IntoIterator<Item = Slot>) -> Record {
    let at = Timestamp::from_secs(1_800_000_000);
    let intent = Intent::new(ACCOUNT, intent.into_iter().collect());
    Record { token: 7, at, outcomes, dropped: Vec::new(), intent }
}

fn to(account: AccountName, record: Record) -> Record {
    let intent = record.intent.and_then(|intent| Intent::new(account, intent.slots));
    Record { intent, ..record }
}

fn declined() -> SlotOutcome {
    SlotOutcome::Declined(RefusalReason::NotRouted, "407".to_owned())
}

fn statuses(progress: &Progress) -> Vec<DeliveryStatus> {
    progress.slots().iter().map(|slot| slot.status).collect()
}

#[test]
fn outcomes_belong_to_the_intent_before_them() {
    let records = [
        record(vec![], [0, 1]),
        record(vec![SlotOutcome::Accepted(Some("a1".into())), SlotOutcome::Unknown], [2]),
        record(vec![SlotOutcome::Refused(RefusalReason::OptedOut, "406".into())], []),
    ];
    let mut progress = Progress::fold(4, records).unwrap();
    use DeliveryStatus::{Failed, Queued, Sent, Unconfirmed};
    assert_eq!(statuses(&progress), [Sent, Unconfirmed, Failed, Queued]);
    assert_eq!(progress.queued_slots().collect::<Vec<_>>(), [3]);
    assert_eq!(progress.next_record(), 4);
    assert!(!progress.is_done() && progress.in_flight().is_empty());
    progress.apply(record(vec![], [3])).unwrap();
    assert_eq!(progress.in_flight(), [3]);
}

#[test]
fn a_recipient_that_was_accepted_unknown_or_refused_is_not_handed_over_again() {
    for outcome in [
        SlotOutcome::Accepted(None),
        SlotOutcome::Unknown,
        SlotOutcome::Unlisted("777".into()),
        SlotOutcome::Refused(RefusalReason::Rejected, String::new()),
    ] {
        let records = [record(vec![], [0]), record(vec![outcome], [0])];
        assert_eq!(Progress::fold(1, records), Err(JournalError::TakenTwice { record: 2, slot: 0 }));
    }
}

#[test]
fn a_recipient_that_was_not_taken_may_be_handed_over_again_and_only_the_provider_puts_it_off() {
    let mut progress = Progress::new(1);
    progress.apply(record(vec![], [0])).unwrap();
    for _ in 0..300 {
        progress.apply(record(vec![SlotOutcome::NotTaken], [0])).unwrap();
        assert!(!progress.was_put_off_under(7, 0));
    }
    for times in 1..=300_usize {
        progress.apply(Record { token: 7, ..record(vec![SlotOutcome::PutOff], []) }).unwrap();
        assert_eq!(usize::from(progress.fewest_times_put_off()), times.min(usize::from(u8::MAX)));
        assert!(progress.was_put_off_under(7, 0) && !progress.was_put_off_under(8, 0));
        progress.apply(record(vec![], [0])).unwrap();
    }
}

#[test]
fn a_recipient_that_an_account_has_declined_goes_only_to_other_accounts() {
    let mut progress = Progress::new(2);
    progress.apply(record(vec![], [0, 1])).unwrap();
    let outcomes = vec![declined(), SlotOutcome::NotTaken];
    let again = |record| JournalError::DeclinedBefore { record, slot: 0, account: ACCOUNT };
    assert_eq!(progress.check(record(outcomes.clone(), [0])), Err(again(2)), "in the same record");
    assert!(progress.check(record(outcomes.clone(), [1])).is_ok());
    progress.apply(to(OTHER, record(outcomes, [0]))).unwrap();
    assert_eq!((progress.declined_by(0), progress.declined_by(1)), (&[ACCOUNT][..], &[][..]));
    assert_eq!((progress.in_flight(), progress.account_in_flight()), (&[0][..], Some(OTHER)));
    progress.apply(record(vec![SlotOutcome::NotTaken], [])).unwrap();
    assert_eq!(progress.check(record(vec![], [0, 1])), Err(again(4)), "however long ago");
    progress.apply(to(OTHER, record(vec![], [0]))).unwrap();
    progress.apply(record(vec![declined()], [1])).unwrap();
    assert_eq!(progress.declined_by(0), [ACCOUNT, OTHER]);
    assert_eq!(progress.slots()[1].account, Some(ACCOUNT));
    assert_eq!(statuses(&progress), [DeliveryStatus::Queued; 2]);
}

#[test]
fn only_a_reason_of_the_account_declines() {
    let mut progress = Progress::new(1);
    progress.apply(record(vec![], [0])).unwrap();
    for reason in RefusalReason::ALL {
        let checked = progress.check(record(vec![SlotOutcome::Declined(reason, String::new())], []));
        let not_storable = JournalError::NotStorable { record: 2 };
        assert_eq!(checked.err(), (!reason.may_go_elsewhere()).then_some(not_storable), "{reason:?}");
    }
    let without_slots = Some(Intent { account: ACCOUNT, slots: Slots::new() });
    let empty = Record { intent: without_slots, ..record(vec![SlotOutcome::NotTaken], []) };
    assert_eq!(progress.check(empty), Err(JournalError::NotStorable { record: 2 }));
}

#[test]
fn an_intent_without_outcomes_cannot_be_passed_over() {
    let records = [record(vec![], [0]), record(vec![], [1])];
    let missing = JournalError::OutcomesMissing { record: 2, outcomes: 0, intent: 1 };
    assert_eq!(Progress::fold(2, records), Err(missing));
}

#[test]
fn a_slot_beyond_the_batch_is_an_error() {
    let beyond = JournalError::NoSuchSlot { record: 1, slot: 2 };
    assert_eq!(Progress::fold(2, [record(vec![], [2])]), Err(beyond));
}

#[test]
fn only_a_record_that_fits_and_can_be_read_back_is_ever_stored() {
    let mut progress = Progress::new(3);
    progress.apply(record(vec![], [0, 1])).unwrap();
    let (accepted, put_off) = (SlotOutcome::Accepted(None), SlotOutcome::PutOff);
    let checked = progress.check(record(vec![accepted.clone(), put_off.clone()], [1, 2])).unwrap();
    assert_eq!(checked.number(), 2);
    assert_eq!(decode(checked.bytes()), Ok(checked.clone().into_record()));
    for outcomes in [vec![], vec![accepted.clone()], vec![accepted.clone(); 3]] {
        let missing = JournalError::OutcomesMissing { record: 2, outcomes: outcomes.len(), intent: 2 };
        assert_eq!(progress.check(record(outcomes, [2])), Err(missing));
    }
    let both = || vec![accepted.clone(), put_off.clone()];
    let out_of_order = JournalError::OutOfOrder { record: 2, slot: 1 };
    assert_eq!(progress.check(record(both(), [2, 1])), Err(out_of_order));
    let dropped = vec![(DropReason::Cancelled, vec![1]), (DropReason::Expired, vec![1])];
    let twice = JournalError::TakenTwice { record: 2, slot: 1 };
    assert_eq!(progress.check(Record { dropped, ..record(both(), []) }), Err(twice));
    let long_id = SlotOutcome::Accepted(Some("a".repeat(1_025)));
    let not_storable = JournalError::NotStorable { record: 2 };
    assert_eq!(progress.check(record(vec![long_id, put_off.clone()], [])), Err(not_storable.clone()));
    let before_1970 = Record { at: Timestamp::from_millis(-1), ..record(both(), []) };
    assert_eq!(progress.check(before_1970), Err(not_storable));
}

#[test]
fn a_record_that_does_not_fit_changes_nothing() {
    let mut progress = Progress::new(2);
    progress.apply(record(vec![], [0])).unwrap();
    let before = progress.clone();
    progress.apply(record(vec![SlotOutcome::Accepted(None)], [0])).unwrap_err();
    assert_eq!(progress, before);
}

#[test]
fn each_outcome_settles_its_status() {
    let outcomes = [
        SlotOutcome::Accepted(None),
        SlotOutcome::Refused(RefusalReason::Rejected, String::new()),
        declined(),
        SlotOutcome::PutOff,
        SlotOutcome::NotTaken,
        SlotOutcome::Unknown,
        SlotOutcome::Unlisted("777".into()),
    ];
    for outcome in outcomes {
        let status = outcome.status().unwrap_or(DeliveryStatus::Queued);
        let progress = Progress::fold(1, [record(vec![], [0]), record(vec![outcome], [])]).unwrap();
        assert_eq!(statuses(&progress), [status]);
    }
}

#[test]
fn a_hundred_provider_ids_take_less_than_two_kilobytes() {
    let id = |n: u128| format!("ATXid_{:032x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
    let outcomes = (1..=100).map(|n| SlotOutcome::Accepted(Some(id(n)))).collect();
    let record = record(outcomes, 100..200);
    let bytes = encode(&record);
    assert_eq!(decode(&bytes), Ok(record));
    assert!(bytes.len() < 2_000, "{}", bytes.len());
}

/// A provider's ids may have any characters: the shared beginning ends between characters, never inside one.
#[test]
fn ids_of_other_letters_than_hex_come_back() {
    for ids in [["\u{468}", "\u{468}a"], ["\u{468}1", "\u{468}a1"], ["\u{e9}", "\u{ea}"], ["", "\u{1f600}"]] {
        let accepted = ids.map(|id| SlotOutcome::Accepted(Some(id.to_owned())));
        let written = record(accepted.to_vec(), []);
        assert_eq!(decode(&encode(&written)), Ok(written), "{ids:?}");
    }
}

/// Three bytes repeat a long id, four bytes name a whole batch: reading a record must not take more memory than a
/// batch.
#[test]
fn a_record_that_asks_for_more_than_a_batch_is_damaged() {
    let framed = |body: &[&[u8]]| {
        let mut bytes = [&[1, 7, 0][..], &body.concat()].concat();
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes
    };
    let (none, unknown): (&[u8], u8) = (&[0], 5);
    let last = [1, 0xff, 0x7f, 1, 2, b'a', b't'];
    let intent = decode(&framed(&[none, none, &last])).map(|record| record.intent.unwrap().slots);
    assert_eq!(intent, Ok(vec![16_383]));
    let long_id = [&[1, 0, 0, 0x80, 0x10][..], &[b'a'; 1_024]].concat();
    assert!(decode(&framed(&[&long_id, none, none])).is_ok());
    for damaged in [
        // A slot that no batch has.
        framed(&[none, none, &[1, 0x80, 0x80, 1, 1]]),
        // More lists than there are reasons.
        framed(&[none, &[6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], none]),
        // An intent without an account, and an account without an intent.
        framed(&[none, none, &[1, 0, 1, 0]]),
        framed(&[none, none, &[1, 0, 1, 1, b'?']]),
        framed(&[none, none, &[0, 2, b'a', b't']]),
        // More outcomes than slots.
        framed(&[&[0x81, 0x80, 1], &[unknown; 16_385], none, none]),
        // An id that is longer than allowed.
        framed(&[&[1, 0, 0, 0x82, 0x10], &[b'a'; 1_025], none, none]),
    ] {
        assert_eq!(decode(&damaged), Err(PackedError::Corrupt), "{} bytes", damaged.len());
    }
}

#[test]
fn customers_read_why_in_words_that_stay() {
    let dropped = DropReason::ALL.map(Cause::Dropped);
    let codes = ["opted_out", "campaign_cancelled", "validity_expired", "gave_up", "unrouted"];
    assert_eq!(dropped.each_ref().map(Cause::code), codes);
    let refused = RefusalReason::ALL.map(|reason| Cause::Refused(reason, "406".into()));
    assert_eq!(refused.each_ref().map(Cause::code), RefusalReason::ALL.map(RefusalReason::code));
    let unknown = [Cause::NoAnswer, Cause::Unlisted("777".into())];
    assert_eq!(unknown.each_ref().map(Cause::code), ["no_answer", "unlisted_code"]);
    let causes = dropped.iter().chain(&refused).chain(&unknown);
    let sentences: std::collections::BTreeSet<&str> = causes.map(Cause::sentence).collect();
    assert_eq!(sentences.len(), dropped.len() + refused.len() + unknown.len(), "each says something else");
    assert!(sentences.iter().all(|sentence| sentence.len() > 20 && sentence.ends_with('.')), "{sentences:?}");
}

#[test]
fn an_odd_end_of_hex_takes_half_a_byte_a_digit_all_the_same() {
    let size = |ids: [&str; 2]| {
        encode(&record(ids.map(|id| SlotOutcome::Accepted(Some(id.into()))).to_vec(), [])).len()
    };
    // Seven different digits, and one that both share.
    assert_eq!(size(["x_a1111111", "x_a2222222"]), size(["x_11111111", "x_22222222"]));
}

#[test]
fn a_record_holds_as_much_as_a_batch_needs() {
    let every_slot: Slots = (0..MAX_SLOTS).collect();
    let dropped = DropReason::ALL.into_iter().zip(every_slot.chunks(1).map(<[Slot]>::to_vec)).collect();
    let outcomes = vec![SlotOutcome::Unknown; every_slot.len()];
    let full = Record { dropped, ..record(outcomes, every_slot) };
    assert_eq!(decode(&encode(&full)), Ok(full));
}
