//! The roster of an address book: its numbers, packed in 256 leaves, which is all that a send reads.
//!
//! The hash of a number selects its leaf, the same in every book, so that books are merged leaf by leaf. A leaf has
//! separate sets of numbers whose lines can and cannot get texts, so that a send leaves the latter out without any
//! look-up. It also has hashes of the names of its contacts without a phone: they are counted, and counted once however
//! often they are imported.

use std::fmt;

use crate::{
    mixed::mixed,
    msisdn::Msisdn,
    packed::{self, PackedError},
    phone::Phone,
};

/// Leaves of a roster. A million contacts make leaves of about 9 KB: small enough to rewrite for one
/// edit, few enough to read in a handful of pages.
pub const LEAVES: usize = 256;

/// The leaf that a number belongs to.
pub const fn leaf_of(msisdn: Msisdn) -> u8 {
    spread(msisdn.as_u64())
}

/// The top byte of the mixed key.
const fn spread(key: u64) -> u8 {
    (mixed(key) >> 56) as u8
}

/// The keys of one leaf: phone numbers by whether their line can get texts, and the names of contacts without a phone.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Leaf {
    mobiles: Vec<Msisdn>,
    others: Vec<Msisdn>,
    phoneless: Vec<u64>,
}

/// A roster's entry for a contact. `Debug` shows no digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum RosterEntry {
    Phone(Phone),
    /// A hash of its other fields.
    Phoneless(u64),
}

/// The key of a contact in a roster. `Debug` shows only which of the two kinds it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RosterKey {
    Phone(Msisdn),
    /// A contact without a number, by a hash of its other fields.
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

impl RosterEntry {
    /// The contact's key.
    pub const fn key(self) -> RosterKey {
        match self {
            Self::Phone(phone) => RosterKey::Phone(phone.number),
            Self::Phoneless(hash) => RosterKey::Phoneless(hash),
        }
    }
}

impl fmt::Debug for RosterEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key().fmt(f)
    }
}

impl Leaf {
    /// Reads the packed sets of a stored leaf: mobile numbers, other numbers, and names of contacts without a phone.
    pub fn unpack(mobiles: &[u8], others: Option<&[u8]>, phoneless: &[u8]) -> Result<Self, PackedError> {
        let others = others.map(packed::unpack).transpose()?.unwrap_or_default();
        Ok(Self { mobiles: packed::unpack(mobiles)?, others, phoneless: packed::unpack(phoneless)? })
    }

    /// A leaf of exactly these entries, in any order, each key once.
    pub fn of(entries: impl IntoIterator<Item = RosterEntry>) -> Self {
        let mut leaf = Self::default();
        leaf.insert_all(entries);
        leaf
    }

    /// The packed numbers of lines that get texts.
    pub fn pack_mobiles(&self) -> Vec<u8> {
        packed::pack(&self.mobiles)
    }

    /// The packed numbers of other lines; `None` in most leaves, which have no such number.
    pub fn pack_others(&self) -> Option<Vec<u8>> {
        (!self.others.is_empty()).then(|| packed::pack(&self.others))
    }

    /// The packed names of contacts without a phone.
    pub fn pack_phoneless(&self) -> Vec<u8> {
        packed::pack(&self.phoneless)
    }

    /// Numbers of lines that get texts, rising.
    pub fn mobiles(&self) -> &[Msisdn] {
        &self.mobiles
    }

    /// Numbers of other lines, ascending.
    pub fn others(&self) -> &[Msisdn] {
        &self.others
    }

    /// Contacts in this leaf, with and without a phone.
    pub fn contacts(&self) -> u64 {
        (self.mobiles.len() + self.others.len() + self.phoneless.len()) as u64
    }

    /// Contacts without a phone.
    pub fn phoneless_contacts(&self) -> u64 {
        self.phoneless.len() as u64
    }

    /// Whether the leaf has the key.
    pub fn contains(&self, key: RosterKey) -> bool {
        match key {
            RosterKey::Phone(number) => {
                self.mobiles.binary_search(&number).is_ok() || self.others.binary_search(&number).is_ok()
            }
            RosterKey::Phoneless(hash) => self.phoneless.binary_search(&hash).is_ok(),
        }
    }

    /// Adds entries, each key at most once. A key already here stays once, and a number takes the type that is added.
    pub fn insert_all(&mut self, entries: impl IntoIterator<Item = RosterEntry>) {
        let mut added = Self::default();
        for entry in entries {
            match entry {
                RosterEntry::Phone(Phone { number, line }) if line.gets_texts() => added.mobiles.push(number),
                RosterEntry::Phone(Phone { number, .. }) => added.others.push(number),
                RosterEntry::Phoneless(hash) => added.phoneless.push(hash),
            }
        }
        take_out_all(&mut self.others, &mut added.mobiles);
        take_out_all(&mut self.mobiles, &mut added.others);
        merge(&mut self.mobiles, added.mobiles);
        merge(&mut self.others, added.others);
        merge(&mut self.phoneless, added.phoneless);
    }

