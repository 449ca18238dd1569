//! The country whose national numbers an organisation writes without a country code.

use std::{fmt, str::FromStr};

use rlibphonenumber::{PHONE_NUMBER_UTIL, Region};
use thiserror::Error;

/// A country of ISO 3166-1 that has phone numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HomeCountry(Region);

/// The text names no country that has phone numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be an ISO 3166-1 alpha-2 code, such as KE")]
pub struct HomeCountryError;

impl HomeCountry {
    /// Reads an ISO 3166-1 alpha-2 code, in either case.
    pub fn parse(alpha2: &str) -> Result<Self, HomeCountryError> {
        let region = Region::from_code(alpha2).map_err(|_| HomeCountryError)?;
        // `Region` accepts every pair of letters, and "001", the whole world.
        match PHONE_NUMBER_UTIL.get_country_code_for_region(region) {
            Some(_) if region != Region::World => Ok(Self(region)),
            _ => Err(HomeCountryError),
        }
    }

    /// The country that a calling code leads to, written with or without its plus or 00: `+256`, `256.0`, `00 256`. Of
    /// several countries that share one, the largest.
    pub fn of_calling_code(written: &str) -> Option<Self> {
        let whole = written.trim().trim_end_matches(".0");
        if whole.contains(|c: char| c.is_alphabetic() || matches!(c, '.' | ',')) {
            return None;
        }
        let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
        // `+1 246` is a part of North America's plan.
        let code = match digits.trim_start_matches('0') {
            area if area.len() == 4 && area.starts_with('1') => 1,
            code => code.parse().ok()?,
        };
        let region = PHONE_NUMBER_UTIL.get_region_for_country_code(code)?;
        (region != Region::World).then_some(Self(region))
    }

    /// The country's code in the phone metadata.
    pub(crate) fn region(self) -> Region {
        self.0
    }
}

impl FromStr for HomeCountry {
    type Err = HomeCountryError;

    fn from_str(alpha2: &str) -> Result<Self, HomeCountryError> {
        Self::parse(alpha2)
    }
}

impl fmt::Display for HomeCountry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.as_region_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_read_in_either_case_and_shown_in_capitals() {
        for code in ["KE", "ke", "Ke"] {
            assert_eq!(HomeCountry::parse(code).unwrap().to_string(), "KE");
        }
    }

    #[test]
    fn a_calling_code_is_read_as_people_write_it() {
        let country = |code: &str| HomeCountry::of_calling_code(code).map(|country| country.to_string());
        for code in ["256", "+256", "00256", " (+256) ", "256.0", "'256", "+ 256"] {
            assert_eq!(country(code).as_deref(), Some("UG"), "{code}");
        }
        for (code, expected) in [("+44", "GB"), ("1", "US"), ("1-246", "US"), ("7", "RU"), ("254", "KE")] {
            assert_eq!(country(code).as_deref(), Some(expected), "{code}");
        }
        for code in ["", "KE", "999", "800", "0", "25.4", "254712", "code 256"] {
            assert_eq!(country(code), None, "{code}");
        }
    }

    #[test]
    fn a_country_without_phone_numbers_is_refused() {
        for code in ["", "K", "KEN", "Ké", "ZZ", "XX", "001", " KE"] {
            assert_eq!(HomeCountry::parse(code), Err(HomeCountryError), "{code:?}");
        }
    }
}
