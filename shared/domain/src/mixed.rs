//! A mixing function for choices that depend on a key alone.

/// SplitMix64's finaliser (Steele, Lea, Flood 2014), which spreads neighbouring integers evenly. It must never change,
/// because its results are stored or must be the same at every call.
pub(crate) const fn mixed(key: u64) -> u64 {
    let mut z = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
