//! The only source of random numbers: the operating system's generator.
//!
//! With the feature `seeded`, which tests enable, a thread may draw its jitter and tokens from a seed instead, so that
//! a simulation can be repeated. Keys and ids always come from the operating system.

use std::time::Duration;

use getrandom::Error;

#[cfg(any(test, feature = "seeded"))]
mod seeded;

#[cfg(not(any(test, feature = "seeded")))]
use getrandom::u64 as drawn;
#[cfg(any(test, feature = "seeded"))]
use seeded::drawn;
#[cfg(any(test, feature = "seeded"))]
pub use seeded::repeat_from;

/// Fills an array with random bytes, for keys.
pub fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// A uniformly drawn number, for jitter. If the generator fails, the middle of the range: the caller must still wait
/// some time.
pub fn jitter() -> u32 {
    drawn().map_or(u32::MAX / 2, |drawn| (drawn >> 32) as u32)
}

/// The share of `longest` that a uniformly drawn number selects.
pub fn share(longest: Duration, jitter: u32) -> Duration {
    longest.mul_f64(f64::from(jitter) / f64::from(u32::MAX))
}

/// A random fencing token, so that two workers never hold the same one. It has 53 bits, which a JSON number keeps
/// exactly.
pub fn token() -> Result<u64, Error> {
    drawn().map(|token| token >> 11)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_between_zero_and_the_whole() {
        const LONGEST: Duration = Duration::from_millis(800);
        repeat_from(7);
        let mut drawn: Vec<Duration> =
            std::iter::repeat_with(|| share(LONGEST, jitter())).take(100).collect();
        drawn.sort();
        assert!(drawn[0] < LONGEST / 10 && drawn[99] > LONGEST * 9 / 10 && drawn[99] <= LONGEST);
    }
}
