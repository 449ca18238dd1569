//! The money of a campaign, from its acceptance to the end of its wait for reports.

use domain::{
    api_key::KeyMode,
    batch::{BatchState, RecipientBatch},
    campaign::Counts,
    delivery::DeliveryStatus,
    ids::Slot,
    keys::BatchKey,
    money::Money,
    msisdn::Msisdn,
    packed,
    settlement::{BatchMoney, StatusStep, Tally},
    tariff::{Price, Tariff},
    text::SegmentCount,
    wallet::{Posting, Settlement, Wallet, WalletChange},
};
use proptest::prelude::*;

/// Every second recipient of a batch is in the dearer of two networks.
fn plan(recipients: usize) -> RecipientBatch {
    let number = |place: u64| {
        let network = if place.is_multiple_of(2) { 254_700_000_000 } else { 254_110_000_000 };
        Msisdn::from_digits(network + place).unwrap()
    };
    let mut numbers: Vec<Msisdn> = (0..recipients as u64).map(number).collect();
    numbers.sort_unstable();
    RecipientBatch::unpack(0, &packed::pack(&numbers)).unwrap()
}

fn tariff(prices: [i64; 2]) -> Tariff {
    let price = |(prefix, amount): (&str, i64)| Price {
        prefix: prefix.to_owned(),
        per_segment: Money::from_ten_thousandths(amount),
    };
    Tariff::new(["2547", "25411"].into_iter().zip(prices).map(price).collect()).unwrap()
}

/// The statuses that recipients of a closed batch may have, and a report about each.
fn outcome() -> impl Strategy<Value = (DeliveryStatus, DeliveryStatus)> {
    let closed = DeliveryStatus::ALL.into_iter().filter(|status| status.is_dispatched());
    let any = proptest::sample::select(DeliveryStatus::ALL.to_vec());
    (proptest::sample::select(closed.collect::<Vec<_>>()), any)
}

proptest! {
    #[test]
    fn at_its_end_a_batch_has_charged_and_released_exactly_what_was_reserved(
        outcomes in proptest::collection::vec(outcome(), 1..60),
        prices in [0i64..100_000, 0i64..100_000],
        segments in 1u8..=10,
        in_time in 0usize..60,
        mode in proptest::sample::select(vec![KeyMode::Live, KeyMode::Test]),
    ) {
        let (plan, tariff) = (plan(outcomes.len()), tariff(prices));
        let segments = SegmentCount::try_from(segments).unwrap();
        let price = tariff.message(segments);
        let reserved = mode.moves(tariff.quote(plan.recipients(), segments).unwrap().cost);
        let batch: BatchKey = "00000000000000000000000000000001.84.0".parse().unwrap();
        let (mut ledger, mut counts) = (vec![Posting::reserve(batch.campaign.campaign, reserved)], Counts::default());

        let closed: Vec<DeliveryStatus> = outcomes.iter().map(|(status, _)| *status).collect();
        let tally = Tally::of_batch(&plan, &closed, price).unwrap();
        ledger.extend(tally.moved(mode).postings(batch, Settlement::AtDispatch));
        counts = counts.plus(tally.counts);

        // Some reports come one by one before the end of the wait, the others after it.
        let (mut held, mut statuses) = (tally.held, closed);
        for (slot, (from, reported)) in outcomes.iter().copied().enumerate() {
            if slot == in_time {
                let tally = Tally::of_timeout(held);
                ledger.extend(tally.moved(mode).postings(batch, Settlement::AtTimeout));
                held = Money::ZERO;
            }
            if from.can_become(reported) {
                let step = StatusStep { slot: slot as Slot, from, to: reported };
                let money = BatchMoney { state: BatchState::Closed, held };
                let tally = Tally::of_reports(&plan, &[step], price, held).unwrap();
                prop_assert!(!money.is_too_late(&step) || tally.charged == Money::ZERO);
                ledger.extend(tally.moved(mode).postings(batch, Settlement::ByReports(slot as u64)));
                counts = counts.plus(tally.counts);
                (held, statuses[slot]) = (tally.held, reported);
            }
        }
        let tally = Tally::of_timeout(held);
        ledger.extend(tally.moved(mode).postings(batch, Settlement::AtTimeout));

        let change = WalletChange::of(&ledger).unwrap();
        prop_assert_eq!(change.reserved, Money::ZERO, "all that was reserved is charged or released");
        prop_assert_eq!(Money::checked_sum([change.available, change.charged]), Ok(Money::ZERO));
        let wallet = Wallet { available: reserved, ..Wallet::default() };
        prop_assert!(wallet.changed_by(change).is_ok(), "no more than was reserved");
        prop_assert_eq!(counts, Counts::of(statuses));
    }

    #[test]
    fn a_row_is_shown_as_paid_exactly_if_its_money_was_charged_or_is_reserved(
        (closed, reported) in outcome(),
        is_in_time in any::<bool>(),
    ) {
        let (plan, tariff) = (plan(1), tariff([10_000, 10_000]));
        let price = tariff.message(SegmentCount::ONE);
        let tally = Tally::of_batch(&plan, &[closed], price).unwrap();
        let held = if is_in_time { tally.held } else { Money::ZERO };
        let mut money = BatchMoney { state: BatchState::Closed, held };
        let (mut status, mut charged, mut is_unpaid) = (closed, tally.charged, false);
        if closed.can_become(reported) {
            let step = StatusStep { slot: 0, from: closed, to: reported };
            is_unpaid = money.is_too_late(&step);
            let tally = Tally::of_reports(&plan, &[step], price, held).unwrap();
            charged = charged.checked_add(tally.charged).unwrap();
            (status, money.held) = (reported, tally.held);
        }
        let paid = charged.is_positive() || money.held.is_positive();
        prop_assert_eq!(money.is_paid(status, is_unpaid), paid);
    }
}
