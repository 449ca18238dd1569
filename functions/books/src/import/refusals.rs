//! Errors for a file that is refused as a whole, with what to change.

use contact_files::{DecodeError, Foreign, TableError};
use web::{ApiError, ErrorCode, FieldError, error::shown};

use super::options::ImportOptions;

/// A body that has no text.
pub fn not_text(error: DecodeError) -> ApiError {
    let detail = match error {
        DecodeError::UnknownCharset(charset) => {
            let charset = shown(&charset);
            let detail = format!(
                "The charset {charset} of the Content-Type is not known; leave it out or send UTF-8."
            );
            return ApiError::new(ErrorCode::UnsupportedMediaType, detail);
        }
        DecodeError::Foreign(Foreign::Json) => {
            "The body is JSON: send it with the Content-Type application/json.".to_owned()
        }
        DecodeError::Foreign(kind) => format!("The body is {kind}, and not a CSV file. {}.", kind.advice()),
        DecodeError::NotInCharset { charset, line } => format!(
            "Line {line} is not written in {charset}, which the body's byte order mark or its Content-Type says. \
             Declare the right charset, or leave it out."
        ),
        DecodeError::NotText { line } => {
            format!("The body is not the text of a CSV file: line {line} has a zero byte.")
        }
        DecodeError::LostCharacters { line } => format!(
            "Characters of the file are lost: line {line} has U+FFFD in the place of one. If the file itself is right, \
             save it as \"CSV UTF-8\", or send its bytes unchanged with the Content-Type application/octet-stream; \
             the command line does so by itself."
        ),
    };
    ApiError::new(ErrorCode::MalformedCsv, detail)
}

/// A text that is not a table of contacts.
pub fn not_a_table(error: TableError, options: &ImportOptions<'_>) -> ApiError {
    match error {
        TableError::Malformed(malformed) => {
            let detail =
                format!("In {malformed}. Nothing was stored: what follows the quote cannot be trusted.");
            ApiError::new(ErrorCode::MalformedCsv, detail)
        }
        TableError::UnknownColumn { .. } => invalid("columns", error.to_string()),
        TableError::Empty => invalid("body", "is empty: a header row and contacts are expected".to_owned()),
        TableError::NoPhoneColumn { .. } if options.needs_phone => {
            invalid("header", format!("{error}. Name it in the query, such as ?columns=phone:Simu"))
        }
        TableError::NoPhoneColumn { .. } => invalid(
            "header",
            format!(
                "{error}. Name it in the query, such as ?columns=phone:Simu, or import contacts without numbers by \
                 ?allow_no_phone=true"
            ),
        ),
        TableError::NoKnownColumn { .. } => invalid(
            "header",
            format!("{error}. Name them in the query, such as ?columns=phone:Simu,first_name:Jina"),
        ),
        TableError::OneLine => invalid("body", error.to_string()),
        TableError::NoHeader { .. } | TableError::TooManyColumns => invalid("header", error.to_string()),
    }
}

fn invalid(field: &str, message: String) -> ApiError {
    ApiError::invalid(vec![FieldError::new(field, message)])
}
