use std::collections::BTreeSet;

use domain::{
    audience::Audience,
    batch::{self, BATCH_RECIPIENTS, BatchSize, Directory, RecipientBatch},
    msisdn::Msisdn,
    packed,
    roster::leaf_of,
};
use proptest::prelude::*;

fn audience(numbers: &BTreeSet<Msisdn>) -> Audience {
    let mut audience = Audience::default();
    for leaf in 0..=u8::MAX {
        let numbers: Vec<Msisdn> =
            numbers.iter().copied().filter(|number| leaf_of(*number) == leaf).collect();
        audience.add_leaf(&[&packed::pack(&numbers)], None).unwrap();
    }
    audience
}

fn number() -> impl Strategy<Value = Msisdn> {
    (1_000_000u64..=999_999_999_999_999).prop_map(|digits| Msisdn::from_digits(digits).unwrap())
}

fn numbers() -> impl Strategy<Value = BTreeSet<Msisdn>> {
    proptest::collection::btree_set(number(), 1..3_500)
}

fn size() -> impl Strategy<Value = BatchSize> {
    let any = (1..=BATCH_RECIPIENTS as u16).prop_map(|size| BatchSize::try_from(size).unwrap());
    prop_oneof![Just(BatchSize::FULL), any]
}

#[test]
fn a_batch_is_never_empty_and_never_larger_than_its_size() {
    let sizes = [0, 1, BATCH_RECIPIENTS as u16, BATCH_RECIPIENTS as u16 + 1];
    assert_eq!(sizes.map(|size| BatchSize::try_from(size).is_ok()), [false, true, true, false]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn batches_are_disjoint_and_make_up_exactly_the_audience(numbers in numbers(), size in size()) {
        let audience = audience(&numbers);
        let batches: Vec<RecipientBatch> = batch::split(&audience, size).collect();
        prop_assert_eq!(batches.len() as u32, size.batches_of(numbers.len() as u64));
        let all: Vec<Msisdn> = batches.iter().flat_map(|batch| batch.recipients().to_vec()).collect();
        prop_assert_eq!(all.len(), numbers.len());
        prop_assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), numbers.clone());
        for batch in &batches {
            let recipients = size.recipients_of(batch.number(), numbers.len() as u64);
            prop_assert_eq!(batch.recipients().len(), recipients);
            prop_assert!((1..=size.get()).contains(&recipients));
            let stored = RecipientBatch::unpack(batch.number(), &batch.pack());
            prop_assert_eq!(stored.as_ref(), Ok(batch));
        }
    }

    #[test]
    fn directory_and_plan_find_exactly_the_numbers_of_the_batches(
        numbers in numbers(), size in size(), other in number(),
    ) {
        let audience = audience(&numbers);
        let directory = Directory::decode(&Directory::of(&audience, size).encode()).unwrap();
        let batches: Vec<RecipientBatch> = batch::split(&audience, size).collect();
        let find = |msisdn| {
            let batch = &batches[directory.batch_of(msisdn)? as usize];
            batch.recipient(batch.slot_of(msisdn)?)
        };
        for &number in &numbers {
            prop_assert_eq!(find(number), Some(number));
        }
        prop_assert_eq!(find(other).is_some(), numbers.contains(&other));
    }
}
