//! Phone numbers in answers and callbacks.
//!
//! The documentation shows `+254711000001`. Callbacks have also been seen with an unescaped plus (a space once the form
//! is decoded), with `00`, and in the national form, which does not name the country. A number that can be read in
//! several ways has several readings: a report goes to the message that has its id.

use domain::{msisdn::Msisdn, visible::is_invisible};

/// A country that Africa's Talking serves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Country {
    /// ISO 3166 alpha-2.
    iso: &'static str,
    /// The mobile country code, with which a `networkCode` begins (ITU-T E.212).
    network: &'static str,
    /// The calling code (ITU-T E.164).
    calling: u64,
}

const fn country(iso: &'static str, network: &'static str, calling: u64) -> Country {
    Country { iso, network, calling }
}

/// africastalking.com, "Coverage", and the network codes of its delivery reports.
const COUNTRIES: [Country; 18] = [
    country("BF", "613", 226),
    country("BW", "652", 267),
    country("CD", "630", 243),
    country("CI", "612", 225),
    country("CM", "624", 237),
    country("ET", "636", 251),
    country("GH", "620", 233),
    country("KE", "639", 254),
    country("MW", "650", 265),
    country("NA", "649", 264),
    country("NG", "621", 234),
    country("RW", "635", 250),
    country("SN", "608", 221),
    country("TZ", "640", 255),
    country("UG", "641", 256),
    country("ZA", "655", 27),
    country("ZM", "645", 260),
    country("ZW", "648", 263),
];

/// Digits of a national number without its leading zero, in these countries.
const NATIONAL_DIGITS: std::ops::RangeInclusive<usize> = 7..=10;
/// Longest text that is read as a number.
const MAX_BYTES: usize = 64;

impl Country {
    /// The country of a `networkCode`.
    pub fn of_network(code: &str) -> Option<Self> {
        COUNTRIES.into_iter().find(|country| code.starts_with(country.network))
    }

    #[cfg(test)]
    fn of_iso(code: &str) -> Option<Self> {
        COUNTRIES.into_iter().find(|country| country.iso.eq_ignore_ascii_case(code))
    }
}

/// Every number that a text can mean, each once; empty if it is masked or is not a number. The national form is read as
/// one of `country` or, if that is not known, of every country.
pub fn readings(text: &str, country: Option<Country>) -> Vec<Msisdn> {
    let Some((is_international, digits)) = digits_of(text) else { return Vec::new() };
    let abroad =
        digits.strip_prefix("000").or_else(|| digits.strip_prefix("00")).filter(|_| !is_international);
    let readings = match (abroad, is_international, digits.strip_prefix('0')) {
        (Some(digits), _, _) => international(digits),
        (None, true, _) => international(&digits),
        (None, false, Some(digits)) => national(digits, country),
        (None, false, None) => [international(&digits), national(&digits, country)].concat(),
    };
    let mut once: Vec<Msisdn> = Vec::new();
    readings.into_iter().for_each(|number| {
        if !once.contains(&number) {
            once.push(number)
        }
    });
    once
}

/// The number that a text in the national form means in each country (ISO 3166 alpha-2).
pub fn national_readings(text: &str) -> Vec<(&'static str, Msisdn)> {
    let of_country = |country: Country| Some((country.iso, *readings(text, Some(country)).last()?));
    COUNTRIES.into_iter().filter_map(of_country).collect()
}

/// The digits, and whether a plus leads them.
fn digits_of(text: &str) -> Option<(bool, String)> {
    let text = text.trim_matches(|letter: char| letter.is_whitespace() || is_invisible(letter));
    let text = text.strip_prefix("tel:").unwrap_or(text).trim_start();
    let (is_international, rest) = text.strip_prefix('+').map_or((false, text), |rest| (true, rest));
    let separates = |letter: char| letter.is_whitespace() || is_invisible(letter) || "-.()/".contains(letter);
    let kept: String = rest.chars().filter(|letter| !separates(*letter)).collect();
    let is_read =
        text.len() <= MAX_BYTES && !kept.is_empty() && kept.bytes().all(|byte| byte.is_ascii_digit());
    is_read.then_some((is_international, kept))
}

/// The number, and another reading if the zero of the national form follows the calling code (`+254 (0)711…`).
fn international(digits: &str) -> Vec<Msisdn> {
    let without_zero = COUNTRIES.into_iter().filter_map(|country| {
        let rest = digits.strip_prefix(&country.calling.to_string())?.strip_prefix('0')?;
        of_country(country, rest)
    });
    let number = Msisdn::parse_e164(digits).ok();
    number.into_iter().chain(without_zero).collect()
}

fn national(digits: &str, country: Option<Country>) -> Vec<Msisdn> {
    let served = COUNTRIES.into_iter().filter(|served| country.is_none_or(|country| country == *served));
    served.filter_map(|country| of_country(country, digits)).collect()
}

fn of_country(country: Country, national: &str) -> Option<Msisdn> {
    let is_national = NATIONAL_DIGITS.contains(&national.len()) && !national.starts_with('0');
    is_national.then(|| Msisdn::parse_e164(&format!("{}{national}", country.calling)).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: u64 = 254_711_000_001;

    fn read(text: &str, country: Option<Country>) -> Vec<u64> {
        readings(text, country).into_iter().map(Msisdn::as_u64).collect()
    }

    #[test]
    fn every_form_of_a_number_is_read() {
        let kenya = Country::of_network("63902");
        for text in [
            "+254711000001",
            " 254711000001",
            "254711000001",
            "00254711000001",
            "000254711000001",
            "0711000001",
            "0711 000 001",
            "711000001",
            "+254 (0)711-000-001",
            "2540711000001",
            "\u{202a}+254711000001\u{202c}",
            "tel:+254711000001",
        ] {
            assert!(read(text, kenya).contains(&NUMBER), "{text}");
            assert!(read(text, None).contains(&NUMBER), "{text}");
        }
        for text in ["+254711000001", "254711000001", "00254711000001", "0711000001"] {
            assert_eq!(read(text, kenya), [NUMBER], "{text}");
        }
    }

    #[test]
    fn a_national_form_without_a_country_has_a_reading_for_each() {
        let read = read("0711000001", None);
        assert_eq!(read.len(), COUNTRIES.len());
        assert!(read.contains(&NUMBER) && read.contains(&256_711_000_001), "{read:?}");
    }

    #[test]
    fn a_masked_number_has_no_reading() {
        let long = "1".repeat(MAX_BYTES + 1);
        for text in ["", "+", "c2hhMjU2", "+254711XXX001", "254711***001", "0", "12", "٠٧١١٠٠٠٠٠١", &long]
        {
            assert_eq!(read(text, None), [0; 0], "{text}");
        }
    }

    #[test]
    fn a_country_is_found_by_a_network_code_and_by_its_name() {
        assert_eq!(Country::of_network("64110"), Country::of_iso("ug"));
        assert_eq!((Country::of_network("99999"), Country::of_iso("DE")), (None, None));
    }
}
