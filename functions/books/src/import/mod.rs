//! An import's body, CSV or JSON, as contacts and as invalid rows.
//!
//! Called by the contacts endpoint. A bad row never stops a good one; a body that is unreadable as a whole, or that
//! has unknown fields, is refused. Stores nothing.

mod contact;
mod csv;
mod json;
mod rows;
#[cfg(test)]
mod tests;

use numbering::HomeCountry;
use web::{ApiError, Incoming, Input, body::media_type, routes::JSON};

use crate::refusals::home_country;

pub use csv::read_numbers;
pub use rows::{InvalidRow, InvalidRows, Rows};

/// Bytes of an import's body: what a Lambda payload (6 MB) holds beside its envelope.
pub const MAX_IMPORT_BYTES: usize = 5 * 1024 * 1024;
/// Media types that an import may have.
pub const MEDIA_TYPES: [&str; 2] = [JSON, CSV];
/// Media type of CSV.
pub const CSV: &str = "text/csv";

impl Input for Rows {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        request.query().finish()?;
        let home = home_country(&request.caller.organisation)?;
        read(media_type(request.headers).as_deref(), request.body, home)
    }
}

/// Reads a body by its media type, which is one of [`MEDIA_TYPES`].
fn read(media_type: Option<&str>, body: &[u8], home: HomeCountry) -> Result<Rows, ApiError> {
    if media_type == Some(CSV) { csv::read(body, home) } else { json::read(body, home) }
}