    /// Removes a key; says whether it was here.
    pub fn remove(&mut self, key: RosterKey) -> bool {
        match key {
            RosterKey::Phone(number) => {
                take_out(&mut self.mobiles, number) || take_out(&mut self.others, number)
            }
            RosterKey::Phoneless(hash) => take_out(&mut self.phoneless, hash),
        }
    }
}

/// Adds keys to a sorted set: the standard library's merge sort takes the old ones, a sorted run, as they are.
fn merge<K: Ord>(sorted: &mut Vec<K>, added: Vec<K>) {
    sorted.extend(added);
    sorted.sort();
    sorted.dedup();
}

/// Removes keys from a sorted set; sorts `keys` for it.
fn take_out_all<K: Ord>(sorted: &mut Vec<K>, keys: &mut [K]) {
    if !sorted.is_empty() {
        keys.sort_unstable();
        sorted.retain(|key| keys.binary_search(key).is_err());
    }
}

impl fmt::Debug for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mobiles, others, phoneless } = self;
        write!(f, "Leaf({} mobiles, {} others, {} phoneless)", mobiles.len(), others.len(), phoneless.len())
    }
}

fn take_out<K: Ord>(sorted: &mut Vec<K>, key: K) -> bool {
    sorted.binary_search(&key).map(|place| sorted.remove(place)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_numbers_are_spread_over_all_leaves() {
        let mut sizes = [0u32; LEAVES];
        for number in 254_700_000_000u64..254_700_100_000 {
            sizes[spread(number) as usize] += 1;
        }
        let (least, most) = (sizes.iter().min().unwrap(), sizes.iter().max().unwrap());
        assert!(*least > 300 && *most < 490, "{least}..{most} of 390");
    }

    #[test]
    fn a_key_is_inserted_once_and_removing_returns_whether_it_was_there() {
        let number = Msisdn::from_digits(254_712_345_678).unwrap();
        let (entry, key) = (RosterEntry::Phone(Phone::mobile(number)), RosterKey::Phone(number));
        let mut leaf = Leaf::default();
        leaf.insert_all([entry, RosterEntry::Phoneless(9), entry]);
        leaf.insert_all([entry]);
        assert_eq!((leaf.contacts(), leaf.phoneless_contacts()), (2, 1));
        let stored = Leaf::unpack(&leaf.pack_mobiles(), None, &leaf.pack_phoneless()).unwrap();
        assert_eq!((&stored, leaf.pack_others()), (&leaf, None));
        assert!(leaf.contains(key) && leaf.remove(key) && !leaf.remove(key) && !leaf.contains(key));
    }

    /// Books are stored by it: these are values of the published function, calculated elsewhere.
    #[test]
    fn the_leaf_of_a_key_never_changes() {
        let keys = [0, 1, 254_711_500_007, 254_712_345_678, u64::MAX];
        assert_eq!(keys.map(spread), [226, 145, 128, 87, 228]);
        let phone = RosterKey::Phone(Msisdn::from_digits(254_712_345_678).unwrap());
        assert_eq!((phone.leaf(), RosterKey::Phoneless(1).leaf()), (87, 145));
    }

    #[test]
    fn a_leaf_separates_mobile_numbers_other_numbers_and_contacts_without_a_number() {
        let number = |last: u64| Msisdn::from_digits(254_712_345_670 + last).unwrap();
        let mobile = |last| RosterEntry::Phone(Phone::mobile(number(last)));
        let other = |last| RosterEntry::Phone(Phone::fixed_line(number(last)));
        let phoneless = [9, 7].map(RosterEntry::Phoneless);
        let mut leaf = Leaf::of([mobile(9), other(5), mobile(8), other(4)].into_iter().chain(phoneless));
        assert_eq!(
            (leaf.mobiles(), leaf.others()),
            ([8, 9].map(number).as_slice(), [4, 5].map(number).as_slice())
        );
        assert_eq!((leaf.contacts(), leaf.phoneless_contacts()), (6, 2));
        leaf.insert_all([mobile(5), other(9), other(4)]);
        assert_eq!(
            (leaf.mobiles(), leaf.others()),
            ([5, 8].map(number).as_slice(), [4, 9].map(number).as_slice())
        );
        let stored =
            Leaf::unpack(&leaf.pack_mobiles(), leaf.pack_others().as_deref(), &leaf.pack_phoneless());
        assert_eq!(stored, Ok(leaf.clone()));
        assert!(leaf.contains(RosterKey::Phone(number(9))) && leaf.remove(RosterKey::Phone(number(9))));
        assert_eq!(leaf.others(), [number(4)]);
    }
}
