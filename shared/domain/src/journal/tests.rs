use super::*;

fn record(outcomes: Vec<SlotOutcome>, intent: impl IntoIterator<Item = Slot>) -> Record {
    let at = Timestamp::from_secs(1_800_000_000);
    Record { token: 7, at, outcomes, dropped: Vec::new(), intent: intent.into_iter().collect() }
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
    let progress = Progress::fold(4, records).unwrap();
    use DeliveryStatus::{Failed, Queued, Sent, Unconfirmed};
    assert_eq!(statuses(&progress), [Sent, Unconfirmed, Failed, Queued]);
    assert_eq!(progress.queued_slots().collect::<Vec<_>>(), [3]);
    assert_eq!(progress.next_record(), 4);
    assert!(!progress.is_done());
}

#[test]
fn nobody_accepted_unknown_or_refused_can_be_handed_over_again() {
    for outcome in [
        SlotOutcome::Accepted(None),
        SlotOutcome::Unknown,
        SlotOutcome::Refused(RefusalReason::Rejected, String::new()),
    ] {
        let records = [record(vec![], [0]), record(vec![outcome], [0])];
        assert_eq!(Progress::fold(1, records), Err(JournalError::TakenTwice { record: 2, slot: 0 }));
    }
}

#[test]
fn who_was_not_taken_may_be_handed_over_again_but_not_for_ever() {
    let mut progress = Progress::new(1);
    progress.apply(record(vec![], [0])).unwrap();
    for _ in 0..MAX_RETURNS {
        assert_eq!(progress.exhausted_slots(), []);
        progress.apply(record(vec![SlotOutcome::NotTaken], [0])).unwrap();
        progress.apply(record(vec![SlotOutcome::Returned], [])).unwrap();
        if progress.exhausted_slots().is_empty() {
            progress.apply(record(vec![], [0])).unwrap();
        }
    }
    assert_eq!(progress.exhausted_slots(), [0]);
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
fn a_hundred_provider_ids_take_less_than_two_kilobytes() {
    let id = |n: u128| format!("ATXid_{:032x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
    let outcomes = (1..=100).map(|n| SlotOutcome::Accepted(Some(id(n)))).collect();
    let record = record(outcomes, 100..200);
    let bytes = encode(&record);
    assert_eq!(decode(&bytes), Ok(record));
    assert!(bytes.len() < 2_000, "{}", bytes.len());
}

/// A provider may call its messages what it likes: the shared beginning ends between letters, never in one.
#[test]
fn ids_of_other_letters_than_hex_come_back() {
    for ids in [["\u{468}", "\u{468}a"], ["\u{468}1", "\u{468}a1"], ["\u{e9}", "\u{ea}"], ["", "\u{1f600}"]] {
        let accepted = ids.map(|id| SlotOutcome::Accepted(Some(id.to_owned())));
        let written = record(accepted.to_vec(), []);
        assert_eq!(decode(&encode(&written)), Ok(written), "{ids:?}");
    }
}

/// Three bytes name a long id again, four a whole batch: what a record says must not take more memory than a batch.
#[test]
fn a_record_that_asks_for_more_than_a_batch_is_damaged() {
    let framed = |body: &[&[u8]]| {
        let mut bytes = [&[1, 7, 0][..], &body.concat()].concat();
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes
    };
    let (none, unknown): (&[u8], u8) = (&[0], 5);
    let last = [1, 0xff, 0x7f, 1];
    assert_eq!(decode(&framed(&[none, none, &last])).map(|record| record.intent), Ok(vec![16_383]));
    let long_id = [&[1, 0, 0, 0x80, 0x10][..], &[b'a'; 1_024]].concat();
    assert!(decode(&framed(&[&long_id, none, none])).is_ok());
    for damaged in [
        // A slot that no batch has.
        framed(&[none, none, &[1, 0x80, 0x80, 1, 1]]),
        // More lists than there are reasons.
        framed(&[none, &[5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], none]),
        // More outcomes than slots.
        framed(&[&[0x81, 0x80, 1], &[unknown; 16_385], none, none]),
        // A longer id than any.
        framed(&[&[1, 0, 0, 0x82, 0x10], &[b'a'; 1_025], none, none]),
    ] {
        assert_eq!(decode(&damaged), Err(PackedError::Corrupt), "{} bytes", damaged.len());
    }
}
