//! The fields of a JSON body, taken one by one; every bad one is reported, all at once.

use std::{
    collections::{HashMap, HashSet},
    mem,
};

use bytes::Bytes;
use http::StatusCode;

use crate::{
    error::{ApiError, FieldError, FieldErrors},
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
    prefix: String,
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
        Self::of(parse_json(body)?, "").map_err(|error| ApiError::invalid(vec![error]))
    }

    /// The same of a request that has a query too, which was read before: one answer names whatever is
    /// wrong with either.
    pub fn parse_beside(query: Query, body: &Bytes) -> Result<Self, ApiError> {
        let errors = query.into_errors();
        match Self::of(parse_json(body)?, "") {
            Ok(mut fields) => {
                errors.into_iter().for_each(|error| fields.errors.push(error));
                Ok(fields)
            }
            Err(error) => Err(ApiError::invalid([errors, vec![error]].concat())),
        }
    }

    /// The fields of a value that must be an object; `prefix` leads their names in errors.
    pub fn of(value: Json, prefix: &str) -> Result<Self, FieldError> {
        match value {
            Json::Object(entries) => {
                let (repeated, errors) = (HashSet::new(), FieldErrors::default());
                let mut fields = Self { prefix: prefix.to_owned(), entries, repeated, errors };
                fields.report_repeated();
                Ok(fields)
            }
            other => {
                let field = if prefix.is_empty() { "body" } else { prefix.trim_end_matches('.') };
                Err(FieldError::new(field, format!("must be a JSON object, not {}", other.kind())))
            }
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
        let error = FieldError::new(format!("{}{field}", self.prefix), wrong.message).code(wrong.code);
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

/// A stranger's field name, short enough to show.
fn shown(name: &str) -> String {
    const LONGEST: usize = 64;
    if name.chars().count() > LONGEST {
        name.chars().take(LONGEST).chain(['…']).collect()
    } else {
        name.to_owned()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(body: &str) -> Vec<(String, String)> {
        let mut fields = Fields::parse(&Bytes::copy_from_slice(body.as_bytes())).unwrap();
        fields.required("name", text);
        fields.optional("count", positive_integer);
        let errors = fields.into_errors();
        errors.named().iter().map(|error| (error.field.clone(), error.message.clone())).collect()
    }

    #[test]
    fn every_bad_field_is_named_at_once() {
        let found = errors(r#"{"name": 7, "count": 0, "extra": 1}"#);
        let names: Vec<&str> = found.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(names, ["name", "count", "extra"]);
        assert_eq!(
            errors(r#"{"name":"a","name":"b"}"#),
            [("name".into(), "stands more than once in the body".into())]
        );
        assert_eq!(errors("{}"), [("name".into(), "is required".into())]);
        assert_eq!(errors(r#"{"name":"a","count":"84"}"#), []);
    }

    #[test]
    fn a_bad_query_is_named_beside_the_body() {
        let names = |body: &'static str| {
            let mut query = Query::of(&"/x?page=0&page_size=x".parse().unwrap());
            query.page();
            let fields = Fields::parse_beside(query, &Bytes::from_static(body.as_bytes()));
            let refused = fields.and_then(|mut fields| {
                fields.required("name", text);
                fields.finish()
            });
            let errors = refused.unwrap_err().body("r")["errors"].clone();
            let errors = errors.as_array().unwrap().iter();
            errors.map(|error| error["field"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(r#"{"name":"a"}"#), ["page", "page_size"]);
        assert_eq!(names(r#"{"name":7}"#), ["page", "page_size", "name"]);
        assert_eq!(names("[]"), ["page", "page_size", "body"]);
    }

    #[test]
    fn every_bad_item_of_a_list_is_named_by_its_place() {
        let mut fields = Fields::parse(&Bytes::from_static(b"{}")).unwrap();
        let items = [0, 5, -1, 7].map(Json::Integer).to_vec();
        assert_eq!(fields.each("ids", items, positive_integer), [5, 7]);
        let errors = fields.into_errors();
        let names: Vec<&str> = errors.named().iter().map(|error| error.field.as_str()).collect();
        assert_eq!(names, ["ids[0]", "ids[2]"]);
    }

    #[test]
    fn a_body_has_what_it_says_anything_of() {
        let body = br#"{"null":null,"wrong":7,"twice":1,"twice":2}"#;
        let fields = Fields::parse(&Bytes::from_static(body)).unwrap();
        let has = ["absent", "null", "wrong", "twice"].map(|name| fields.has(name));
        assert_eq!(has, [false, false, true, true]);
    }

    #[test]
    fn errors_come_in_the_order_of_the_body() {
        let names = |body: &str| errors(body).into_iter().map(|(field, _)| field).collect::<Vec<_>>();
        let unknown = r#"{"z":1,"name":"a","y":1,"count":1,"x":1,"w":1}"#;
        assert_eq!(names(unknown), ["z", "y", "x", "w"]);
        let repeated = r#"{"q":1,"b":1,"a":1,"q":2,"name":"a","a":2,"b":2,"a":3}"#;
        assert_eq!(names(repeated), ["q", "b", "a"]);
    }

    #[test]
    fn a_body_full_of_repeated_fields_is_read_in_one_pass() {
        // Some minutes, where every repeated name costs a pass of its own.
        let names: Vec<String> = (0..100_000).map(|n| format!("\"k{n}\":0")).collect();
        let body = format!("{{{},{}}}", names.join(","), names.join(","));
        assert_eq!(errors(&body).len(), 100, "no more are named");
        let mut fields = Fields::parse(&Bytes::from(body)).unwrap();
        assert_eq!(fields.required("k99999", text), None);
        let detail = fields.finish().unwrap_err().body("r")["detail"].clone();
        assert_eq!(detail, "100000 fields are not valid; 99900 of them are not named here.");
    }

    #[test]
    fn null_is_silence_except_in_a_change() {
        let null = || Fields::parse(&Bytes::from_static(br#"{"name":null}"#)).unwrap();
        assert_eq!(null().optional("name", text), None);
        let mut fields = null();
        assert_eq!(fields.change("name", |value| Ok(value == Json::Null)), Some(true));
        assert_eq!(fields.change("name", text), None, "it is absent now");
        fields.finish().unwrap();
        let mut refused = null();
        refused.change("name", text);
        assert_eq!(refused.into_errors().named()[0].message, "must be a string, not null");
    }

    #[test]
    fn malformed_json_is_answered_with_its_place() {
        let parse = |body: &'static [u8]| parse_json(&Bytes::from_static(body)).unwrap_err();
        let detail = |body| parse(body).body("r")["detail"].as_str().unwrap().to_owned();
        assert!(detail(b"{\"a\":\n}").contains("line 2 column 1"));
        assert!(detail(br#"{"a":"\ud800"}"#).contains("line 1"), "a lone surrogate");
        assert!(detail(b"{\"a\":\"\xff\"}").contains("line 1"), "not UTF-8");
        assert!(detail(b"  ").contains("no body"));
        assert!(Fields::parse(&Bytes::from_static(b"[]")).is_err());
    }
}
