//! The one place where chance comes from: the operating system's generator.
//!
//! Built with the feature `seeded`, which the tests ask for, a thread may draw its jitter and tokens from a seed
//! instead, so that a simulation can be repeated. Keys and ids come from the system always.

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

/// A uniformly drawn number, for jitter: if the generator fails, the middle, since a wait must
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
}
