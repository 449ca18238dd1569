//! Positions of numbers in the list: ordered by leaf, then by a hash of the number.

use std::collections::BTreeMap;

use domain::{ids::OrganisationId, msisdn::Msisdn, roster::leaf_of};
use sha2::{Digest, Sha256};

use super::leaf::unpack;
use crate::{error::StoreError, page::Position};

/// A leaf's place in a position.
const LEAF_SHIFT: u32 = u128::BITS - u8::BITS;

/// The leaves of a page, by the count of numbers in each, and how many numbers of the first leaf come before the page.
pub(super) fn leaves_of_page(counts: &[(u8, u64)], mut skipped: u64, page_size: u64) -> (u64, Vec<u8>) {
    let mut left = page_size;
    let (mut first, mut shown) = (0, Vec::new());
    for &(leaf, count) in counts {
        let taken = count.saturating_sub(skipped).min(left);
        if taken > 0 {
            if shown.is_empty() {
                first = skipped;
            }
            shown.push(leaf);
        }
        left -= taken;
        skipped = skipped.saturating_sub(count);
    }
    (first, shown)
}

/// A number's position in the list: its leaf, then a hash, so that an address that names the position does not show the
/// number.
pub(super) fn place_of(organisation: OrganisationId, phone: Msisdn) -> Position {
    let digest =
        Sha256::new().chain_update(organisation.0).chain_update(phone.as_u64().to_be_bytes()).finalize();
    let mut place = [0; 16];
    place.copy_from_slice(&digest[..16]);
    place[0] = leaf_of(phone);
    Position(u128::from_be_bytes(place))
}

/// The position after every number of a leaf.
pub(super) const fn end_of_leaf(leaf: u8) -> Position {
    Position((leaf as u128) << LEAF_SHIFT | u128::MAX >> u8::BITS)
}

/// The count of numbers up to a position, including it.
pub(super) fn places_until(
    organisation: OrganisationId,
    position: Position,
    counts: &[(u8, u64)],
    leaves: &BTreeMap<u8, Vec<u8>>,
) -> Result<u64, StoreError> {
    let leaf = (position.0 >> LEAF_SHIFT) as u8;
    let before: u64 = counts.iter().filter(|(other, _)| *other < leaf).map(|(_, count)| count).sum();
    let phones = leaves.get(&leaf).map_or_else(|| Ok(Vec::new()), |packed| unpack(packed))?;
    let within = phones.iter().filter(|phone| place_of(organisation, **phone) <= position).count();
    Ok(before + within as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_the_leaves_that_its_numbers_are_in() {
        let counts = [(0, 3), (2, 0), (7, 4), (255, 1)];
        let shown = |skipped, page_size| leaves_of_page(&counts, skipped, page_size);
        assert_eq!(shown(0, 3), (0, vec![0]));
        assert_eq!(shown(2, 2), (2, vec![0, 7]));
        assert_eq!(shown(6, 6), (3, vec![7, 255]));
        assert_eq!(shown(72, 9), (0, vec![]));
    }

    #[test]
    fn positions_follow_the_leaves() {
        let organisation = OrganisationId(uuid::Uuid::from_u128(7));
        let phones = (254_700_000_000..254_700_001_000).map(|digits| Msisdn::from_digits(digits).unwrap());
        for phone in phones {
            let (place, leaf) = (place_of(organisation, phone), leaf_of(phone));
            assert!(
                place <= end_of_leaf(leaf)
                    && leaf.checked_sub(1).is_none_or(|before| place > end_of_leaf(before))
            );
        }
    }
}
