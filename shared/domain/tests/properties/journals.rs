use domain::{
    delivery::DeliveryStatus,
    ids::{AccountName, Slot},
    journal::{self, DropReason, Intent, Progress, Record, SlotOutcome},
    outcome::RefusalReason,
    timestamp::Timestamp,
};
use proptest::prelude::*;

const RECIPIENTS: usize = 40;

fn id() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        "ATXid_[0-9a-f]{32}".prop_map(Some),
        "[0-9a-f]{1,40}".prop_map(Some),
        "\\PC{0,24}".prop_map(Some),
    ]
}

fn accounts() -> [AccountName; 3] {
    ["at-ke", "aws", "a2345678901234567890"].map(AccountName::new)
}

fn account() -> impl Strategy<Value = AccountName> {
    proptest::sample::select(accounts().to_vec())
}

fn outcome() -> impl Strategy<Value = SlotOutcome> {
    let reason = proptest::sample::select(RefusalReason::ALL.to_vec());
    let elsewhere = RefusalReason::ALL.into_iter().filter(|reason| reason.may_go_elsewhere());
    let elsewhere = proptest::sample::select(elsewhere.collect::<Vec<_>>());
    prop_oneof![
        id().prop_map(SlotOutcome::Accepted),
        (reason, "\\PC{0,12}").prop_map(|(reason, code)| SlotOutcome::Refused(reason, code)),
        (elsewhere, "\\PC{0,12}").prop_map(|(reason, code)| SlotOutcome::Declined(reason, code)),
        Just(SlotOutcome::PutOff),
        Just(SlotOutcome::NotTaken),
        Just(SlotOutcome::Unknown),
        "\\PC{0,12}".prop_map(SlotOutcome::Unlisted),
    ]
}

fn slots() -> impl Strategy<Value = Vec<Slot>> {
    proptest::collection::btree_set(0..RECIPIENTS as Slot, 0..RECIPIENTS).prop_map(Vec::from_iter)
}

prop_compose! {
    fn record()(
        token in 0u64..1 << 53,
        at in 0i64..4_000_000_000_000,
        outcomes in proptest::collection::vec(outcome(), 0..120),
        dropped in proptest::collection::vec((proptest::sample::select(DropReason::ALL.to_vec()), slots()), 0..3),
        account in account(),
        intent in slots(),
    ) -> Record {
        let intent = Intent::new(account, intent);
        Record { token, at: Timestamp::from_millis(at), outcomes, dropped, intent }
    }
}

/// The first account that has not declined a recipient.
fn next_account(progress: &Progress, slot: Slot) -> Option<AccountName> {
    accounts().into_iter().find(|account| !progress.has_declined(*account, slot))
}

/// The journal of a worker that hands over groups of a size, each to one account, and gets these outcomes.
fn play(group: usize, outcomes: Vec<SlotOutcome>) -> (Progress, Vec<Vec<Slot>>) {
    let mut progress = Progress::new(RECIPIENTS);
    let (mut handed_over, mut answers, mut last) = (Vec::new(), outcomes.into_iter(), Vec::new());
    loop {
        let (dropped, queued): (Vec<Slot>, Vec<Slot>) =
            progress.queued_slots().partition(|slot| next_account(&progress, *slot).is_none());
        let account = queued.first().and_then(|slot| next_account(&progress, *slot));
        let intent: Vec<Slot> =
            queued.into_iter().filter(|slot| next_account(&progress, *slot) == account).take(group).collect();
        if intent.is_empty() && dropped.is_empty() && last.is_empty() {
            return (progress, handed_over);
        }
        let record = Record {
            token: 1,
            at: Timestamp::from_secs(1),
            outcomes: std::mem::take(&mut last),
            dropped: vec![(DropReason::Unrouted, dropped)],
            intent: account.and_then(|account| Intent::new(account, intent.clone())),
        };
        let checked = progress.check(record).unwrap();
        progress.apply(journal::decode(checked.bytes()).unwrap()).unwrap();
        last = intent.iter().map(|_| answers.next().unwrap_or(SlotOutcome::Accepted(None))).collect();
        handed_over.push(intent);
    }
}

