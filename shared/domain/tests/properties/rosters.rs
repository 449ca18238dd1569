use std::collections::BTreeMap;

use domain::{
    msisdn::Msisdn,
    packed,
    phone::{LineType, Phone},
    roster::{Leaf, RosterEntry},
};
use proptest::prelude::*;

fn entry() -> impl Strategy<Value = RosterEntry> {
    let line = prop::sample::select(LineType::ALL.to_vec());
    let phone = (1_000_000u64..1_000_040, line);
    prop_oneof![
        phone.prop_map(|(digits, line)| {
            RosterEntry::Phone(Phone { number: Msisdn::from_digits(digits).unwrap(), line })
        }),
        (0u64..40).prop_map(RosterEntry::Phoneless),
    ]
}

proptest! {
    #[test]
    fn every_set_of_numbers_is_unpacked_as_it_was_packed(numbers in proptest::collection::btree_set(any::<u64>(), 0..500)) {
        let numbers: Vec<u64> = numbers.into_iter().collect();
        let bytes = packed::pack(&numbers);
        prop_assert_eq!(packed::count(&bytes), Ok(numbers.len() as u64));
        prop_assert_eq!(packed::unpack(&bytes), Ok(numbers));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = packed::unpack::<Msisdn>(&bytes);
        let mut framed = vec![1];
        framed.extend(bytes);
        let checksum = crc32fast::hash(&framed);
        framed.extend(checksum.to_le_bytes());
        let _ = packed::unpack::<Msisdn>(&framed);
    }

    #[test]
    fn a_leaf_is_a_set_of_keys_each_with_its_last_type(
        edits in proptest::collection::vec((any::<bool>(), entry()), 0..120),
    ) {
        let (mut leaf, mut model) = (Leaf::default(), BTreeMap::new());
        for (adds, entry) in edits {
            if adds {
                leaf.insert_all([entry]);
                model.insert(entry.key(), entry);
            } else {
                prop_assert_eq!(leaf.remove(entry.key()), model.remove(&entry.key()).is_some());
            }
        }
        prop_assert_eq!(leaf.contacts(), model.len() as u64);
        prop_assert!(model.keys().all(|key| leaf.contains(*key)));
        prop_assert_eq!(Leaf::of(model.into_values()), leaf.clone());
        let others = leaf.pack_others();
        let stored = Leaf::unpack(&leaf.pack_mobiles(), others.as_deref(), &leaf.pack_phoneless());
        prop_assert_eq!(stored, Ok(leaf));
    }
}
