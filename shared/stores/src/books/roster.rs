//! A book's packed numbers, which are all that a send reads of it.

use std::{collections::BTreeMap, fmt};

use domain::{ids::OrganisationId, keys::BookKey, packed, roster::LEAVES};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_bytes::ByteBuf;

use super::{
    header::Book,
    keys::roster_partition,
    leaves::{LeafRecord, unpackable},
    store::AddressBooks,
};
use crate::{error::StoreError, item::Item, keys::leaf_place, table::Range};

/// Bytes that a contact takes in a roster, most of the time.
const BYTES_PER_CONTACT: u64 = 3;
/// Bytes of one page of a query (DynamoDB's limit).
const PAGE_BYTES: u64 = 1024 * 1024;
/// Ranges of one roster that are read at the same time.
const MOST_RANGES: u64 = 16;

/// The numbers of a book, packed leaf by leaf. `Debug` shows how many leaves, not their bytes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Roster {
    leaves: BTreeMap<u8, PackedNumbers>,
    no_phone_count: u64,
}

/// The numbers of a leaf (`domain::packed`).
#[derive(Clone, PartialEq, Eq)]
struct PackedNumbers {
    mobiles: Vec<u8>,
    others: Option<Vec<u8>>,
}

impl Roster {
    /// The packed numbers of a leaf (`domain::packed`) whose lines can get texts; `None` if the leaf never had a
    /// contact.
    pub fn mobiles(&self, leaf: u8) -> Option<&[u8]> {
        self.leaves.get(&leaf).map(|numbers| numbers.mobiles.as_slice())
    }

    /// The packed numbers of a leaf whose lines cannot get texts; `None` if there are none.
    pub fn others(&self, leaf: u8) -> Option<&[u8]> {
        self.leaves.get(&leaf)?.others.as_deref()
    }

    /// Contacts without a phone.
    pub const fn no_phone_count(&self) -> u64 {
        self.no_phone_count
    }

    fn of(items: Vec<Item>) -> Result<Self, StoreError> {
        let mut roster = Self::default();
        for item in items {
            let (leaf, record) = LeafRecord::from_item(item)?;
            roster.no_phone_count += packed::count(&record.phoneless).map_err(unpackable)?;
            let (mobiles, others) = (record.mobiles.into_vec(), record.others.map(ByteBuf::into_vec));
            roster.leaves.insert(leaf, PackedNumbers { mobiles, others });
        }
        Ok(roster)
    }
}

impl fmt::Debug for Roster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roster({} leaves, {} phoneless)", self.leaves.len(), self.no_phone_count)
    }
}

impl AddressBooks {
    /// The roster of a book whose header was just read by [`AddressBooks::headers`], which repairs unfinished edits. A
    /// large roster is read in several ranges at the same time.
    ///
    /// While an import is under way it has the contacts that were imported so far.
    pub async fn roster(&self, organisation: OrganisationId, book: &Book) -> Result<Roster, StoreError> {
        let partition = roster_partition(BookKey { organisation, book: book.id });
        let read =
            |(from, to): (String, String)| self.table.query(Range::of(partition.clone()).between(&from, &to));
        let reads: Vec<_> = leaf_ranges(ranges_of(book.contact_count)).into_iter().map(read).collect();
        let read: Vec<Vec<Item>> = stream::iter(reads).buffered(MOST_RANGES as usize).try_collect().await?;
        Roster::of(read.into_iter().flatten().collect())
    }
}

/// The number of ranges, so that each is about one page of a query.
fn ranges_of(contacts: u64) -> usize {
    (contacts * BYTES_PER_CONTACT).div_ceil(PAGE_BYTES).clamp(1, MOST_RANGES) as usize
}

/// All leaves in this number of ranges of about the same length.
fn leaf_ranges(ranges: usize) -> Vec<(String, String)> {
    let leaves_per_range = LEAVES.div_ceil(ranges.clamp(1, LEAVES));
    let range = |first: usize| {
        let last = (first + leaves_per_range).min(LEAVES) - 1;
        (leaf_place(first as u8), leaf_place(last as u8))
    };
    (0..LEAVES).step_by(leaves_per_range).map(range).collect()
}

#[cfg(test)]
mod tests {
    use domain::msisdn::Msisdn;

    use super::*;
    use crate::keys::leaf_at;

    #[test]
    fn ranges_cover_every_leaf_once() {
        for count in [1, 2, 3, 7, 16, 256] {
            let ranges = leaf_ranges(count);
            assert_eq!((ranges[0].0.as_str(), ranges[ranges.len() - 1].1.as_str()), ("L#00", "L#ff"));
            for pair in ranges.windows(2) {
                assert_eq!(leaf_at(&pair[0].1).map(|end| end + 1), leaf_at(&pair[1].0), "{count}");
            }
        }
    }

    #[test]
    fn the_debug_output_of_a_roster_has_no_numbers_and_no_packed_bytes() {
        let mobiles = packed::pack(&[Msisdn::from_digits(254_712_345_678).unwrap()]);
        let numbers = PackedNumbers { others: Some(mobiles.clone()), mobiles };
        let roster = Roster { leaves: [(7, numbers)].into(), no_phone_count: 2 };
        assert_eq!(format!("{roster:?}"), "Roster(1 leaves, 2 phoneless)");
    }

    #[test]
    fn a_bigger_book_is_read_in_more_ranges_up_to_a_limit() {
        let ranges = [0, 1_248, 1_000_000, 50_000_000].map(ranges_of);
        assert_eq!(ranges, [1, 1, 3, 16]);
    }
}
