//! The one place where chance comes from: the operating system's generator.
//!
//! A simulation may let one thread draw its jitter and tokens from a seed instead, so that a run can be
//! repeated. Keys and ids come from the system always.

use std::{cell::Cell, time::Duration};

use getrandom::Error;

thread_local! {
    /// Where a simulation's generator on this thread is.
    static REPEATABLE: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Fills an array with random bytes, for keys.
pub fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// A uniformly drawn number, for jitter: where the generator fails, the middle, since a wait must
/// still be chosen.
pub fn jitter() -> u32 {
    drawn().map_or(u32::MAX / 2, |drawn| (drawn >> 32) as u32)
}

/// The share of the longest wait that a uniformly drawn number stands for.
pub fn share(longest: Duration, jitter: u32) -> Duration {
    longest.mul_f64(f64::from(jitter) / f64::from(u32::MAX))
}

/// A fencing token: drawn at random, so that two workers never hold the same one. 53 bits, which
/// every JSON number keeps exactly.
pub fn token() -> Result<u64, Error> {
    drawn().map(|token| token >> 11)
}

/// Lets this thread draw jitter and tokens from a seed from now on. Only simulations call this.
pub fn repeat_from(seed: u64) {
    REPEATABLE.set(Some(seed));
}

fn drawn() -> Result<u64, Error> {
    match REPEATABLE.get() {
        None => getrandom::u64(),
        Some(state) => {
            let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            REPEATABLE.set(Some(state));
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

    #[test]
    fn jitter_is_drawn_from_nothing_to_the_whole() {
        const LONGEST: Duration = Duration::from_millis(800);
        repeat_from(7);
        let mut drawn: Vec<Duration> =
            std::iter::repeat_with(|| share(LONGEST, jitter())).take(100).collect();
        drawn.sort();
        assert!(drawn[0] < LONGEST / 10 && drawn[99] > LONGEST * 9 / 10 && drawn[99] <= LONGEST);
    }

    #[test]
    fn a_seed_repeats_itself_and_touches_its_own_thread_alone() {
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
