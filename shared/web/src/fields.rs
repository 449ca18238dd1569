//! Reads the fields of a JSON body one by one, and reports all bad fields together.

#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    mem,
};

use crate::{
    code::ErrorCode,
    error::{ApiError, FieldError, FieldErrors, shown},
    json::Json,
    paging::Query,
};

const IS_REQUIRED: &str = "is required";

/// Why a value is refused: the message, and the code if the value has its own.
pub struct InvalidValue {
    message: String,
    code: ErrorCode,
}

impl InvalidValue {
    pub fn coded(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { message: message.into(), code }
    }
}

impl<T: Into<String>> From<T> for InvalidValue {
    fn from(message: T) -> Self {
        Self { message: message.into(), code: ErrorCode::InvalidRequest }
    }
}

/// An object's fields that have not been read yet.
pub struct Fields {
    entries: Vec<(String, Json)>,
    repeated: HashSet<String>,
    errors: FieldErrors,
}

/// Parses a body as JSON; malformed JSON is 400 with line and column.
pub fn parse_json(body: &[u8]) -> Result<Json, ApiError> {
    let malformed = |detail: String| ApiError::new(ErrorCode::MalformedJson, detail);
    // RFC 8259, 8.1: a byte order mark may be ignored.
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(malformed("The request has no body; a JSON object is expected.".to_owned()));
    }
    Json::parse(body).map_err(|error| malformed(format!("The body is not valid JSON: {error}.")))
}

impl Fields {
    /// The fields of a body that must be an object.
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        Self::of(parse_json(body)?).map_err(|error| ApiError::invalid(vec![error]))
    }

    /// The fields of a body, together with a query that was read before: one answer names the errors of both.
    pub fn parse_beside(query: Query, body: &[u8]) -> Result<Self, ApiError> {
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

    /// Removes and reports repeated fields, in the order of the body: none of their values is used.
    fn report_repeated(&mut self) {
        let mut seen = HashMap::with_capacity(self.entries.len());
        for (name, _) in &self.entries {
            *seen.entry(name.as_str()).or_insert(0_usize) += 1;
        }
        let appears_once: Vec<bool> =
            self.entries.iter().map(|(name, _)| seen.get(name.as_str()) == Some(&1)).collect();
        for ((name, value), once) in mem::take(&mut self.entries).into_iter().zip(appears_once) {
            if once {
                self.entries.push((name, value));
            } else if !self.repeated.contains(&name) {
                self.reject(&shown(&name), "appears more than once in the body".into());
                self.repeated.insert(name);
            }
        }
    }

    pub fn reject(&mut self, field: &str, value: InvalidValue) {
        let error = FieldError::new(field, value.message).code(value.code);
        self.errors.push(error);
    }

    /// Whether the body has the field with a value other than null, valid or not.
    pub fn has(&self, name: &str) -> bool {
        let is_set = |(other, value): &(String, Json)| other == name && *value != Json::Null;
        self.repeated.contains(name) || self.entries.iter().any(is_set)
    }

    /// A field that may be absent or null. `None` if it is, or if it is invalid, which is noted.
    pub fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Json) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        match self.take(name)? {
            Json::Null => None,
            value => self.read(name, value, read),
        }
    }

    /// A field without which the request does more, such as `dry_run`. It may be absent but not null, because null is
    /// often a value that a program failed to compute.
    pub fn guarding<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Json) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        match self.take(name)? {
            Json::Null => {
                self.reject(name, "must not be null: leave it out if you do not want it".into());
                None
            }
            value => self.read(name, value, read),
        }
    }

    /// A field of a change, which may be absent; `read` accepts or refuses null. `None` if it is absent, or if it is
    /// invalid, which is noted.
    pub fn change<T>(&mut self, name: &str, read: impl FnOnce(Json) -> Result<T, InvalidValue>) -> Option<T> {
        let value = self.take(name)?;
        self.read(name, value, read)
    }

    /// Removes a field. The others keep their order, in which unknown ones are reported.
    fn take(&mut self, name: &str) -> Option<Json> {
        let place = self.entries.iter().position(|(other, _)| other == name)?;
        Some(self.entries.remove(place).1)
    }

    fn read<T>(
        &mut self,
        name: &str,
        value: Json,
        read: impl FnOnce(Json) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        read(value).map_err(|value| self.reject(name, value)).ok()
    }

    /// A field that must be present. `None` if it is absent or invalid, which is noted.
    pub fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Json) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        self.required_or(name, IS_REQUIRED, read)
    }

    /// Reads a required field; `if_null` is the message for null, which a caller may have sent on purpose.
    pub fn required_or<T>(
        &mut self,
        name: &str,
        if_null: &str,
        read: impl FnOnce(Json) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        let message = match self.take(name) {
            None if self.repeated.contains(name) => return None,
            None => IS_REQUIRED,
            Some(Json::Null) => if_null,
            Some(value) => return self.read(name, value, read),
        };
        self.reject(name, message.into());
        None
    }

    /// The items of a list, read one by one. Invalid ones are noted by their index.
    pub fn each<T>(
        &mut self,
        name: &str,
        items: Vec<Json>,
        read: impl Fn(Json) -> Result<T, InvalidValue>,
    ) -> Vec<T> {
        let mut good = Vec::with_capacity(items.len());
        for (place, item) in items.into_iter().enumerate() {
            good.extend(self.read(&format!("{name}[{place}]"), item, &read));
        }
        good
    }

    /// All errors; fields that were not read are unknown ones.
    pub fn into_errors(mut self) -> FieldErrors {
        for (name, _) in mem::take(&mut self.entries) {
            self.reject(&shown(&name), "is not a field of this request".into());
        }
        self.errors
    }

    pub fn finish(self) -> Result<(), ApiError> {
        let errors = self.into_errors();
        if errors.is_empty() { Ok(()) } else { Err(ApiError::invalid(errors)) }
    }
}

/// Reads a text.
pub fn text(value: Json) -> Result<String, InvalidValue> {
    match value {
        Json::Text(text) => Ok(text),
        other => Err(format!("must be a string, not {}", other.kind()).into()),
    }
}

/// Reads a boolean.
pub fn boolean(value: Json) -> Result<bool, InvalidValue> {
    match value {
        Json::Bool(value) => Ok(value),
        other => Err(format!("must be true or false, not {}", other.kind()).into()),
    }
}

/// Reads a list.
pub fn list(value: Json) -> Result<Vec<Json>, InvalidValue> {
    match value {
        Json::List(items) => Ok(items),
        other => Err(format!("must be an array, not {}", other.kind()).into()),
    }
}

/// Reads a positive integer, written as a number or as a numeric string.
pub fn positive_integer(value: Json) -> Result<u64, InvalidValue> {
    let number = match value {
        Json::Integer(number) => u64::try_from(number).ok(),
        Json::Float(number) => whole(number.value()),
        Json::Text(text) if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    };
    number.filter(|number| *number > 0).ok_or_else(|| "must be a positive integer".into())
}

/// A number such as `84.0` or `84e0`, which JSON does not distinguish from the integer 84. Beyond 2^53 one float may be
/// several integers.
fn whole(number: f64) -> Option<u64> {
    const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;
    let is_whole = number.fract() == 0.0 && (0.0..LARGEST_EXACT).contains(&number);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    is_whole.then_some(number as u64)
}
