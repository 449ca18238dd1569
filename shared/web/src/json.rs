//! JSON as a request has it: objects keep all keys in their order, including repeated ones.
//!
//! `serde_json::Value` keeps the last of two equal keys; here a request with two values for a field can be refused.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value. `Debug` shows its kind only: requests hold phone numbers, names and texts.
#[derive(Clone, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number without fraction and exponent that fits 64 bits.
    Integer(i128),
    /// Any other number.
    Float(Float),
    Text(String),
    List(Vec<Json>),
    /// An object, with all its keys.
    Object(Vec<(String, Json)>),
}

/// A number with a fraction or an exponent, or a very large one.
#[derive(Clone, PartialEq)]
pub struct Float {
    value: f64,
    written: String,
}

impl Float {
    pub const fn value(&self) -> f64 {
        self.value
    }

    /// The characters in the body: `254712345678.0`, `2.54712E+11`.
    pub fn written(&self) -> &str {
        &self.written
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Json({})", self.kind())
    }
}

impl Json {
    pub fn parse(text: &[u8]) -> Result<Self, serde_json::Error> {
        let mut json: Self = serde_json::from_slice(text)?;
        if json.has_float() {
            json.keep_written(&mut numbers(text));
        }
        Ok(json)
    }

    fn has_float(&self) -> bool {
        match self {
            Self::Float(_) => true,
            Self::List(items) => items.iter().any(Self::has_float),
            Self::Object(entries) => entries.iter().any(|(_, value)| value.has_float()),
            Self::Null | Self::Bool(_) | Self::Integer(_) | Self::Text(_) => false,
        }
    }

    /// Sets the characters of each float. The values have the order of the text, and so have its numbers.
    fn keep_written<'a>(&mut self, numbers: &mut impl Iterator<Item = &'a [u8]>) {
        match self {
            Self::Integer(_) => drop(numbers.next()),
            Self::Float(float) => {
                float.written = String::from_utf8_lossy(numbers.next().unwrap_or_default()).into_owned();
            }
            Self::List(items) => items.iter_mut().for_each(|item| item.keep_written(numbers)),
            Self::Object(entries) => entries.iter_mut().for_each(|(_, value)| value.keep_written(numbers)),
            Self::Null | Self::Bool(_) | Self::Text(_) => {}
        }
    }

    /// The kind of the value, for a sentence.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// The numbers of a JSON text as they are written: each begins with a digit or a minus outside every string.
fn numbers(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let start = rest.iter().position(|b| matches!(b, b'"' | b'-' | b'0'..=b'9'))?;
            rest = &rest[start..];
            if rest[0] == b'"' {
                rest = &rest[string_length(rest)..];
                continue;
            }
            let is_of_number = |b: &u8| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
            let length = rest.iter().position(|b| !is_of_number(b)).unwrap_or(rest.len());
            let (number, after) = rest.split_at(length);
            rest = after;
            return Some(number);
        }
    })
}

/// The bytes of the string that a text begins with, its quotes included.
fn string_length(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Integer(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        // The visitor does not get the characters of the number.
        Ok(Json::Float(Float { value, written: String::new() }))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            object.push(entry);
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The characters of every float, in the order of the text.
    fn floats(json: &Json) -> Vec<&str> {
        match json {
            Json::Float(float) => vec![float.written()],
            Json::List(items) => items.iter().flat_map(floats).collect(),
            Json::Object(entries) => entries.iter().flat_map(|(_, value)| floats(value)).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_float_keeps_the_characters_that_it_is_written_with() {
        let text = r#" {"a-1\"2":[1, 2.50,"3.5\\",-4e2,{"5":6.0E+1,"5":7.0}],"b":99999999999999999999,"c":2.54712E+11}"#;
        let json = Json::parse(text.as_bytes()).unwrap();
        let written = ["2.50", "-4e2", "6.0E+1", "7.0", "99999999999999999999", "2.54712E+11"];
        assert_eq!(floats(&json), written);
    }
}
