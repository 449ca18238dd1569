//! Lists as CSV for clients that ask for it, safe to open in a spreadsheet.
//!
//! A Lambda answers with at most 6 MB, so an export has pages, and each list sets their number of rows. Headers replace
//! the envelope of the JSON: `X-Total-Count`, `X-Total-Pages`, and a `Link` to the next page (RFC 8288) if there is
//! one.

use std::{borrow::Cow, cmp::Reverse};

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{cursor::ListPaging, envelope::Envelope, error::ApiError, paging::Query};

/// Bytes of one answer's body, as Lambda counts them: escaped as a JSON string, with room for the envelope below
/// its 6 MB.
pub const MAX_BODY_BYTES: u64 = 5_000_000;

const TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");
const TOTAL_PAGES: HeaderName = HeaderName::from_static("x-total-pages");

/// The form of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListForm {
    /// JSON, in the envelope.
    Json,
    Csv,
}

impl ListForm {
    /// The form and the page that a request asks for. A page of CSV has up to `most_rows`, which is also its default.
    pub fn of(headers: &HeaderMap, query: &mut Query, most_rows: u64) -> (Self, ListPaging) {
        if is_wanted(headers) {
            (Self::Csv, query.list_paging_up_to(most_rows))
        } else {
            (Self::Json, query.list_paging())
        }
    }
}

pub trait CsvRow {
    /// The header row.
    const COLUMNS: &'static [&'static str];

    /// The row's cells, one for each column.
    fn cells(&self) -> Vec<Cell<'_>>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Text that a person or a provider wrote; guarded, so that a spreadsheet does not run it as a formula.
    Text(Cow<'a, str>),
    /// A value that the product made and that is never a formula, such as a phone number with its plus.
    Plain(Cow<'a, str>),
}

impl<'a> Cell<'a> {
    /// A cell of text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// A cell that is written unchanged.
    pub fn plain(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Plain(text.into())
    }

    fn written(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) if begins_formula(&text) => format!("'{text}").into(),
            Self::Text(text) | Self::Plain(text) => text,
        }
    }
}

/// Whether a spreadsheet would run a cell (OWASP, "CSV Injection"). Leading apostrophes are skipped, so that
/// [`unguarded`] restores every text.
fn begins_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A cell of an export without the guard against spreadsheets.
pub fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|_| begins_formula(cell)).unwrap_or(cell)
}

/// Whether the client prefers CSV to JSON (`Accept`, RFC 9110 §12.5.1): names CSV, and not with a weight of zero or
/// below JSON's. Of equal weights the first wins.
fn is_wanted(headers: &HeaderMap) -> bool {
    let ranges: Vec<MediaRange> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|accept| accept.to_str().ok())
        .flat_map(|accept| accept.split(','))
        .map(MediaRange::read)
        .collect();
    let csv = preference(&ranges, &["text/csv", "text/*"]);
    csv.0 > 0.0 && csv > preference(&ranges, &["application/json", "application/*", "*/*"])
}

/// One element of an `Accept` header.
struct MediaRange {
    kind: String,
    /// The `q` of the range, from 0 to 1; 0 if it is malformed.
    weight: f32,
}

impl MediaRange {
    fn read(text: &str) -> Self {
        let mut parts = text.split(';').map(|part| part.trim().to_ascii_lowercase());
        let kind = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=").map(|q| q.parse::<f32>().unwrap_or(0.0)));
        let weight = weight.unwrap_or(1.0);
        Self { kind, weight: if (0.0..=1.0).contains(&weight) { weight } else { 0.0 } }
    }
}

/// The weight of a media type in the most specific range that covers it, and the position of that range.
fn preference(ranges: &[MediaRange], covering: &[&str]) -> (f32, Reverse<usize>) {
    let place = covering.iter().find_map(|kind| ranges.iter().position(|range| range.kind == *kind));
    place.map_or((0.0, Reverse(ranges.len())), |place| (ranges[place].weight, Reverse(place)))
}

/// The page as CSV; every page has the header row.
pub fn respond<T: CsvRow>(page: Envelope<T>) -> Result<Response, ApiError> {
    let body = write(&page.results).map_err(|error| {
        tracing::error!(%error, "an export could not be written");
        ApiError::internal()
    })?;
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(TOTAL_COUNT, HeaderValue::from(page.total));
    headers.insert(TOTAL_PAGES, HeaderValue::from(page.total_pages));
    let next = page.next.and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok());
    if let Some(next) = next {
        headers.insert(header::LINK, next);
    }
    Ok(response)
}

/// Rows as CSV, with a header row.
pub fn write<T: CsvRow>(rows: &[T]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(T::COLUMNS)?;
    for row in rows {
        writer.write_record(row.cells().into_iter().map(|cell| cell.written().into_owned()))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_prefers_csv_gets_csv() {
        let wanted = |accept: &'static str| {
            is_wanted(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]))
        };
        assert!(wanted("text/csv") && wanted("text/csv, */*;q=0.1") && wanted("text/html, text/csv"));
        assert!(!wanted("*/*") && !wanted("application/json, text/csv") && !is_wanted(&HeaderMap::new()));
    }

    #[test]
    fn weights_and_case_are_honoured() {
        let wanted = |accept: &'static str| {
            is_wanted(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]))
        };
        for csv in [
            "TEXT/CSV",
            "Text/Csv ; charset=utf-8 ; Q=0.2",
            "application/json;q=0.5, text/csv;q=0.6",
            "text/csv;q=0.4, application/json;q=0, */*",
            "text/*, application/json;q=0.9",
        ] {
            assert!(wanted(csv), "{csv}");
        }
        for json in [
            "text/csv;q=0",
            "text/csv;q=0.0, text/html",
            "text/csv;q=0.5, application/json",
            "text/csv;q=0.5, */*;q=0.8",
            "text/csv;q=many",
            "text/csv;q=7",
            "text/csvx",
        ] {
            assert!(!wanted(json), "{json}");
        }
        let mut two = HeaderMap::new();
        two.append(header::ACCEPT, HeaderValue::from_static("application/json;q=0.1"));
        two.append(header::ACCEPT, HeaderValue::from_static("text/csv"));
        assert!(is_wanted(&two));
    }

    #[test]
    fn formulas_are_defused_and_every_text_is_restored() {
        let written = |text: &str| Cell::text(text.to_owned()).written().into_owned();
        assert_eq!(written("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(written("254712345678"), "254712345678");
        assert_eq!(Cell::plain("+254712345678").written(), "+254712345678");
        for text in ["", "'", "=1", "'=1", "''=1", "-", "'quoted'", "O'Neill", "@home", "\tx", "'\tx"] {
            assert_eq!(unguarded(&written(text)), text);
        }
    }
}
