//! Counts how often each number was throttled.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use domain::msisdn::Msisdn;

use super::rules::THROTTLED_TIMES;

/// Numbers that are remembered. Beyond it all are forgotten and throttled again: few numbers have the suffix that is
/// throttled, but callers choose them.
const MAX_NUMBERS: usize = 10_000;

/// Counts how often a number was throttled, in this process only: each process of a function counts from zero.
#[derive(Debug, Default)]
pub struct Throttling(Mutex<HashMap<Msisdn, u32>>);

impl Throttling {
    /// Whether the number is throttled this time too.
    pub fn turns_away(&self, msisdn: Msisdn) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MAX_NUMBERS && !counts.contains_key(&msisdn) {
            counts.clear();
        }
        let count = counts.entry(msisdn).or_default();
        *count = count.saturating_add(1);
        *count <= THROTTLED_TIMES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_throttled_twice_and_then_accepted() {
        let throttling = Throttling::default();
        let [a, b] = [254_700_000_011, 254_711_000_011].map(|n| Msisdn::from_digits(n).unwrap());
        assert_eq!([(); 4].map(|()| throttling.turns_away(a)), [true, true, false, false]);
        assert!(throttling.turns_away(b));
    }
}
