//! A refusal of the API.

use std::fmt;

use http::StatusCode;
use serde::Deserialize;

/// The code of a send that was not accepted because an operator has stopped sends.
const SENDING_STOPPED: &str = "sending_stopped";

/// A refusal of the API.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub status: StatusCode,
    /// The stable code.
    pub code: String,
    /// The error's sentence.
    pub detail: String,
    /// The fields that are wrong.
    pub errors: Vec<FieldError>,
    /// The request's id in the logs of the API.
    pub request_id: String,
    /// Seconds after which the call may be repeated.
    pub retry_after: Option<u64>,
}

/// A field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FieldError {
    /// The name, with the index of an item of a list: `group_ids[0]`.
    pub field: String,
    pub message: String,
}

impl Refusal {
    /// Reads an answer; `None` if it does not have the form of the API's errors.
    pub(super) fn read(status: StatusCode, retry_after: Option<u64>, body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Body {
            detail: String,
            code: String,
            #[serde(default)]
            request_id: String,
            #[serde(default)]
            errors: Vec<FieldError>,
        }
        let Body { detail, code, request_id, errors } = serde_json::from_slice(body).ok()?;
        Some(Self { status, code, detail, errors, request_id, retry_after })
    }

    /// Whether an operator has stopped new sends. Nothing was accepted, and only a person ends a stop.
    pub fn is_stop(&self) -> bool {
        self.code == SENDING_STOPPED
    }

    /// A copy whose fields have the names that a person typed, without the index in a list.
    pub fn with_fields_named(mut self, names: &[(&str, &str)]) -> Self {
        // Only names with a `_` are replaced: other names are also ordinary words of a sentence.
        let is_name = |(known, _): &&(&str, &str)| known.contains('_');
        for (known, name) in names.iter().filter(is_name) {
            self.detail = self.detail.replace(known, name);
        }
        for error in &mut self.errors {
            let field = error.field.split('[').next().unwrap_or_default();
            if let Some((_, name)) = names.iter().find(|(known, _)| *known == field) {
                error.field = (*name).to_owned();
            }
            // A message may name another field.
            for (known, name) in names.iter().filter(is_name) {
                error.message = error.message.replace(known, name);
            }
        }
        self
    }
}

/// The sentence. The id of the request is added only to server errors, because the API's operator needs it for these.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.errors.as_slice() {
            // The detail repeats this message.
            [FieldError { field, message }] => write!(f, "{field}: {message}")?,
            errors => {
                f.write_str(&self.detail)?;
                for FieldError { field, message } in errors {
                    write!(f, " {field}: {message}.")?;
                }
            }
        }
        match self.status.is_server_error() {
            true => write!(f, " ({}, request {})", self.status, self.request_id),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn refusal(status: u16, body: Value) -> Refusal {
        let status = StatusCode::from_u16(status).unwrap();
        Refusal::read(status, None, body.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn one_wrong_field_is_named_once_and_by_the_name_that_was_typed() {
        let one = json!({"detail": "max_cost: must be above zero", "code": "invalid_request", "request_id": "r",
                         "errors": [{"field": "max_cost", "message": "must be above zero"}]});
        let refusal = refusal(400, one);
        assert_eq!(refusal.to_string(), "max_cost: must be above zero");
        let named = refusal.with_fields_named(&[("max_cost", "--max-cost")]);
        assert_eq!(named.to_string(), "--max-cost: must be above zero");
    }

    #[test]
    fn a_sentence_about_several_fields_has_the_names_that_were_typed() {
        let dear = json!({"detail": "The send costs KES 7.00, more than max_cost KES 0.01.", "code": "x"});
        let named = refusal(402, dear).with_fields_named(&[("max_cost", "--max-cost")]);
        assert_eq!(named.to_string(), "The send costs KES 7.00, more than --max-cost KES 0.01.");
    }

    #[test]
    fn several_wrong_fields_are_all_named() {
        let two = json!({"detail": "2 fields are not valid.", "code": "invalid_request", "errors": [
            {"field": "message", "message": "must not be blank"},
            {"field": "group_ids[3]", "message": "must be a UUID"},
        ]});
        let named = refusal(400, two).with_fields_named(&[("group_ids", "--book")]);
        let said = "2 fields are not valid. message: must not be blank. --book: must be a UUID.";
        assert_eq!(named.to_string(), said);
    }

    #[test]
    fn only_a_fault_of_the_api_shows_the_id_of_the_request() {
        let body = json!({"detail": "Something went wrong.", "code": "internal_error", "request_id": "r-1"});
        let shown = refusal(500, body.clone()).to_string();
        assert_eq!(shown, "Something went wrong. (500 Internal Server Error, request r-1)");
        assert_eq!(refusal(402, body).to_string(), "Something went wrong.");
    }

    #[test]
    fn an_answer_of_another_form_is_not_an_error_of_the_api() {
        assert!(Refusal::read(StatusCode::BAD_GATEWAY, None, b"<html>").is_none());
    }
}
