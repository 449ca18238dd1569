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
    fn a_country_without_phone_numbers_is_refused() {
        for code in ["", "K", "KEN", "Ké", "ZZ", "XX", "001", " KE"] {
            assert_eq!(HomeCountry::parse(code), Err(HomeCountryError), "{code:?}");
        }
    }
}
