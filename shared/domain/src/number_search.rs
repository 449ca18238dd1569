//! A search for one number among the recipients of a campaign, without phone-number metadata.
//!
//! People type a number as `+254 712 345 678` or `0712345678`. The national form needs the calling code of its country,
//! and the prices of the campaign give the possible ones, since every recipient has a price. A reading that is not a
//! recipient's number finds no recipient, so several can be tried and none has to be valid. The metadata of the world
//! (0.8 MB in the binary, 15 ms at its first use on a whole processor, twice that with api's share) would find no
//! further recipient: an import has read every number with it.

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::{
    msisdn::{MAX_DIGITS, MIN_DIGITS, Msisdn},
    tariff::Tariff,
    visible::is_invisible,
};

/// Digits of the longest calling code (ITU-T E.164 §6.2.1).
const CALLING_CODE_DIGITS: usize = 3;
/// Digits of the longest text that is read: a number with an international prefix such as `00`, and the zero of its
/// national form.
const MOST_DIGITS: usize = MAX_DIGITS as usize + 4;

/// A number as a person typed it. `Debug` shows no digits.
#[derive(Clone, PartialEq, Eq)]
pub struct NumberSearch {
    digits: String,
    is_international: bool,
}

/// The text does not look like a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("must be a phone number, such as 0712345678 or +254712345678")]
pub struct NumberSearchError;

impl FromStr for NumberSearch {
    type Err = NumberSearchError;

    /// Reads digits and the characters that people write between them. A leading space is a plus that was decoded from
    /// a URL.
    fn from_str(text: &str) -> Result<Self, NumberSearchError> {
        let lost_plus = text.strip_prefix(' ').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let text = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
        let (has_plus, rest) = text.strip_prefix('+').map_or((false, text), |rest| (true, rest));
        let separates = |c: char| c.is_whitespace() || is_invisible(c) || "-.()/".contains(c);
        let digits: String = rest.chars().filter(|c| !separates(*c)).collect();
        let is_number = (MIN_DIGITS as usize..=MOST_DIGITS).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        let is_international = has_plus || lost_plus.is_some();
        is_number.then_some(Self { digits, is_international }).ok_or(NumberSearchError)
    }
}

impl fmt::Debug for NumberSearch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NumberSearch(…)")
    }
}

impl NumberSearch {
    /// The digits, for the name of a list.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// Every number that the text can mean with these prices, each once.
    pub fn readings(&self, tariff: &Tariff) -> Vec<Msisdn> {
        let international = self.digits.strip_prefix("000").or_else(|| self.digits.strip_prefix("00"));
        let international = international.unwrap_or(&self.digits);
        let mut readings: Vec<Msisdn> = Msisdn::parse_e164(international).into_iter().collect();
        if !self.is_international {
            let national = self.digits.strip_prefix('0').unwrap_or(&self.digits);
            let prefixes = tariff.prices().iter().map(|price| price.prefix.as_str());
            readings.extend(prefixes.flat_map(|prefix| of_country(prefix, national)));
        }
        readings.sort_unstable();
        readings.dedup();
        readings
    }
}

/// The numbers under a price's prefix that end in a national number: the prefix is a calling code, and perhaps the
/// beginning of the national number.
fn of_country<'a>(prefix: &'a str, national: &'a str) -> impl Iterator<Item = Msisdn> + 'a {
    let calling_codes = (1..=CALLING_CODE_DIGITS).filter_map(|length| prefix.split_at_checked(length));
    calling_codes
        .filter(|(_, begins)| national.starts_with(begins))
        .filter_map(move |(calling_code, _)| Msisdn::parse_e164(&format!("{calling_code}{national}")).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{money::Money, tariff::Price};

    fn tariff(prefixes: &[&str]) -> Tariff {
        let price = |prefix: &&str| Price { prefix: (*prefix).to_owned(), per_segment: Money::ZERO };
        Tariff::new(prefixes.iter().map(price).collect()).unwrap()
    }

    fn read(text: &str, prefixes: &[&str]) -> Vec<String> {
        let search: NumberSearch = text.parse().unwrap();
        search.readings(&tariff(prefixes)).into_iter().map(Msisdn::digits).collect()
    }

    #[test]
    fn every_usual_way_to_write_a_number_finds_it() {
        for text in [
            "+254712345678",
            " 254712345678",
            "254712345678",
            "00254712345678",
            "000254712345678",
            "0712345678",
            "0712 345 678",
            "(0712) 345-678",
            "712345678",
            "\u{202a}+254 712 345 678\u{202c}",
        ] {
            for prefixes in [&["254"][..], &["25471", "25472"], &["256", "254"]] {
                let readings = read(text, prefixes);
                assert!(readings.contains(&"254712345678".to_owned()), "{text} {readings:?}");
            }
        }
    }

    #[test]
    fn a_number_with_a_country_code_has_one_reading() {
        for text in ["+254712345678", " 254712345678"] {
            assert_eq!(read(text, &["254", "256", "1"]), ["254712345678"], "{text}");
        }
        assert_eq!(
            read("0712345678", &["254", "256"]).len(),
            2,
            "the national form does not say the country"
        );
        assert_eq!(read("0712345678", &["25472"]), [""; 0], "none has a price there");
        assert_eq!(read("07712345678", &["44"]), ["447712345678"]);
        assert_eq!(read("(212) 555-0123", &["1"]), ["2125550123", "12125550123"]);
    }

    #[test]
    fn a_text_that_is_not_a_number_is_refused() {
        for text in ["", "+", "abc", "12345", "0712345XXX", "0712,345678", "\0", &"1".repeat(20)] {
            assert_eq!(text.parse::<NumberSearch>(), Err(NumberSearchError), "{text:?}");
        }
    }
}
