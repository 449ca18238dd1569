//! Messages as CSV, safe to open in a spreadsheet.
//!
//! A Lambda answers with 6 MB at most, so an export comes in pages of up to [`MAX_ROWS`] rows. Headers replace
//! the envelope of the JSON: `X-Total-Count`, `X-Total-Pages`, and a `Link` to the next page
//! (RFC 8288) for as long as there is one.

use std::cmp::Reverse;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use web::{ApiError, paging::Envelope};

use super::row::MessageRow;

/// Bytes of one answer's body, as Lambda counts them: escaped as a JSON string, with room for the
/// envelope below its 6 MB.
const MAX_BODY_BYTES: u64 = 5_000_000;
/// Bytes of the largest possible row, escaped. A provider's word of n printable bytes may be all
/// quotation marks, each doubled by CSV and escaped by JSON: 4n, and 5 for the cell's own quotation marks
/// and an apostrophe (see [`safe`]).
///
/// id 36 + mobile 15 + sender 12 + status 11 + network (40) 165 + provider's id (100) 405 + code (40) 165
/// + our sentence 91 + parts 3 + cost 26 + time 25 + commas and line end 12 = 966.
const LARGEST_ROW_BYTES: u64 = 1_000;
/// Rows of one answer: as many as fit whatever they say.
pub const MAX_ROWS: u64 = MAX_BODY_BYTES / LARGEST_ROW_BYTES;

const TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");
const TOTAL_PAGES: HeaderName = HeaderName::from_static("x-total-pages");

const COLUMNS: [&str; 11] = [
    "id",
    "mobile",
    "sender_id",
    "status",
    "network",
    "provider_message_id",
    "error_code",
    "error",
    "parts",
    "cost",
    "updated_at",
];

/// Whether the client asks for CSV before JSON (`Accept`, RFC 9110 §12.5.1): names it, and not with a
/// weight of zero or below JSON's. Of equal weights the first one wins.
pub fn is_wanted(headers: &HeaderMap) -> bool {
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
    /// In lower case.
    kind: String,
    /// Its `q`, from 0 to 1; 0 if it is malformed.
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

/// How much a media type is wanted, by the most specific range that covers it, and how far in front that
/// range stands.
fn preference(ranges: &[MediaRange], covering: &[&str]) -> (f32, Reverse<usize>) {
    let place = covering.iter().find_map(|kind| ranges.iter().position(|range| range.kind == *kind));
    place.map_or((0.0, Reverse(ranges.len())), |place| (ranges[place].weight, Reverse(place)))
}

/// The page as CSV; every page has the header row.
pub fn respond(page: Envelope<MessageRow>) -> Result<Response, ApiError> {
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

fn write(rows: &[MessageRow]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for row in rows {
        let parts = row.parts.to_string();
        let cells: [&str; 11] = [
            &row.id.to_string(),
            &row.mobile,
            &row.sender_id,
            row.status,
            row.network.as_deref().unwrap_or_default(),
            row.provider_message_id.as_deref().unwrap_or_default(),
            row.error_code.as_deref().unwrap_or_default(),
            row.error.as_deref().unwrap_or_default(),
            &parts,
            &row.cost,
            &row.updated_at,
        ];
        writer.write_record(cells.map(safe))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// A cell that a spreadsheet takes as text, not as a formula (OWASP, "CSV Injection"). Phone cells are
/// digits without a plus, which no spreadsheet reads as a formula.
fn safe(cell: &str) -> String {
    let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if risky { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use domain::{
        journal::Cause,
        money::{Currency, Money},
        receipt::MAX_WORD_BYTES,
    };

    use super::*;

    #[test]
    fn csv_is_sent_to_who_asks_for_it_first() {
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
    fn the_largest_possible_rows_fit_lambdas_answer() {
        let quotes = |count: usize| Some("\"".repeat(count));
        let row = MessageRow {
            id: uuid::Uuid::max(),
            mobile: "9".repeat(15),
            sender_id: "-".repeat(11),
            status: "unconfirmed",
            network: quotes(MAX_WORD_BYTES),
            provider_message_id: quotes(100),
            error_code: quotes(MAX_WORD_BYTES),
            error: Some(Cause::NoAnswer.sentence().to_owned()),
            parts: u8::MAX,
            cost: Currency::KES.show(Money::from_ten_thousandths(i64::MIN + 1)),
            updated_at: "2026-11-23T20:13:27+03:00".to_owned(),
        };
        let escaped = |rows: &[MessageRow]| {
            let body = String::from_utf8(write(rows).unwrap()).unwrap();
            serde_json::to_string(&body).unwrap().len() as u64
        };
        let one = escaped(&[row]) - escaped(&[]);
        assert!((900..=LARGEST_ROW_BYTES).contains(&one), "{one}");
    }

    #[test]
    fn formulas_are_defused() {
        assert_eq!(safe("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(safe("254712345678"), "254712345678");
    }
}
