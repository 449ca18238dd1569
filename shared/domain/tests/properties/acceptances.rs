use std::collections::BTreeSet;

use domain::{
    acceptance::{Check, Condition, DailySpending, DailyTests, room_under_cap},
    api_key::KeyMode,
    duplicate::{DuplicateGuard, EarlierSend, Fingerprint, Repetition},
    ids::{BookId, CampaignId},
    money::Money,
    timestamp::{Millis, Timestamp},
    wallet::{Posting, Wallet, WalletChange},
};
use proptest::prelude::*;

const SPAN: i64 = 1_000_000;

fn instant() -> impl Strategy<Value = Timestamp> {
    (0..SPAN).prop_map(Timestamp::from_millis)
}

fn money(amounts: std::ops::Range<i64>) -> impl Strategy<Value = Money> {
    amounts.prop_map(Money::from_ten_thousandths)
}

proptest! {
    #[test]
    fn a_send_is_accepted_exactly_if_balance_and_cap_allow_it_and_it_is_not_a_duplicate(
        mode in proptest::sample::select(vec![KeyMode::Live, KeyMode::Test]),
        (cost, available) in (money(0..100), money(0..100)),
        daily in proptest::option::of((money(0..100), money(0..100))),
        (recipients, tests) in (0u64..20, proptest::option::of((0u64..20, 0u64..20))),
        repeats in proptest::option::of(1u64..9),
    ) {
        let repeats = repeats.and_then(CampaignId::new);
        let tests = tests.map(|(cap, recipients)| DailyTests { cap, recipients });
        let daily = daily.map(|(cap, spent)| DailySpending { cap, spent });
        let check = Check { mode, cost, available, recipients, daily, tests, repeats };
        // The conditions by the definition, and the wallet's by its postings.
        let reserve = WalletChange::of(&[Posting::reserve(CampaignId::new(9).unwrap(), mode.moves(cost))]);
        let is_affordable = Wallet { available, ..Wallet::default() }.changed_by(reserve.unwrap()).is_ok();
        let is_within = |daily: DailySpending| daily.spent.checked_add(cost).unwrap() <= daily.cap;
        let unmet = [
            (Condition::Affordable, !is_affordable),
            (Condition::WithinDailyCap, mode == KeyMode::Live && !daily.is_none_or(is_within)),
            (Condition::WithinTestCap, tests.is_some_and(|tests| tests.recipients + recipients > tests.cap)),
            (Condition::NoDuplicate, repeats.is_some()),
        ];
        let unmet: BTreeSet<Condition> = unmet.into_iter().filter(|(_, is_unmet)| *is_unmet).map(|(c, _)| c).collect();
        prop_assert_eq!(check.refusal().map(|refusal| refusal.condition()), unmet.first().copied());
    }

    #[test]
    fn campaigns_of_one_day_never_cost_more_than_the_cap(
        cap in money(0..1_000),
        costs in proptest::collection::vec(money(0..400), 0..40),
    ) {
        // The write's condition compares the same two amounts.
        let mut spent = Money::ZERO;
        for cost in costs {
            if room_under_cap(cap, cost).is_some_and(|room| spent <= room) {
                spent = spent.checked_add(cost).unwrap();
            }
            prop_assert!(spent <= cap);
        }
    }

    #[test]
    fn a_repetition_within_the_window_is_refused_and_no_other_send(
        window in 0..SPAN,
        (first, second) in (instant(), instant()),
        is_meant in any::<bool>(),
        books in proptest::collection::vec(any::<u128>(), 0..5),
        other in any::<u128>(),
    ) {
        let books: Vec<BookId> = books.into_iter().map(|book| BookId(uuid::Uuid::from_u128(book))).collect();
        let print = |books: &[BookId]| Fingerprint::of("Hello!", books);
        let guard = |repetition| {
            DuplicateGuard::of(KeyMode::Live, Some(Millis(window)), || print(&books), repetition).unwrap()
        };
        let campaign = CampaignId::new(84).unwrap();
        let ends_at = guard(Repetition::Mistake).ends_at(first);
        let earlier = EarlierSend { campaign, ends_at, repeated_until: None };
        let repetition = if is_meant { Repetition::Meant } else { Repetition::Mistake };
        let repeated = guard(repetition).repeats(Some(earlier), second);
        let is_within = second.millis() - first.millis() <= window;
        prop_assert_eq!(repeated, (is_within && !is_meant).then_some(campaign));

        let reversed: Vec<BookId> = books.iter().rev().copied().collect();
        prop_assert_eq!(print(&reversed), print(&books));
        let more: Vec<BookId> = books.iter().copied().chain([BookId(uuid::Uuid::from_u128(other))]).collect();
        prop_assert_ne!(print(&more), print(&books));
    }
}
