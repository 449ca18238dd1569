use std::collections::BTreeSet;

use domain::{
    audience::Audience,
    batch::{self, BATCH_RECIPIENTS, Directory, RecipientBatch},
    msisdn::Msisdn,
    packed,
    roster::leaf_of,
};
use proptest::prelude::*;

fn audience(numbers: &BTreeSet<u64>) -> Audience {
    let mut audience = Audience::default();
    for leaf in 0..=u8::MAX {
        let numbers: Vec<u64> = numbers.iter().copied().filter(|number| leaf_of(*number) == leaf).collect();
        audience.add_leaf(&[&packed::pack(&numbers)], None).unwrap();
    }
    audience
}

fn numbers() -> impl Strategy<Value = BTreeSet<u64>> {
    proptest::collection::btree_set(1_000_000u64..999_999_999_999_999, 1..3_500)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn batches_are_disjoint_and_make_up_exactly_the_audience(numbers in numbers()) {
        let audience = audience(&numbers);
        let batches: Vec<RecipientBatch> = batch::split(&audience).collect();
        prop_assert_eq!(batches.len() as u32, batch::batches_of(numbers.len() as u64));
        let all: Vec<u64> = batches.iter().flat_map(|batch| batch.recipients().to_vec()).collect();
        prop_assert_eq!(all.len(), numbers.len());
        prop_assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), numbers.clone());
        for batch in &batches {
            let size = batch::recipients_of(batch.number(), numbers.len() as u64);
            prop_assert_eq!(batch.recipients().len(), size);
            prop_assert!(size <= BATCH_RECIPIENTS);
            let stored = RecipientBatch::unpack(batch.number(), &batch.pack());
            prop_assert_eq!(stored.as_ref(), Ok(batch));
        }
    }

    #[test]
    fn a_number_is_found_by_directory_and_plan_and_a_strange_one_is_not(
        numbers in numbers(), stranger in 1_000_000u64..999_999_999_999_999,
    ) {
        let audience = audience(&numbers);
        let directory = Directory::decode(&Directory::of(&audience).encode()).unwrap();
        let batches: Vec<RecipientBatch> = batch::split(&audience).collect();
        let find = |number| {
            let msisdn = Msisdn::from_digits(number).unwrap();
            let batch = &batches[directory.batch_of(msisdn)? as usize];
            batch.recipient(batch.slot_of(msisdn)?)
        };
        for &number in &numbers {
            prop_assert_eq!(find(number).map(Msisdn::as_u64), Some(number));
        }
        prop_assert_eq!(find(stranger).is_some(), numbers.contains(&stranger));
    }
}
