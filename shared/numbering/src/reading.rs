//! From what a person wrote to a number that can be texted.

use domain::msisdn::Msisdn;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat};

use crate::{HomeCountry, NumberError};

/// Reads a phone number as people write it; one without a country code is `home`'s.
///
/// A leading 00 is read as a plus wherever that makes a valid number, because people
/// write it so everywhere; libphonenumber knows only what is dialled in `home`
/// (Kenya dials 000, Nigeria 009, the United States 011), which is read as well.
pub fn parse(input: &str, home: HomeCountry) -> Result<Msisdn, NumberError> {
    let text = input.trim();
    if text.is_empty() {
        return Err(NumberError::Empty);
    }
    match with_plus_for_00(text) {
        Some(international) => valid(&international, home).or_else(|refusal| {
            // Of two refusals, the reading that people mean gives the reason.
            valid(text, home).map_err(|_| refusal)
        }),
        None => valid(text, home),
    }
}

/// `00254…` as `+254…`; `None` where 00 cannot stand for a plus: no country code starts with 0.
fn with_plus_for_00(text: &str) -> Option<String> {
    let after = text.strip_prefix("00")?;
    let first = after.chars().find(|c| c.is_alphanumeric())?;
    matches!(first, '1'..='9').then(|| format!("+{after}"))
}

/// What libphonenumber reads in `text`, if it is a valid number.
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
