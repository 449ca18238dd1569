//! Numbers that look random and are the same in every run.

/// SplitMix64's finaliser (Steele, Lea, Flood 2014): a bijection that scatters neighbours.
pub const fn scatter(index: u64) -> u64 {
    let mut z = index.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Puts a list in an order that is the same in every run.
pub fn shuffle<T>(list: &mut [T]) {
    for place in (1..list.len()).rev() {
        let other = scatter(place as u64) % (place as u64 + 1);
        list.swap(place, other as usize);
    }
}
