use std::collections::BTreeSet;

use domain::{
    msisdn::Msisdn,
    packed,
    roster::{Leaf, RosterKey},
};
use proptest::prelude::*;

fn key() -> impl Strategy<Value = RosterKey> {
    prop_oneof![
        (1_000_000u64..1_000_040).prop_map(|number| RosterKey::Phone(Msisdn::from_digits(number).unwrap())),
        (0u64..40).prop_map(RosterKey::Phoneless),
    ]
}

proptest! {
    #[test]
    fn every_set_of_numbers_comes_back(numbers in proptest::collection::btree_set(any::<u64>(), 0..500)) {
        let numbers: Vec<u64> = numbers.into_iter().collect();
        let bytes = packed::pack(&numbers);
        prop_assert_eq!(packed::count(&bytes), Ok(numbers.len() as u64));
        prop_assert_eq!(packed::unpack(&bytes), Ok(numbers));
    }

    #[test]
    fn no_bytes_whatsoever_make_the_reader_stumble(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = packed::unpack::<Msisdn>(&bytes);
        let mut framed = vec![1];
        framed.extend(bytes);
        let checksum = crc32fast::hash(&framed);
        framed.extend(checksum.to_le_bytes());
        let _ = packed::unpack::<Msisdn>(&framed);
    }

    #[test]
    fn a_leaf_is_a_set_of_keys(edits in proptest::collection::vec((any::<bool>(), key()), 0..120)) {
        let (mut leaf, mut model) = (Leaf::default(), BTreeSet::new());
        for (adds, key) in edits {
            if adds {
                leaf.insert_all([key]);
                model.insert(key);
            } else {
                prop_assert_eq!(leaf.remove(key), model.remove(&key));
            }
        }
        prop_assert_eq!(leaf.contacts(), model.len() as u64);
        prop_assert!(model.iter().all(|key| leaf.contains(*key)));
        prop_assert_eq!(Leaf::of(model), leaf.clone());
        prop_assert_eq!(Leaf::unpack(&leaf.pack_phones(), &leaf.pack_phoneless()), Ok(leaf));
    }
}
