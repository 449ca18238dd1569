//! Phone numbers outside imports: in queries, in paths, and as values of a JSON body.

use domain::msisdn::Msisdn;
use numbering::HomeCountry;
use web::{fields::InvalidValue, json::Json as JsonValue, paging::Query};

/// The query parameter that a list is filtered by.
pub const PHONE: &str = "phone";

/// A list's `phone` filter, if it is present.
pub fn in_query(query: &mut Query, home: HomeCountry) -> Option<Msisdn> {
    query.optional(PHONE, |written| typed(written, home))
}

/// The filter as a part of a list's name; empty without one.
pub fn filter(phone: Option<Msisdn>) -> String {
    phone.map(Msisdn::digits).unwrap_or_default()
}

/// A number as it is typed in an address.
pub fn typed(written: &str, home: HomeCountry) -> Result<Msisdn, String> {
    numbering::parse(&with_plus(written), home).map_err(|error| error.to_string())
}

/// A number whose plus may have been read as a space: forms encode a space so, and many clients forget to encode a
/// plus as `%2B`.
fn with_plus(written: &str) -> String {
    match written.strip_prefix(' ') {
        Some(rest) if rest.starts_with(|first: char| first.is_ascii_digit()) => format!("+{rest}"),
        _ => written.to_owned(),
    }
}

/// A number as it is written in JSON: a text, or an integer.
pub fn written(value: JsonValue) -> Result<String, String> {
    match value {
        JsonValue::Text(text) => Ok(text),
        JsonValue::Integer(number) => Ok(number.to_string()),
        other => Err(format!("must be a string, not {}", other.kind())),
    }
}

/// A JSON value that must be a number.
pub fn read(value: JsonValue, home: HomeCountry) -> Result<Msisdn, InvalidValue> {
    numbering::parse(&written(value)?, home).map_err(|error| InvalidValue::from(error.to_string()))
}

#[cfg(test)]
mod tests {
    use http::Uri;

    use super::*;

    #[test]
    fn a_query_takes_a_number_in_every_form_that_people_type() {
        let read = |value: &str| {
            let uri: Uri = format!("/x?phone={value}").parse().unwrap();
            let mut query = Query::of(&uri, &[PHONE]);
            in_query(&mut query, HomeCountry::parse("KE").unwrap()).map(Msisdn::e164)
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
        for wrong in ["", "abc", "12"] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }
}
