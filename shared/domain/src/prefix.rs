//! Prefixes of phone numbers, and the search for the longest prefix of a number.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::msisdn::{MAX_DIGITS, Msisdn};

/// The first digits of an international number, from its country code on. The default is the empty prefix, with which
/// every number begins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prefix {
    // The first field, because the derived order has to be by length.
    length: u32,
    digits: u64,
}

/// The text is not a prefix of international numbers: it has another character than digits, a leading zero, or more than
/// [`MAX_DIGITS`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a prefix of international numbers")]
pub struct PrefixError(pub String);

/// A prefix that appears twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RepeatedPrefix(pub Prefix);

impl Prefix {
    /// Whether a number begins with this prefix.
    pub fn is_of(self, number: Msisdn) -> bool {
        self.begins(number.as_u64(), digits_of(number))
    }

    /// Also true of the empty prefix: its digits are 0, and `number / 10^digits` is 0.
    const fn begins(self, number: u64, digits: u32) -> bool {
        self.length <= digits && number / 10u64.pow(digits - self.length) == self.digits
    }
}

fn digits_of(number: Msisdn) -> u32 {
    number.as_u64().checked_ilog10().map_or(1, |log| log + 1)
}

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let is_prefix = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
        if !is_prefix || text.len() > MAX_DIGITS as usize {
            return Err(PrefixError(text.to_owned()));
        }
        let digits = if text.is_empty() { Ok(0) } else { text.parse() };
        let digits = digits.map_err(|_| PrefixError(text.to_owned()))?;
        Ok(Self { length: text.len() as u32, digits })
    }
}

impl TryFrom<String> for Prefix {
    type Error = PrefixError;

    fn try_from(text: String) -> Result<Self, PrefixError> {
        text.parse()
    }
}

impl From<Prefix> for String {
    fn from(prefix: Prefix) -> Self {
        prefix.to_string()
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.length == 0 { Ok(()) } else { write!(f, "{}", self.digits) }
    }
}

/// Values by prefix. The value of a number is that of its longest prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixTable<T> {
    /// Lines by prefix, the longest first.
    lines: Vec<(Prefix, T)>,
}

impl<T> PrefixTable<T> {
    /// Sorts lines that come in any order.
    ///
    /// # Errors
    /// If two lines have the same prefix.
    pub fn new(mut lines: Vec<(Prefix, T)>) -> Result<Self, RepeatedPrefix> {
        lines.sort_by_key(|(prefix, _)| std::cmp::Reverse(*prefix));
        let repeated = lines.windows(2).find_map(|pair| match pair {
            [(one, _), (next, _)] if one == next => Some(RepeatedPrefix(*one)),
            _ => None,
        });
        repeated.map_or(Ok(Self { lines }), Err)
    }

    /// The line of the longest prefix of a number.
    pub fn find(&self, number: Msisdn) -> Option<&(Prefix, T)> {
        let digits = digits_of(number);
        self.lines.iter().find(|(prefix, _)| prefix.begins(number.as_u64(), digits))
    }

    /// Each line, the longest prefix first.
    pub fn lines(&self) -> &[(Prefix, T)] {
        &self.lines
    }
}

impl<T> Default for PrefixTable<T> {
    fn default() -> Self {
        Self { lines: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_written_as_it_is_read() {
        for text in ["", "1", "254", "254712345678901"] {
            assert_eq!(text.parse::<Prefix>().unwrap().to_string(), text);
        }
        for text in ["0", "0254", "25x", "+254", " 254", "2547123456789012", "٢٥٤"] {
            assert_eq!(text.parse::<Prefix>(), Err(PrefixError(text.to_owned())));
        }
    }

    #[test]
    fn the_longest_prefix_wins_and_the_empty_one_is_last() {
        let lines = ["", "254", "25411", "1"].map(|text| (text.parse().unwrap(), text)).to_vec();
        let table = PrefixTable::new(lines).unwrap();
        let find = |number| table.find(Msisdn::from_digits(number).unwrap()).unwrap().1;
        assert_eq!(find(254_712_345_678), "254");
        assert_eq!(find(254_110_123_456), "25411");
        assert_eq!(find(12_025_550_123), "1");
        assert_eq!(find(447_400_123_456), "");
    }
}
