//! Reads an import's body, a file or JSON, as contacts and invalid rows.
//!
//! Called by the endpoints of contacts and of opt-outs. A bad row never stops a good one; a body that is unreadable as
//! a whole, or has unknown fields, is refused. Stores nothing.

mod contact;
mod file;
mod json;
mod options;
mod refusals;
mod rows;
#[cfg(test)]
mod tests;

use web::{
    ApiError, Incoming, Input,
    body::{charset, media_type},
    routes::JSON,
};

pub use options::{ImportOptions, NUMBERS_PARAMETERS, PARAMETERS};
pub use rows::{ColumnsView, InvalidRow, InvalidRows, Place, Rows};

/// Bytes of an import's body: what a Lambda payload (6 MB) can have besides its envelope.
pub const MAX_IMPORT_BYTES: usize = 5 * 1024 * 1024;
/// Media types that an import may have.
pub const MEDIA_TYPES: [&str; 2] = [JSON, CSV];
/// Media types that programs give to files of contacts. They do not determine the separator and the encoding, which are
/// found in the file. Workbooks and other kinds that are not read are included, so that the answer can name their kind.
pub const FILE_TYPES: [&str; 23] = [
    "text/x-csv",
    "text/comma-separated-values",
    "text/x-comma-separated-values",
    "text/tab-separated-values",
    "text/plain",
    "text/html",
    "text/vcard",
    "text/x-vcard",
    "text/directory",
    "application/csv",
    "application/x-csv",
    "application/octet-stream",
    "binary/octet-stream",
    "application/zip",
    "application/x-zip-compressed",
    "application/gzip",
    "application/x-gzip",
    "application/vnd.apple.numbers",
    "multipart/form-data",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/pdf",
];
const CSV: &str = "text/csv";

impl Input for Rows {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        read(request, &ImportOptions::of(request)?)
    }
}

/// Whether the body is a file, and not JSON.
pub fn is_file(request: &Incoming<'_>) -> bool {
    media_type(request.headers).as_deref() != Some(JSON)
}

/// Reads the body of a request.
pub fn read(request: &Incoming<'_>, options: &ImportOptions<'_>) -> Result<Rows, ApiError> {
    if is_file(request) {
        file::read(request.body, charset(request.headers).as_deref(), options)
    } else {
        options.check_json()?;
        json::read(request.body, options)
    }
}
