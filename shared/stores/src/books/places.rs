//! How leaves are named: in rosters, and in the opt-outs that are subtracted from them.

use domain::roster::LEAVES;

/// Beginning of the sort key of a leaf.
pub(crate) const LEAF_PREFIX: &str = "L#";

/// The place of a leaf within its partition.
pub(crate) fn leaf_place(leaf: u8) -> String {
    format!("{LEAF_PREFIX}{leaf:02x}")
}

/// The number of a leaf, from its place.
pub(crate) fn leaf_at(place: &str) -> Option<u8> {
    place.strip_prefix(LEAF_PREFIX).and_then(|hex| u8::from_str_radix(hex, 16).ok())
}

/// All leaves in so many ranges of about the same length.
pub(super) fn leaf_ranges(ranges: usize) -> Vec<(String, String)> {
    let leaves_per_range = LEAVES.div_ceil(ranges.clamp(1, LEAVES));
    let range = |first: usize| {
        let last = (first + leaves_per_range).min(LEAVES) - 1;
        (leaf_place(first as u8), leaf_place(last as u8))
    };
    (0..LEAVES).step_by(leaves_per_range).map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
