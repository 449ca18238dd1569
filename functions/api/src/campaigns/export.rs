//! Messages as CSV, safe to open in a spreadsheet.
//!
//! A Lambda answers with 6 MB at most, so an export comes in pages of up to [`MAX_ROWS`] rows, the next
//! one named by a `Link` header (RFC 8288), as the envelope names it in JSON.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use web::{ApiError, paging::Envelope};

use super::row::MessageRow;

/// Rows of one answer: at most about 200 bytes each.
pub const MAX_ROWS: u64 = 25_000;

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

/// Whether the client asks for CSV before JSON.
pub fn is_wanted(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let first = accept
        .split(',')
        .map(|kind| kind.split(';').next().unwrap_or_default().trim())
        .find(|kind| ["text/csv", "application/json", "application/*", "*/*"].contains(kind));
    first == Some("text/csv")
}

/// The page as CSV; the header row stands on every page.
pub fn respond(page: Envelope<MessageRow>) -> Result<Response, ApiError> {
    let body = write(&page.results).map_err(|error| {
        tracing::error!(%error, "an export could not be written");
        ApiError::internal()
    })?;
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
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
    fn formulas_are_defused() {
        assert_eq!(safe("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(safe("254712345678"), "254712345678");
    }
}
