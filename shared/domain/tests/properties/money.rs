use domain::{
    money::{Currency, Money},
    msisdn::Msisdn,
    tariff::{Price, Tariff},
    text::SegmentCount,
    wallet::{Posting, PostingKind, Wallet, WalletChange},
};
use proptest::prelude::*;

fn posting() -> impl Strategy<Value = Posting> {
    let kinds = vec![
        PostingKind::TopUp,
        PostingKind::Correction,
        PostingKind::Reserve,
        PostingKind::Settle,
        PostingKind::Release,
    ];
    // Some amounts are so large that a wallet can have two of them but not three.
    let amounts = prop_oneof![6 => 0i64..10_000_000, 1 => i64::MAX / 9..i64::MAX / 8];
    (proptest::sample::select(kinds), amounts).prop_map(|(kind, amount)| Posting {
        id: String::new(),
        kind,
        amount: Money::from_ten_thousandths(amount),
        campaign: None,
        reason: None,
    })
}

proptest! {
    #[test]
    fn every_amount_is_parsed_from_its_own_text(amount in any::<i64>()) {
        let money = Money::from_ten_thousandths(amount);
        if amount != i64::MIN {
            for code in ["UGX", "KES", "BHD"] {
                prop_assert_eq!(code.parse::<Currency>().unwrap().decimal(money).parse(), Ok(money));
            }
        }
    }

    #[test]
    fn top_ups_less_corrections_are_available_reserved_and_charged_together(
        postings in proptest::collection::vec(posting(), 0..60),
    ) {
        let (mut wallet, mut paid) = (Wallet::default(), Money::ZERO);
        for posting in postings {
            let change = WalletChange::of(std::slice::from_ref(&posting)).unwrap();
            let next = wallet.changed_by(change);
            // The condition of the write refuses exactly what the rule refuses.
            let (least, most) = (change.least(), change.most());
            let holds = (least.available..=most.available).contains(&wallet.available)
                && (least.reserved..=most.reserved).contains(&wallet.reserved)
                && (least.charged..=most.charged).contains(&wallet.charged);
            prop_assert_eq!(next.is_ok(), holds);
            let Ok(next) = next else { continue };
            paid = match posting.kind {
                PostingKind::TopUp => paid.checked_add(posting.amount).unwrap(),
                PostingKind::Correction => paid.checked_sub(posting.amount).unwrap(),
                PostingKind::Reserve | PostingKind::Settle | PostingKind::Release => paid,
            };
            wallet = next;
            let parts = [wallet.available, wallet.reserved, wallet.charged];
            prop_assert_eq!(Money::checked_sum(parts), Ok(paid));
        }
    }

    #[test]
    fn a_quote_is_the_sum_of_the_costs_of_its_recipients(
        numbers in proptest::collection::vec(1_000_000u64..999_999_999_999_999, 0..200),
        prices in proptest::collection::btree_map("[1-9][0-9]{0,5}", 0i64..100_000, 0..12),
        segments in 1u8..=10,
    ) {
        let price = |(prefix, amount): (&String, &i64)| Price {
            prefix: prefix.clone(),
            per_segment: Money::from_ten_thousandths(*amount),
        };
        let mut list: Vec<Price> = prices.iter().map(price).collect();
        list.push(Price { prefix: String::new(), per_segment: Money::from_ten_thousandths(7) });
        let (tariff, segments) = (Tariff::new(list).unwrap(), SegmentCount::try_from(segments).unwrap());
        let numbers: Vec<Msisdn> = numbers.into_iter().map(|n| Msisdn::from_digits(n).unwrap()).collect();
        let quote = tariff.quote(&numbers, segments).unwrap();
        let each = numbers.iter().map(|number| tariff.cost(*number, segments).unwrap());
        prop_assert_eq!(Money::checked_sum(each), Ok(quote.cost));
        // The longest prefix, by the definition and not by arithmetic.
        for number in &numbers {
            let text = number.digits();
            let longest = prices.keys().filter(|prefix| text.starts_with(prefix.as_str())).max_by_key(|p| p.len());
            let longest = longest.cloned().unwrap_or_default();
            prop_assert_eq!(&tariff.price(*number).unwrap().prefix, &longest);
        }
    }
}
