//! A repeatable generator of one thread, for simulations.

use std::cell::Cell;

use getrandom::Error;

thread_local! {
    /// The generator's state; `None` if this thread draws from the operating system.
    static STATE: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Makes this thread draw jitter and tokens from a seed from now on.
pub fn repeat_from(seed: u64) {
    STATE.set(Some(seed));
}

pub(super) fn drawn() -> Result<u64, Error> {
    match STATE.get() {
        None => getrandom::u64(),
        Some(state) => {
            let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            STATE.set(Some(state));
            Ok(mixed(state))
        }
    }
}

/// SplitMix64's output function (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators).
const fn mixed(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{jitter, token};

    #[test]
    fn a_seed_repeats_the_draws_of_its_own_thread_only() {
        let drawn = |seed| {
            repeat_from(seed);
            (token().unwrap(), jitter(), token().unwrap())
        };
        assert_eq!(drawn(7), drawn(7));
        assert_ne!(drawn(7), drawn(8));
        repeat_from(7);
        let here = token().unwrap();
        assert_ne!(std::thread::spawn(|| token().unwrap()).join().unwrap(), here);
    }
}
