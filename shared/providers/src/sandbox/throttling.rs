//! How often each number was turned away already.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use domain::msisdn::Msisdn;

use super::rules::THROTTLED_TIMES;

/// Numbers remembered; beyond it all are forgotten, and throttled anew. Only few numbers end with the
/// digits that are throttled, but they come from strangers.
const MAX_NUMBERS: usize = 10_000;

/// Counts the times that a number was throttled, in this process alone: each process of a function
/// throttles anew.
#[derive(Debug, Default)]
pub struct Throttling(Mutex<HashMap<Msisdn, u32>>);

impl Throttling {
    /// Whether the number is turned away this time too.
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
    fn a_number_is_turned_away_twice_and_then_no_more() {
        let throttling = Throttling::default();
        let [a, b] = [254_700_000_011, 254_711_000_011].map(|n| Msisdn::from_digits(n).unwrap());
        assert_eq!([(); 4].map(|()| throttling.turns_away(a)), [true, true, false, false]);
        assert!(throttling.turns_away(b));
    }
}
