//! The roster of an address book: its numbers, packed in 256 leaves, which is what a send reads.
//!
//! The hash of a number picks its leaf, the same in every book, so that books are merged leaf by
//! leaf. A leaf also keeps the names of its contacts without a phone: they count, and are counted
//! once however often they are imported.

use std::fmt;

use crate::{
    msisdn::Msisdn,
    packed::{self, PackedError},
};

/// Leaves of a roster. A million contacts make leaves of about 9 KB: small enough to rewrite for one
/// edit, few enough to read in a handful of pages.
pub const LEAVES: usize = 256;

/// The leaf that a number belongs to.
pub const fn leaf_of(msisdn: Msisdn) -> u8 {
    spread(msisdn.as_u64())
}

/// The top byte of SplitMix64's finaliser (Steele, Lea, Flood 2014), which spreads neighbouring
/// integers evenly.
const fn spread(key: u64) -> u8 {
    let mut z = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 56) as u8
}

/// The keys of one leaf: phone numbers, and the names of contacts that have none.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Leaf {
    phones: Vec<Msisdn>,
    phoneless: Vec<u64>,
}

/// What a contact is known by in a roster. `Debug` shows only which of the two it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RosterKey {
    /// By its phone number.
    Phone(Msisdn),
    /// By a hash of what else is known of it.
    Phoneless(u64),
}

impl RosterKey {
    /// The leaf that holds this key.
    pub const fn leaf(self) -> u8 {
        match self {
            Self::Phone(msisdn) => leaf_of(msisdn),
            Self::Phoneless(hash) => spread(hash),
        }
    }
}

impl fmt::Debug for RosterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Phone(_) => "Phone(…)",
            Self::Phoneless(_) => "Phoneless(…)",
        })
    }
}

impl Leaf {
    /// Reads the two packed sets of a stored leaf.
    pub fn unpack(phones: &[u8], phoneless: &[u8]) -> Result<Self, PackedError> {
        Ok(Self { phones: packed::unpack(phones)?, phoneless: packed::unpack(phoneless)? })
    }

    /// A leaf of exactly these keys, in any order.
    pub fn of(keys: impl IntoIterator<Item = RosterKey>) -> Self {
        let mut leaf = Self::default();
        for key in keys {
            leaf.push(key);
        }
        leaf.phones.sort_unstable();
        leaf.phones.dedup();
        leaf.phoneless.sort_unstable();
        leaf.phoneless.dedup();
        leaf
    }

    /// The packed phone numbers.
    pub fn pack_phones(&self) -> Vec<u8> {
        packed::pack(&self.phones)
    }

    /// The packed names of contacts without a phone.
    pub fn pack_phoneless(&self) -> Vec<u8> {
        packed::pack(&self.phoneless)
    }

    /// Phone numbers, rising.
    pub fn phones(&self) -> &[Msisdn] {
        &self.phones
    }

    /// Contacts in this leaf, with and without a phone.
    pub fn contacts(&self) -> u64 {
        (self.phones.len() + self.phoneless.len()) as u64
    }

    /// Contacts without a phone.
    pub fn phoneless_contacts(&self) -> u64 {
        self.phoneless.len() as u64
    }

    /// Whether the key is here.
    pub fn contains(&self, key: RosterKey) -> bool {
        match key {
            RosterKey::Phone(msisdn) => self.phones.binary_search(&msisdn).is_ok(),
            RosterKey::Phoneless(hash) => self.phoneless.binary_search(&hash).is_ok(),
        }
    }

    /// Adds keys; those already here stay once.
    pub fn insert_all(&mut self, keys: impl IntoIterator<Item = RosterKey>) {
        for key in keys {
            self.push(key);
        }
        // The old keys are one sorted run: the merge sort of the standard library keeps it whole.
        self.phones.sort();
        self.phones.dedup();
        self.phoneless.sort();
        self.phoneless.dedup();
    }

    /// Removes a key; says whether it was here.
    pub fn remove(&mut self, key: RosterKey) -> bool {
        match key {
            RosterKey::Phone(msisdn) => take_out(&mut self.phones, msisdn),
            RosterKey::Phoneless(hash) => take_out(&mut self.phoneless, hash),
        }
    }

    fn push(&mut self, key: RosterKey) {
        match key {
            RosterKey::Phone(msisdn) => self.phones.push(msisdn),
            RosterKey::Phoneless(hash) => self.phoneless.push(hash),
        }
    }
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Leaf({} phones, {} phoneless)", self.phones.len(), self.phoneless.len())
    }
}

fn take_out<K: Ord>(sorted: &mut Vec<K>, key: K) -> bool {
    sorted.binary_search(&key).map(|place| sorted.remove(place)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_numbers_spread_over_all_leaves() {
        let mut sizes = [0u32; LEAVES];
        for number in 254_700_000_000u64..254_700_100_000 {
            sizes[spread(number) as usize] += 1;
        }
        let (least, most) = (sizes.iter().min().unwrap(), sizes.iter().max().unwrap());
        assert!(*least > 300 && *most < 490, "{least}..{most} of 390");
    }

    #[test]
    fn inserting_twice_keeps_one_and_removing_says_what_it_did() {
        let key = RosterKey::Phone(Msisdn::from_digits(254_712_345_678).unwrap());
        let mut leaf = Leaf::default();
        leaf.insert_all([key, RosterKey::Phoneless(9), key]);
        leaf.insert_all([key]);
        assert_eq!((leaf.contacts(), leaf.phoneless_contacts()), (2, 1));
        let stored = Leaf::unpack(&leaf.pack_phones(), &leaf.pack_phoneless()).unwrap();
        assert_eq!(stored, leaf);
        assert!(leaf.contains(key) && leaf.remove(key) && !leaf.remove(key) && !leaf.contains(key));
    }

    /// Books are stored by it: these are values of the published function, calculated elsewhere.
    #[test]
    fn a_key_stays_in_its_leaf_for_ever() {
        let keys = [0, 1, 254_711_500_007, 254_712_345_678, u64::MAX];
        assert_eq!(keys.map(spread), [226, 145, 128, 87, 228]);
        let phone = RosterKey::Phone(Msisdn::from_digits(254_712_345_678).unwrap());
        assert_eq!((phone.leaf(), RosterKey::Phoneless(1).leaf()), (87, 145));
    }

    #[test]
    fn a_leaf_tells_numbers_from_contacts_without_one() {
        let phone = |number| RosterKey::Phone(Msisdn::from_digits(number).unwrap());
        let leaf = Leaf::of([
            phone(254_712_345_679),
            RosterKey::Phoneless(9),
            RosterKey::Phoneless(7),
            phone(254_712_345_678),
        ]);
        let phones: Vec<u64> = leaf.phones().iter().map(|phone| phone.as_u64()).collect();
        assert_eq!(phones, [254_712_345_678, 254_712_345_679]);
        assert_eq!((leaf.contacts(), leaf.phoneless_contacts()), (4, 2));
    }
}
