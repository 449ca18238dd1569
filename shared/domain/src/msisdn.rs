//! A phone number as the networks know it: E.164, kept as an integer.

use std::fmt;

use thiserror::Error;

/// Digits of the longest number E.164 allows (ITU-T E.164 §6.2.1).
pub const MAX_DIGITS: u32 = 15;
/// Digits of the shortest number taken: the shortest international numbers in use have seven.
pub const MIN_DIGITS: u32 = 7;

const LEAST: u64 = 10u64.pow(MIN_DIGITS - 1);
const MOST: u64 = 10u64.pow(MAX_DIGITS) - 1;

/// A subscriber's number in E.164, without the plus.
///
/// It is an integer because a million of them are sorted, merged and packed: eight bytes each, and no leading zero can
/// be lost, since no country code starts with one. `Debug` shows no digits, so that a number cannot reach a log by
/// accident. There is no `Serialize`, so that deriving it on a type with a number fails: code that stores a number must
/// do so explicitly.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Msisdn(u64);

/// Why digits are not an E.164 number. Never repeats the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MsisdnError {
    /// Fewer than [`MIN_DIGITS`] digits.
    #[error("the number is too short")]
    TooShort,
    /// More than [`MAX_DIGITS`] digits.
    #[error("the number is too long")]
    TooLong,
    /// The text has another character than digits after an optional plus, or a leading zero.
    #[error("the number is not in international form")]
    NotInternational,
}

impl Msisdn {
    /// The number with these digits, country code first.
    pub const fn from_digits(digits: u64) -> Result<Self, MsisdnError> {
        match digits {
            ..LEAST => Err(MsisdnError::TooShort),
            LEAST..=MOST => Ok(Self(digits)),
            _ => Err(MsisdnError::TooLong),
        }
    }

    /// Reads `+254712345678` or `254712345678`, as providers write numbers. The crate `numbering` reads the many ways
    /// in which people write them.
    pub fn parse_e164(text: &str) -> Result<Self, MsisdnError> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        if digits.is_empty() || digits.starts_with('0') || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(MsisdnError::NotInternational);
        }
        if digits.len() > MAX_DIGITS as usize {
            return Err(MsisdnError::TooLong);
        }
        digits.parse().map_err(|_| MsisdnError::TooLong).and_then(Self::from_digits)
    }

    /// The digits as an integer.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The number with the plus, as contacts show it: `+254712345678`.
    pub fn e164(self) -> String {
        format!("+{}", self.0)
    }

    /// The number without the plus, as SMS objects show it: `254712345678`.
    pub fn digits(self) -> String {
        self.0.to_string()
    }
}

impl fmt::Debug for Msisdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Msisdn(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        audience::Audience,
        batch::{self, BatchSize, Directory},
        phone::Phone,
        roster::{Leaf, RosterEntry},
    };

    #[test]
    fn reads_both_wire_forms_and_writes_both() {
        for text in ["+254712345678", "254712345678"] {
            let msisdn = Msisdn::parse_e164(text).unwrap();
            assert_eq!(msisdn.e164(), "+254712345678");
            assert_eq!(msisdn.digits(), "254712345678");
        }
    }

    #[test]
    fn a_number_without_a_country_code_is_refused() {
        assert_eq!(Msisdn::parse_e164("0712345678"), Err(MsisdnError::NotInternational));
        assert_eq!(Msisdn::parse_e164("+"), Err(MsisdnError::NotInternational));
        assert_eq!(Msisdn::parse_e164("+25471x345678"), Err(MsisdnError::NotInternational));
        assert_eq!(Msisdn::parse_e164("123456"), Err(MsisdnError::TooShort));
        assert_eq!(Msisdn::parse_e164("1234567890123456"), Err(MsisdnError::TooLong));
        assert_eq!(Msisdn::from_digits(0), Err(MsisdnError::TooShort));
        assert_eq!(Msisdn::from_digits(999_999), Err(MsisdnError::TooShort));
        assert_eq!(Msisdn::from_digits(1_000_000).map(Msisdn::digits), Ok("1000000".to_owned()));
        assert_eq!(Msisdn::from_digits(999_999_999_999_999).map(Msisdn::digits), Ok("9".repeat(15)));
        assert_eq!(Msisdn::from_digits(1_000_000_000_000_000), Err(MsisdnError::TooLong));
        assert_eq!(Msisdn::from_digits(u64::MAX), Err(MsisdnError::TooLong));
    }

    #[test]
    fn the_debug_output_of_types_with_a_number_shows_no_digits() {
        let number = Msisdn::parse_e164("254712345678").unwrap();
        assert_eq!(format!("{number:?}"), "Msisdn(…)");
        let key = RosterEntry::Phone(Phone::fixed_line(number));
        let leaf = Leaf::of([key, RosterEntry::Phoneless(254_712_345_678)]);
        let mut audience = Audience::default();
        audience.add_leaf(&[&leaf.pack_others().unwrap()], None).unwrap();
        let batches: Vec<_> = batch::split(&audience, BatchSize::FULL).collect();
        let directory = Directory::of(&audience, BatchSize::FULL);
        let shown = format!("{key:?} {leaf:?} {audience:?} {batches:?} {directory:?}");
        let longest = shown.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
        assert_eq!(longest, Some(1), "only counts: {shown}");
    }
}
