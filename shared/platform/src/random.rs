//! The one place where chance comes from: the operating system's generator.

use getrandom::Error;

/// Fills an array with random bytes, for keys.
pub fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// A uniformly drawn number, for jitter: where the generator fails, the middle, since a wait must
/// still be chosen.
pub fn jitter() -> u32 {
    getrandom::u32().unwrap_or(u32::MAX / 2)
}

/// A fencing token: drawn at random, so that two workers never hold the same one. 53 bits, which
/// every JSON number keeps exactly.
pub fn token() -> Result<u64, Error> {
    getrandom::u64().map(|token| token >> 11)
}
