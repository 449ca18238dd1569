//! Errors as clients read them: `{"detail", "code", "request_id"}`, and `errors` for bad fields.
//!
//! Clients and operators read different things: a store's failure is logged with its cause, and answered without it.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::{Value, json};
use stores::StoreError;

use crate::code::ErrorCode;

/// Bad fields that an answer names; it counts the others. A body of some megabytes can have a million of them, and an
/// answer must fit what Lambda returns (6 MB).
const MOST_NAMED: usize = 100;

/// A client's or provider's word, short enough for an answer to repeat: 64 characters, and `…` if it is longer.
pub fn shown(word: &str) -> String {
    const LONGEST: usize = 64;
    match word.char_indices().nth(LONGEST).and_then(|(end, _)| word.get(..end)) {
        Some(beginning) => format!("{beginning}…"),
        None => word.to_owned(),
    }
}

/// A bad field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field's name, or the path of a nested field.
    pub field: String,
    /// The fault, as a sentence.
    pub message: String,
    /// The answer's code if this is the only bad field.
    #[serde(skip)]
    pub code: ErrorCode,
}

impl FieldError {
    /// A bad field with the general code.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), code: ErrorCode::InvalidRequest }
    }

    pub const fn code(mut self, code: ErrorCode) -> Self {
        self.code = code;
        self
    }
}

/// The bad fields of a request: the first hundred named, all of them counted.
#[derive(Clone, Debug, Default)]
pub struct FieldErrors {
    named: Vec<FieldError>,
    count: usize,
}

impl FieldErrors {
    pub fn push(&mut self, error: FieldError) {
        self.count += 1;
        if self.named.len() < MOST_NAMED {
            self.named.push(error);
        }
    }

    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The fields that an answer names.
    pub fn named(&self) -> &[FieldError] {
        &self.named
    }

    /// The code and the sentence of the answer.
    fn summary(&self) -> (ErrorCode, String) {
        match self.named.as_slice() {
            [only] => (only.code, format!("{}: {}", only.field, only.message)),
            several if several.len() == self.count => {
                (ErrorCode::InvalidRequest, format!("{} fields are not valid.", self.count))
            }
            first => {
                let (count, more) = (self.count, self.count - first.len());
                (
                    ErrorCode::InvalidRequest,
                    format!("{count} fields are not valid; {more} of them are not named here."),
                )
            }
        }
    }
}

impl FromIterator<FieldError> for FieldErrors {
    fn from_iter<I: IntoIterator<Item = FieldError>>(errors: I) -> Self {
        errors.into_iter().fold(Self::default(), |mut all, error| {
            all.push(error);
            all
        })
    }
}

impl From<Vec<FieldError>> for FieldErrors {
    fn from(errors: Vec<FieldError>) -> Self {
        errors.into_iter().collect()
    }
}

/// An error as a client reads it.
#[derive(Clone, Debug)]
pub struct ApiError {
    code: ErrorCode,
    detail: String,
    errors: Vec<FieldError>,
    additions: Vec<(&'static str, Value)>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl ApiError {
    /// An error with a stable code and a sentence.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { code, detail, errors: Vec::new(), additions: Vec::new(), headers: Vec::new() }
    }

    /// The bad fields of a request; at least one.
    pub fn invalid(errors: impl Into<FieldErrors>) -> Self {
        let errors = errors.into();
        let (code, detail) = errors.summary();
        Self { errors: errors.named, ..Self::new(code, detail) }
    }

    /// 404: no endpoint has this path.
    pub fn unknown_path() -> Self {
        Self::new(ErrorCode::UnknownPath, "There is nothing at this path.")
    }

    /// 404, with a sentence for the usual mistakes in joining a base address and a path.
    pub(crate) fn unknown_path_of(path: &str) -> Self {
        let detail = if path.contains("//") {
            "There is nothing at this path: it has two slashes in a row."
        } else if path != "/v1" && !path.starts_with("/v1/") {
            "There is nothing at this path: every path begins with /v1/."
        } else {
            return Self::unknown_path();
        };
        Self::new(ErrorCode::UnknownPath, detail)
    }

    /// 401: the request has no key.
    pub(crate) fn not_authenticated() -> Self {
        Self::unauthorized(ErrorCode::NotAuthenticated, "Authentication credentials were not provided.")
    }

    /// 401, with the header that it must have.
    pub(crate) fn unauthorized(code: ErrorCode, detail: &str) -> Self {
        Self::new(code, detail).header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// 500: an internal error. Its cause is logged where it occurs and is not in the answer.
    pub fn internal() -> Self {
        Self::new(ErrorCode::InternalError, "Something went wrong on our side.")
    }

    /// Adds a field to the answer.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.additions.push((name, value.into()));
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    pub fn retry_after(self, seconds: u32) -> Self {
        self.header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    pub const fn status(&self) -> StatusCode {
        self.code.status()
    }

    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// The body, with the id of the request it answers.
    pub fn body(&self, request_id: &str) -> Value {
        let mut body = json!({"detail": self.detail, "code": self.code.as_str(), "request_id": request_id});
        if let Some(fields) = body.as_object_mut() {
            if !self.errors.is_empty() {
                fields.insert("errors".to_owned(), json!(self.errors));
            }
            fields.extend(self.additions.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        }
        body
    }
}

/// Status and headers; [`crate::service`] adds the body, because it knows the request's id.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        for (name, value) in &self.headers {
            response.headers_mut().append(name, value.clone());
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a store did not answer");
        match error {
            error if error.is_about_an_item() => Self::internal(),
            _ => Self::new(
                ErrorCode::Unavailable,
                "The service is not available right now; try again. With an Idempotency-Key nothing happens twice.",
            )
            .retry_after(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_an_internal_error_does_not_have_its_cause() {
        let unreadable = StoreError::Unreadable { what: "a wallet", reason: "it is torn".to_owned() };
        let expected = json!({"detail": "Something went wrong on our side.", "code": "internal_error", "request_id": "r"});
        assert_eq!(ApiError::from(unreadable).body("r"), expected);
        assert_eq!(ApiError::internal().status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn a_long_word_is_shown_as_cut_short() {
        let word = |characters| "é".repeat(characters);
        assert_eq!(shown(&word(64)), word(64));
        assert_eq!(shown(&word(65)), format!("{}…", word(64)));
    }

    #[test]
    fn at_most_a_hundred_bad_fields_are_named_and_all_are_counted() {
        let answer = |count: usize| {
            let errors: FieldErrors =
                (0..count).map(|n| FieldError::new(format!("f{n}"), "is wrong")).collect();
            ApiError::invalid(errors).body("r")
        };
        let named = |count| answer(count)["errors"].as_array().map(Vec::len);
        assert_eq!((named(1), named(100), named(300_000)), (Some(1), Some(100), Some(100)));
        assert_eq!(answer(1)["detail"], "f0: is wrong");
        assert_eq!(answer(100)["detail"], "100 fields are not valid.");
        let many = answer(300_000);
        assert_eq!(many["detail"], "300000 fields are not valid; 299900 of them are not named here.");
        assert_eq!(many["errors"][99]["field"], "f99");
    }
}
