//! Frozen prices: the longest prefix of a number decides.

use std::collections::HashMap;

use super::{Fields, Unreadable};

/// Prices of a segment, in ten-thousandths, by prefix.
#[derive(Clone, Debug)]
pub struct Tariff {
    /// By the prefix's number of digits and its digits.
    prices: HashMap<(u32, u64), i64>,
    /// Prefix lengths, the longest first.
    lengths: Vec<u32>,
}

impl Tariff {
    pub fn read(lines: &[Fields<'_>]) -> Result<Self, Unreadable> {
        let mut prices = HashMap::new();
        for line in lines {
            let prefix = line.text("prefix")?;
            let digits = match prefix {
                "" => 0,
                digits => digits.parse().map_err(|_| line.wrong("a prefix in it is not a number"))?,
            };
            let length =
                u32::try_from(prefix.len()).map_err(|_| line.wrong("a prefix in it is not a number"))?;
            if prices.insert((length, digits), line.integer("per_segment")?).is_some() {
                return Err(line.wrong("a prefix in it has two prices"));
            }
        }
        Ok(Self::of(prices))
    }

    fn of(prices: HashMap<(u32, u64), i64>) -> Self {
        let mut lengths: Vec<u32> = prices.keys().map(|(length, _)| *length).collect();
        lengths.sort_unstable_by(|a, b| b.cmp(a));
        lengths.dedup();
        Self { prices, lengths }
    }

    /// The price for numbers of which only the prefix is known.
    pub fn under(&self, prefix: &str) -> Option<i64> {
        let digits = if prefix.is_empty() { 0 } else { prefix.parse().ok()? };
        self.prices.get(&(u32::try_from(prefix.len()).ok()?, digits)).copied()
    }

    pub fn per_segment(&self, number: u64) -> Option<i64> {
        let digits = number.checked_ilog10()? + 1;
        let first = |length: &u32| number / 10u64.pow(digits - length);
        let fitting = self.lengths.iter().filter(|length| **length <= digits);
        // The empty prefix is stored as 0, with which no number begins.
        let prefix = |length: &u32| (*length, if *length == 0 { 0 } else { first(length) });
        fitting.map(prefix).find_map(|prefix| self.prices.get(&prefix).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_decides() {
        let tariff = Tariff::of([((0, 0), 9), ((3, 254), 1), ((5, 25_411), 2)].into());
        let prices = [254_712_345_678, 254_112_345_678, 447_400_123_456].map(|n| tariff.per_segment(n));
        assert_eq!(prices, [Some(1), Some(2), Some(9)]);
        assert_eq!(Tariff::of([((3, 254), 1)].into()).per_segment(447_400_123_456), None);
    }
}
