use domain::{
    delivery::DeliveryStatus,
    ids::Slot,
    receipt::{DeliveryReceipt, ReportSheet, Reported},
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

proptest! {
    #[test]
    fn what_a_sheet_says_depends_on_the_set_of_reports_alone(
        receipts in proptest::collection::vec(receipt(), 0..40), again in 0usize..40,
    ) {
        let mut other: Vec<_> = receipts.iter().rev().cloned().collect();
        other.extend(receipts.get(again).cloned());
        prop_assert_eq!(seen(&sheet(&receipts)), seen(&sheet(&other)));
    }

    #[test]
    fn a_status_only_moves_up_whatever_is_reported(
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
    fn a_sheet_comes_back_as_it_was_stored(receipts in proptest::collection::vec(receipt(), 0..40)) {
        let sheet = sheet(&receipts);
        prop_assert_eq!(ReportSheet::decode(&sheet.encode(), RECIPIENTS), Ok(sheet));
    }

    #[test]
    fn no_bytes_whatsoever_make_the_reader_stumble(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = ReportSheet::decode(&bytes, RECIPIENTS);
    }
}
