//! Phone numbers as an organisation writes them: in queries, in paths, and as values of a JSON body.

use std::borrow::Cow;

use domain::{msisdn::Msisdn, organisation::Organisation, phone::Phone};
use numbering::{HomeCountry, NumberReader};
use web::{ApiError, fields::InvalidValue, json::Json as JsonValue, paging::Query};

/// The query parameter that a list is filtered by.
pub const PHONE: &str = "phone";
/// The query parameter that names the country of numbers without a country code.
pub const COUNTRY: &str = "country";

/// Reads numbers as those of the organisation's home country.
pub fn reader(organisation: &Organisation) -> Result<NumberReader<'_>, ApiError> {
    let home = HomeCountry::parse(&organisation.home_country).map_err(|error| {
        tracing::error!(%error, "an organisation has an unknown home country");
        ApiError::internal()
    })?;
    Ok(NumberReader::new(home, &organisation.tariff))
}

/// Reads numbers as those of the country that a query names; without one, of the reader's own.
pub fn of_country_in<'a>(query: &mut Query, numbers: NumberReader<'a>) -> NumberReader<'a> {
    let country = query.optional(COUNTRY, |text| HomeCountry::parse(text).map_err(|error| error.to_string()));
    country.map_or(numbers, |country| numbers.at_home_in(country))
}

/// A list's `phone` filter, if it is present.
pub fn in_query(query: &mut Query, numbers: NumberReader<'_>) -> Option<Msisdn> {
    query.optional(PHONE, |written| typed(written, numbers))
}

/// The filter as a part of a list's name; empty without one.
pub fn filter(phone: Option<Msisdn>) -> String {
    phone.map(Msisdn::digits).unwrap_or_default()
}

/// A number that a person typed in a query. Unlike in an import, a foreign number may always lack its plus: a wrong
/// guess finds nothing.
pub fn typed(written: &str, numbers: NumberReader<'_>) -> Result<Msisdn, String> {
    let with_plus = || format!("+{}", written.trim_start());
    let read = if has_lost_plus(written) {
        numbers.read(&with_plus())
    } else {
        numbers.read(written).or_else(|refusal| numbers.read(&with_plus()).map_err(|_| refusal))
    };
    read.map(|phone| phone.number).map_err(|error| error.to_string())
}

/// Whether a plus was decoded as a space: forms encode a space as a plus, and many clients do not encode a plus as
/// `%2B`.
fn has_lost_plus(written: &str) -> bool {
    written.strip_prefix(' ').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

/// A phone number in JSON. Programs often hold phone numbers as numbers: such a one is read as the same characters in a
/// cell, so that `2.54712E+11` has lost digits there as well.
pub fn written(value: &JsonValue) -> Result<Cow<'_, str>, String> {
    match value {
        JsonValue::Text(text) => Ok(Cow::Borrowed(text)),
        JsonValue::Integer(number) => Ok(Cow::Owned(number.to_string())),
        JsonValue::Float(number) => Ok(Cow::Borrowed(number.written())),
        other => Err(format!("must be a string, not {}", other.kind())),
    }
}

/// A JSON value that must be a phone number.
pub fn read(value: &JsonValue, numbers: NumberReader<'_>) -> Result<Phone, InvalidValue> {
    numbers.read(&written(value)?).map_err(|error| InvalidValue::from(error.to_string()))
}

/// A reader of Kenyan numbers, for an organisation that also sends to Uganda.
#[cfg(test)]
pub fn kenyan_reader() -> NumberReader<'static> {
    use domain::{
        money::Money,
        tariff::{Price, Tariff},
    };
    let price = |prefix: &str| Price { prefix: prefix.to_owned(), per_segment: Money::ZERO };
    let tariff = Tariff::new(["254", "256"].map(price).to_vec()).unwrap();
    NumberReader::new(HomeCountry::parse("KE").unwrap(), Box::leak(Box::new(tariff)))
}

#[cfg(test)]
mod tests {
    use http::Uri;

    use super::*;

    #[test]
    fn a_query_accepts_a_number_in_every_usual_form() {
        let read = |value: &str| {
            let uri: Uri = format!("/x?phone={value}").parse().unwrap();
            let mut query = Query::of(&uri, &[PHONE]);
            in_query(&mut query, kenyan_reader()).map(Msisdn::e164)
        };
        for value in [
            "0712345678",
            "+254712345678",
            "%2B254712345678",
            "254712345678",
            "0712%20345%20678",
            "00254712345678",
        ] {
            assert_eq!(read(value).as_deref(), Some("+254712345678"), "{value}");
        }
        assert_eq!(read("+256772123456").as_deref(), Some("+256772123456"), "a country that is not home");
        assert_eq!(read("256772123456").as_deref(), Some("+256772123456"), "and without its plus");
        assert_eq!(read("27%2082%201234567").as_deref(), Some("+27821234567"), "also without a price");
        for wrong in ["", "abc", "12"] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }
}
