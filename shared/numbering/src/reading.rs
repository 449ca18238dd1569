//! From what a person wrote to a number that can be texted.

use domain::msisdn::Msisdn;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat};

use crate::{
    HomeCountry, NumberError,
    shape::{self, Digits},
};

/// Digits of most national numbers, without what is dialled before them.
const NATIONAL_DIGITS: usize = 9;

/// Reads a phone number as people write it; one without a country code is `home`'s.
///
/// A leading 00 is read as a plus wherever that makes a valid number, because people
/// write it so everywhere; libphonenumber knows only what is dialled in `home`
/// (Kenya dials 000, Nigeria 009, the United States 011), which is read as well.
pub fn parse(cell: &str, home: HomeCountry) -> Result<Msisdn, NumberError> {
    let written = shape::read(cell)?;
    read(&written, home).map_err(|refusal| match refusal {
        NumberError::TooShort | NumberError::NotValid if is_cut_off(&written) => NumberError::Letters,
        refusal => refusal,
    })
}

/// Whether words follow so few digits that they are there in the place of others: `0712 345 Joe`.
const fn is_cut_off(written: &Digits) -> bool {
    written.has_words_after && written.digits.len() < NATIONAL_DIGITS
}

fn read(Digits { digits, is_international, .. }: &Digits, home: HomeCountry) -> Result<Msisdn, NumberError> {
    let international = if *is_international { Some(digits.as_str()) } else { after_00(digits) };
    match international.map(|digits| valid(&format!("+{digits}"), home)) {
        Some(read) if *is_international => read,
        // Of two refusals, the reading that people mean gives the reason.
        Some(read) => read.or_else(|refusal| valid(digits, home).map_err(|_| refusal)),
        None => valid(digits, home),
    }
}

/// What follows a 00 that can stand for a plus: no country code starts with 0.
fn after_00(digits: &str) -> Option<&str> {
    digits.strip_prefix("00").filter(|after| after.starts_with(|first| matches!(first, '1'..='9')))
}

/// What libphonenumber reads in digits with or without a plus, if it is a valid number.
fn valid(text: &str, home: HomeCountry) -> Result<Msisdn, NumberError> {
    let number = PHONE_NUMBER_UTIL.parse(text, Some(home.region()))?;
    if !number.is_valid() {
        return Err(reason_not_valid(&number));
    }
    Ok(Msisdn::parse_e164(&number.format_as(PhoneNumberFormat::E164))?)
}

fn reason_not_valid(number: &PhoneNumber) -> NumberError {
    match number.is_possible_with_reason() {
        Ok(_) => NumberError::NotValid,
        Err(refusal) => refusal.into(),
    }
}
