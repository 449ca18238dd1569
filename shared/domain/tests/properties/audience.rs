use std::collections::BTreeSet;

use domain::{
    audience::{Audience, SkipReason},
    msisdn::Msisdn,
    packed,
    roster::leaf_of,
};
use proptest::prelude::*;

/// Numbers of a small country, so that books overlap.
fn book() -> impl Strategy<Value = BTreeSet<Msisdn>> {
    let number = (254_700_000_000u64..254_700_000_600).prop_map(|n| Msisdn::from_digits(n).unwrap());
    proptest::collection::btree_set(number, 0..300)
}

fn leaf(book: &BTreeSet<Msisdn>, leaf: u8) -> Vec<u8> {
    let numbers: Vec<Msisdn> = book.iter().copied().filter(|number| leaf_of(*number) == leaf).collect();
    packed::pack(&numbers)
}

fn audience(books: &[BTreeSet<Msisdn>], opted_out: &BTreeSet<Msisdn>) -> Audience {
    let mut audience = Audience::default();
    for at in 0..=u8::MAX {
        let leaves: Vec<Vec<u8>> = books.iter().map(|book| leaf(book, at)).collect();
        let leaves: Vec<&[u8]> = leaves.iter().map(Vec::as_slice).collect();
        audience.add_leaf(&leaves, Some(&leaf(opted_out, at))).unwrap();
    }
    audience
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_audience_is_the_union_of_the_books_less_the_opt_outs(
        books in proptest::collection::vec(book(), 1..5), opted_out in book(),
    ) {
        let audience = audience(&books, &opted_out);
        let union: BTreeSet<Msisdn> = books.iter().flatten().copied().collect();
        let expected: BTreeSet<Msisdn> = union.difference(&opted_out).copied().collect();
        let found: BTreeSet<Msisdn> = audience.recipients().iter().copied().collect();
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(audience.recipients().len(), found.len(), "each once");
        let contacts: usize = books.iter().map(BTreeSet::len).sum();
        let skipped = audience.skipped();
        prop_assert_eq!(skipped.duplicate as usize, contacts - union.len());
        prop_assert_eq!(skipped.opted_out as usize, union.len() - expected.len());
    }

    #[test]
    fn the_order_of_the_books_does_not_matter(books in proptest::collection::vec(book(), 2..5)) {
        let none = BTreeSet::new();
        let mut turned = books.clone();
        turned.reverse();
        prop_assert_eq!(audience(&books, &none), audience(&turned, &none));
    }

    #[test]
    fn every_contact_that_is_left_out_is_counted(book in book(), parity in 0u64..2) {
        let mut audience = audience(std::slice::from_ref(&book), &BTreeSet::new());
        audience.retain(SkipReason::Unpriced, |number| number.as_u64() % 2 == parity);
        prop_assert_eq!(audience.recipients().len() + audience.skipped().unpriced as usize, book.len());
    }
}
