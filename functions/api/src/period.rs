//! `from` and `to` of a query: instants, or days of the organisation.

use domain::timestamp::{Offset, Timestamp};
use web::paging::Query;

/// The query parameter of a period's beginning.
const FROM: &str = "from";
/// The query parameter of a period's end.
const TO: &str = "to";
const WRONG: &str =
    "must be a day, such as 2027-01-31, or an RFC 3339 date and time, such as 2027-01-31T08:00:00+03:00";

/// A period that may be open at either end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Period {
    /// The first instant of the period.
    pub from: Option<Timestamp>,
    /// The first instant after the period.
    pub until: Option<Timestamp>,
}

impl Period {
    /// The period of a query. A day begins and ends at the organisation's offset, and `to` includes the day that it
    /// names; an instant in `to` is the first one after the period.
    pub fn in_query(query: &mut Query, offset: Offset) -> Self {
        let from = query.optional(FROM, |text| instant(text, offset, Timestamp::parse_day));
        let day_end =
            |text: &str, offset| Timestamp::parse_day(text, offset).map(|start| start.day_ends_at(offset));
        let until = query.optional(TO, |text| instant(text, offset, day_end));
        if from.zip(until).is_some_and(|(from, until)| until <= from) {
            query.reject(TO, "must be after from");
        }
        Self { from, until }
    }

    pub fn has(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

/// A plus that was not encoded arrives as a space.
fn instant(
    text: &str,
    offset: Offset,
    of_day: impl Fn(&str, Offset) -> Option<Timestamp>,
) -> Result<Timestamp, String> {
    let at = of_day(text, offset).or_else(|| Timestamp::parse_rfc3339(&text.replace(' ', "+")).ok());
    at.ok_or_else(|| WRONG.to_owned())
}

#[cfg(test)]
mod tests {
    use http::Uri;

    use super::*;

    fn read(query: &str) -> (Period, usize) {
        let uri: Uri = format!("/x?{query}").parse().unwrap();
        let mut query = Query::of(&uri, &[FROM, TO]);
        let period = Period::in_query(&mut query, Offset::EAST_AFRICA);
        (period, query.into_errors().len())
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn a_day_is_a_day_of_the_organisation_and_the_last_day_is_included() {
        let (period, errors) = read("from=2026-11-23&to=2026-11-23");
        assert_eq!(errors, 0);
        for inside in ["2026-11-22T21:00:00Z", "2026-11-23T20:59:59Z"] {
            assert!(period.has(at(inside)), "{inside}");
        }
        for outside in ["2026-11-22T20:59:59Z", "2026-11-23T21:00:00Z"] {
            assert!(!period.has(at(outside)), "{outside}");
        }
    }

    #[test]
    fn an_instant_whose_plus_became_a_space_is_read_and_the_end_is_exclusive() {
        for from in ["2026-11-23T08:00:00+03:00", "2026-11-23T08:00:00%2B03:00", "2026-11-23T05:00:00Z"] {
            let (period, errors) = read(&format!("from={from}&to=2026-11-23T06:00:00Z"));
            assert_eq!((period.from, errors), (Some(at("2026-11-23T05:00:00Z")), 0), "{from}");
            assert!(!period.has(at("2026-11-23T06:00:00Z")));
        }
        assert!(read("").0.has(Timestamp::default()), "both ends are open");
    }

    #[test]
    fn a_value_that_is_not_a_time_is_an_error_of_its_parameter() {
        for (query, errors) in [
            ("from=yesterday", 1),
            ("from=2026-13-01", 1),
            ("to=2026-11-23T08:00:00", 1),
            ("from=&to=", 2),
            ("from=2026-11-24&to=2026-11-23", 1),
        ] {
            assert_eq!(read(query).1, errors, "{query}");
        }
    }
}