/// A batch with one finished group and another one in flight.
fn play_once(group: usize, outcomes: Vec<SlotOutcome>) -> Progress {
    let at = Timestamp::from_secs(1);
    let mut progress = Progress::new(RECIPIENTS);
    let first: Vec<Slot> = (0..RECIPIENTS as Slot).rev().take(outcomes.len()).rev().collect();
    let outcomes = outcomes.into_iter().take(first.len()).collect();
    let to = |intent| Intent::new(accounts()[0], intent);
    progress.apply(Record { token: 1, at, outcomes: vec![], dropped: vec![], intent: to(first) }).unwrap();
    progress.apply(Record { token: 1, at, outcomes, dropped: vec![], intent: None }).unwrap();
    let goes = |slot: &Slot| !progress.has_declined(accounts()[0], *slot);
    let intent = to(progress.queued_slots().filter(goes).take(group).collect());
    progress.apply(Record { token: 1, at, outcomes: vec![], dropped: vec![], intent }).unwrap();
    progress
}

proptest! {
    #[test]
    fn every_record_is_decoded_as_it_was_encoded(record in record()) {
        prop_assert_eq!(journal::decode(&journal::encode(&record)), Ok(record));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = journal::decode(&bytes);
        let mut framed = vec![1];
        framed.extend(bytes);
        let checksum = crc32fast::hash(&framed);
        framed.extend(checksum.to_le_bytes());
        let _ = journal::decode(&framed);
    }

    #[test]
    fn a_worker_hands_over_every_recipient_once_and_again_only_after_it_was_put_off(
        group in 1usize..20, outcomes in proptest::collection::vec(outcome(), 0..400),
    ) {
        let (progress, handed_over) = play(group, outcomes);
        prop_assert!(progress.is_done());
        // The fold rejects a second hand-over of a recipient, so a journal that folds is the proof.
        let calls: usize = handed_over.iter().map(Vec::len).sum();
        prop_assert!(calls >= RECIPIENTS);
        for state in progress.slots() {
            prop_assert!(state.status != DeliveryStatus::Queued);
        }
    }

    #[test]
    fn a_record_is_checked_when_it_is_read_and_has_an_outcome_for_each_recipient_of_its_group(
        group in 0usize..20, outcomes in proptest::collection::vec(outcome(), 0..60), records in proptest::collection::vec(record(), 1..8),
    ) {
        let mut progress = play_once(group, outcomes);
        for record in records {
            let checked = progress.check(record.clone());
            prop_assert_eq!(checked.is_ok(), progress.clone().apply(record.clone()).is_ok());
            let Ok(checked) = checked else { continue };
            prop_assert_eq!(record.outcomes.len(), progress.in_flight().len());
            prop_assert_eq!(checked.number(), progress.next_record());
            let read = journal::decode(checked.bytes());
            prop_assert_eq!(read.as_ref(), Ok(&record));
            progress.apply(record).unwrap();
        }
    }

    #[test]
    fn outcomes_that_are_not_one_for_each_of_the_group_are_never_stored(
        group in 0usize..20, outcomes in proptest::collection::vec(outcome(), 0..40),
    ) {
        let progress = play_once(group, Vec::new());
        let in_flight = progress.in_flight().len();
        let fits = outcomes.len() == in_flight;
        let record = Record { token: 1, at: Timestamp::from_secs(1), outcomes, dropped: vec![], intent: None };
        prop_assert_eq!(progress.check(record).is_ok(), fits);
    }

    #[test]
    fn an_account_that_has_declined_a_recipient_never_gets_it_again(
        group in 1usize..20, outcomes in proptest::collection::vec(outcome(), 0..400),
    ) {
        let (progress, _) = play(group, outcomes);
        for state in progress.slots() {
            let unique: std::collections::BTreeSet<AccountName> = state.declined_by.iter().copied().collect();
            prop_assert_eq!(unique.len(), state.declined_by.len());
        }
    }

    #[test]
    fn a_recipient_that_was_accepted_is_never_queued_again(records in proptest::collection::vec(record(), 1..6)) {
        let mut progress = Progress::new(RECIPIENTS);
        for record in records {
            let before: Vec<DeliveryStatus> = progress.slots().iter().map(|slot| slot.status).collect();
            let outcome = progress.apply(record);
            for (was, is) in before.iter().zip(progress.slots()) {
                prop_assert!(*was == is.status || was.can_become(is.status));
            }
            if outcome.is_err() {
                break;
            }
        }
    }
}
