//! The fields of a JSON body, taken one by one; every bad one is reported, all at once.

#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    mem,
};

use bytes::Bytes;
use http::StatusCode;

use crate::{
    error::{ApiError, FieldError, FieldErrors, shown},
    json::Json,
    paging::Query,
};

/// What is wrong with one value: the message, and a code where it has one of its own.
pub struct Wrong {
    message: String,
    code: &'static str,
}

impl Wrong {
    /// With a code of its own.
    pub fn coded(code: &'static str, message: impl Into<String>) -> Self {
        Self { message: message.into(), code }
    }
}

impl<T: Into<String>> From<T> for Wrong {
    fn from(message: T) -> Self {
        Self { message: message.into(), code: crate::error::INVALID_REQUEST }
    }
}

/// An object's fields, not all of them taken yet.
pub struct Fields {
    entries: Vec<(String, Json)>,
    repeated: HashSet<String>,
    errors: FieldErrors,
}

/// Parses a body as JSON; malformed JSON is 400 with line and column.
pub fn parse_json(body: &Bytes) -> Result<Json, ApiError> {
    let malformed = |detail: String| ApiError::new(StatusCode::BAD_REQUEST, "malformed_json", detail);
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(malformed("The request has no body; a JSON object is expected.".to_owned()));
    }
    serde_json::from_slice(body).map_err(|error| malformed(format!("The body is not valid JSON: {error}.")))
}

impl Fields {
    /// The fields of a body that must be an object.
    pub fn parse(body: &Bytes) -> Result<Self, ApiError> {
        Self::of(parse_json(body)?).map_err(|error| ApiError::invalid(vec![error]))
    }

    /// The same of a request that has a query too, which was read before: one answer names whatever is
    /// wrong with either.
    pub fn parse_beside(query: Query, body: &Bytes) -> Result<Self, ApiError> {
        let errors = query.into_errors();
        match Self::of(parse_json(body)?) {
            Ok(mut fields) => {
                errors.into_iter().for_each(|error| fields.errors.push(error));
                Ok(fields)
            }
            Err(error) => Err(ApiError::invalid([errors, vec![error]].concat())),
        }
    }

    /// The fields of a value that must be an object.
    pub fn of(value: Json) -> Result<Self, FieldError> {
        match value {
            Json::Object(entries) => {
                let (repeated, errors) = (HashSet::new(), FieldErrors::default());
                let mut fields = Self { entries, repeated, errors };
                fields.report_repeated();
                Ok(fields)
            }
            other => Err(FieldError::new("body", format!("must be a JSON object, not {}", other.kind()))),
        }
    }

    /// Takes out what stands more than once, in the order of the body: which of the values is meant,
    /// nobody can say.
    fn report_repeated(&mut self) {
        let mut seen = HashMap::with_capacity(self.entries.len());
        for (name, _) in &self.entries {
            *seen.entry(name.as_str()).or_insert(0_usize) += 1;
        }
        let stands_once: Vec<bool> =
            self.entries.iter().map(|(name, _)| seen.get(name.as_str()) == Some(&1)).collect();
        for ((name, value), once) in mem::take(&mut self.entries).into_iter().zip(stands_once) {
            if once {
                self.entries.push((name, value));
            } else if !self.repeated.contains(&name) {
                self.wrong(&shown(&name), "stands more than once in the body".into());
                self.repeated.insert(name);
            }
        }
    }

    /// Notes that a field is wrong.
    pub fn wrong(&mut self, field: &str, wrong: Wrong) {
        let error = FieldError::new(field, wrong.message).code(wrong.code);
        self.errors.push(error);
    }

    /// Whether the body says anything under a name, be it wrong.
    pub fn has(&self, name: &str) -> bool {
        let says = |(other, value): &(String, Json)| other == name && *value != Json::Null;
        self.repeated.contains(name) || self.entries.iter().any(says)
    }

    /// A field that may be absent or null. `None` where it is, and where it is wrong, which is noted.
    pub fn optional<T>(&mut self, name: &str, read: impl FnOnce(Json) -> Result<T, Wrong>) -> Option<T> {
        match self.take(name)? {
            Json::Null => None,
            value => self.read(name, value, read),
        }
    }

    /// A field of a change, which may be absent: null is a value that `read` takes or refuses, not
    /// silence. `None` where it is absent, and where it is wrong, which is noted.
    pub fn change<T>(&mut self, name: &str, read: impl FnOnce(Json) -> Result<T, Wrong>) -> Option<T> {
        let value = self.take(name)?;
        self.read(name, value, read)
    }

    /// Keeps the others in their order, in which the unknown ones are reported.
    fn take(&mut self, name: &str) -> Option<Json> {
        let place = self.entries.iter().position(|(other, _)| other == name)?;
        Some(self.entries.remove(place).1)
    }

    fn read<T>(&mut self, name: &str, value: Json, read: impl FnOnce(Json) -> Result<T, Wrong>) -> Option<T> {
        read(value).map_err(|wrong| self.wrong(name, wrong)).ok()
    }

    /// A field that must be there. `None` where it is absent or wrong, which is noted.
    pub fn required<T>(&mut self, name: &str, read: impl FnOnce(Json) -> Result<T, Wrong>) -> Option<T> {
        match self.take(name) {
            None if self.repeated.contains(name) => None,
            None | Some(Json::Null) => {
                self.wrong(name, "is required".into());
                None
            }
            Some(value) => self.read(name, value, read),
        }
    }

    /// The items of a list, read one by one: those that are wrong are noted, each by its place from 0.
    pub fn each<T>(
        &mut self,
        name: &str,
        items: Vec<Json>,
        read: impl Fn(Json) -> Result<T, Wrong>,
    ) -> Vec<T> {
        let mut good = Vec::with_capacity(items.len());
        for (place, item) in items.into_iter().enumerate() {
            good.extend(self.read(&format!("{name}[{place}]"), item, &read));
        }
        good
    }

    /// All that is wrong, the fields that nobody took included.
    pub fn into_errors(mut self) -> FieldErrors {
        for (name, _) in mem::take(&mut self.entries) {
            self.wrong(&shown(&name), "is not a field of this request".into());
        }
        self.errors
    }

    /// An error where anything is wrong.
    pub fn finish(self) -> Result<(), ApiError> {
        let errors = self.into_errors();
        if errors.is_empty() { Ok(()) } else { Err(ApiError::invalid(errors)) }
    }
}

/// Reads a text.
pub fn text(value: Json) -> Result<String, Wrong> {
    match value {
        Json::Text(text) => Ok(text),
        other => Err(format!("must be a string, not {}", other.kind()).into()),
    }
}

/// Reads a boolean.
pub fn boolean(value: Json) -> Result<bool, Wrong> {
    match value {
        Json::Bool(value) => Ok(value),
        other => Err(format!("must be true or false, not {}", other.kind()).into()),
    }
}

/// Reads a list.
pub fn list(value: Json) -> Result<Vec<Json>, Wrong> {
    match value {
        Json::List(items) => Ok(items),
        other => Err(format!("must be an array, not {}", other.kind()).into()),
    }
}

/// Reads a positive integer, written as a number or as a numeric string.
pub fn positive_integer(value: Json) -> Result<u64, Wrong> {
    let number = match value {
        Json::Integer(number) => u64::try_from(number).ok(),
        Json::Text(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    };
    number.filter(|number| *number > 0).ok_or_else(|| "must be a positive integer".into())
}
