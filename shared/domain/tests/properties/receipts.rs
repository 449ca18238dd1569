use domain::{
    delivery::DeliveryStatus,
    ids::{AccountName, Slot},
    journal::{Intent, Progress, Record, SlotOutcome},
    outcome::RefusalReason,
    receipt::{DeliveryReceipt, MatchedBy, ReportFit, ReportSheet, Reported, SlotReport},
    timestamp::Timestamp,
};
use proptest::prelude::*;

const RECIPIENTS: usize = 6;

fn receipt() -> impl Strategy<Value = (Slot, DeliveryReceipt)> {
    let reported = proptest::sample::select(Reported::ALL.to_vec());
    let word = || proptest::option::of("[A-Z]{1,3}");
    (0..RECIPIENTS as Slot, reported, word(), word()).prop_map(|(slot, reported, code, network)| {
        (slot, DeliveryReceipt::new(reported, code.as_deref(), network.as_deref()))
    })
}

fn sheet<'a>(receipts: impl IntoIterator<Item = &'a (Slot, DeliveryReceipt)>) -> ReportSheet {
    let mut sheet = ReportSheet::new(RECIPIENTS);
    for (slot, receipt) in receipts {
        sheet.apply(*slot, receipt).unwrap();
    }
    sheet
}

fn seen(sheet: &ReportSheet) -> Vec<Option<DeliveryReceipt>> {
    (0..RECIPIENTS as Slot).map(|slot| sheet.get(slot).cloned()).collect()
}

fn id() -> impl Strategy<Value = Option<String>> {
    proptest::option::of("[ab]")
}

fn outcome() -> impl Strategy<Value = SlotOutcome> {
    prop_oneof![
        id().prop_map(SlotOutcome::Accepted),
        Just(SlotOutcome::Refused(RefusalReason::Rejected, String::new())),
        Just(SlotOutcome::Declined(RefusalReason::Rejected, String::new())),
        Just(SlotOutcome::PutOff),
        Just(SlotOutcome::NotTaken),
        Just(SlotOutcome::Unknown),
        Just(SlotOutcome::Unlisted(String::new())),
    ]
}

fn slot_report() -> impl Strategy<Value = SlotReport> {
    let matched_by = prop_oneof![Just(MatchedBy::Id), Just(MatchedBy::Recipient)];
    let account = prop_oneof![Just(AccountName::new("at-ke")), Just(AccountName::new("infobip"))];
    (receipt(), account, id(), proptest::option::of(0..3_u8), matched_by).prop_map(
        |((slot, receipt), account, provider_message_id, times_put_off, matched_by)| SlotReport {
            slot,
            account,
            provider_message_id,
            times_put_off,
            receipt,
            matched_by,
        },
    )
}

fn record(outcomes: Vec<SlotOutcome>, intent: Vec<Slot>) -> Record {
    let intent = Intent::new(AccountName::new("at-ke"), intent);
    Record { token: 1, at: Timestamp::from_secs(1), outcomes, dropped: Vec::new(), intent }
}

proptest! {
    #[test]
    fn a_report_matches_only_a_message_that_may_have_gone_out_and_never_another_id(
        outcomes in proptest::collection::vec(outcome(), RECIPIENTS), report in slot_report(),
    ) {
        let all: Vec<Slot> = (0..RECIPIENTS as Slot).collect();
        let progress = Progress::fold(RECIPIENTS, [record(vec![], all), record(outcomes, vec![])]).unwrap();
        let state = &progress.slots()[usize::from(report.slot)];
        let went_out = matches!(state.status, DeliveryStatus::Sent | DeliveryStatus::Unconfirmed);
        let (known, reported) = (&state.provider_message_id, &report.provider_message_id);
        let both_known = known.is_some() && reported.is_some();
        let is_of_other_hand_over = report.times_put_off.is_some_and(|times| times != state.times_put_off);
        let is_of_other = state.account != Some(report.account) || is_of_other_hand_over;
        let differs = if both_known { known != reported } else { is_of_other };
        let fit = report.fit(&progress);
        prop_assert_eq!(fit == ReportFit::Unrelated, !went_out || differs);
        prop_assert!(fit != ReportFit::TooEarly, "no recipient is in flight");
        if report.matched_by == MatchedBy::Id && fit == ReportFit::Matches {
            prop_assert!(known.is_some() && known == reported);
        }
    }

    #[test]
    fn a_final_fit_is_not_changed_by_later_journal_records(
        outcomes in proptest::collection::vec(outcome(), RECIPIENTS),
        later in proptest::collection::vec(outcome(), RECIPIENTS),
        report in slot_report(),
    ) {
        let (first, second): (Vec<Slot>, Vec<Slot>) = (0..RECIPIENTS as Slot).partition(|slot| slot % 2 == 0);
        let mut progress = Progress::new(RECIPIENTS);
        progress.apply(record(vec![], first.clone())).unwrap();
        progress.apply(record(outcomes.into_iter().take(first.len()).collect(), second.clone())).unwrap();
        let (fit, may_change) = (report.fit(&progress), report.may_fit_otherwise_later(&progress));
        progress.apply(record(later.into_iter().take(second.len()).collect(), vec![])).unwrap();
        prop_assert!(may_change || report.fit(&progress) == fit);
    }

    #[test]
    fn a_sheet_depends_only_on_the_set_of_reports(
        receipts in proptest::collection::vec(receipt(), 0..40), again in 0usize..40,
    ) {
        let mut other: Vec<_> = receipts.iter().rev().cloned().collect();
        other.extend(receipts.get(again).cloned());
        prop_assert_eq!(seen(&sheet(&receipts)), seen(&sheet(&other)));
    }

    #[test]
    fn reports_only_move_a_status_up(
        receipts in proptest::collection::vec(receipt(), 0..40),
        dispatched in proptest::sample::select(DeliveryStatus::ALL.to_vec()),
    ) {
        let mut status = dispatched;
        let mut sheet = ReportSheet::new(RECIPIENTS);
        for (slot, receipt) in &receipts {
            sheet.apply(*slot, receipt).unwrap();
            let next = sheet.get(0).map_or(dispatched, |receipt| receipt.reported.fold_into(dispatched));
            prop_assert!(next == status || status.can_become(next), "{} -> {}", status, next);
            status = next;
        }
    }

    #[test]
    fn a_sheet_is_decoded_as_it_was_encoded(receipts in proptest::collection::vec(receipt(), 0..40)) {
        let sheet = sheet(&receipts);
        prop_assert_eq!(ReportSheet::decode(&sheet.encode(), RECIPIENTS), Ok(sheet));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = ReportSheet::decode(&bytes, RECIPIENTS);
    }
}
