//! Message attributes: their wire form, their rules, their size.
//!
//! Rules: Developer Guide, "Amazon SQS message metadata".

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::refusal::Refusal;

/// Attributes by name, in the ascending order in which they are digested.
pub(crate) type MessageAttributes = BTreeMap<String, AttributeValue>;

/// One attribute, on the wire and in the store alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AttributeValue {
    pub(crate) data_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) string_value: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) binary_value: Option<Blob>,
}

/// Bytes, base64 on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Blob(Vec<u8>);

impl TryFrom<String> for Blob {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        STANDARD.decode(text).map(Self)
    }
}

impl From<Blob> for String {
    fn from(blob: Blob) -> Self {
        STANDARD.encode(blob.0)
    }
}

impl AttributeValue {
    /// The value's bytes, whichever field holds them.
    pub(crate) fn bytes(&self) -> &[u8] {
        match (&self.binary_value, &self.string_value) {
            (Some(blob), _) => &blob.0,
            (None, Some(text)) => text.as_bytes(),
            (None, None) => &[],
        }
    }
}

/// Bytes that count towards a message's size: names, types and values.
pub(crate) fn payload_bytes(attributes: &MessageAttributes) -> usize {
    attributes.iter().map(|(name, value)| name.len() + value.data_type.len() + value.bytes().len()).sum()
}

/// Checks every attribute of a message.
///
/// # Errors
/// The first rule that is broken, naming the attribute and never its value.
pub(crate) fn check(attributes: &MessageAttributes) -> Result<(), Refusal> {
    if attributes.len() > limits::MESSAGE_ATTRIBUTES {
        return Err(Refusal::TooManyMessageAttributes(attributes.len()));
    }
    attributes.iter().try_for_each(|(name, value)| {
        let broken = broken_name_rule(name).or_else(|| broken_value_rule(value));
        broken.map_or(Ok(()), |reason| Err(Refusal::InvalidMessageAttribute { name: name.clone(), reason }))
    })
}

fn broken_name_rule(name: &str) -> Option<&'static str> {
    let reserved = name.to_ascii_lowercase();
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    if name.is_empty() || name.len() > limits::ATTRIBUTE_NAME_LETTERS {
        Some("must have a name of 1 to 256 letters.")
    } else if !name.chars().all(allowed) {
        Some("has a name with a letter that is not alphanumeric, '_', '-' or '.'.")
    } else if name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        Some("has a name with a period at its start, at its end or after another period.")
    } else if reserved.starts_with("aws.") || reserved.starts_with("amazon.") {
        Some("has a name with a reserved prefix.")
    } else {
        None
    }
}

fn broken_value_rule(value: &AttributeValue) -> Option<&'static str> {
    let kind = value.data_type.split('.').next().unwrap_or_default();
    match (kind, &value.string_value, &value.binary_value) {
        _ if value.data_type.len() > limits::ATTRIBUTE_NAME_LETTERS => {
            Some("must have a type of up to 256 letters.")
        }
        ("String", Some(text), None) if !text.is_empty() => disallowed_text(text),
        ("Number", Some(text), None) if text.parse::<f64>().is_ok_and(f64::is_finite) => None,
        ("Binary", None, Some(blob)) if !blob.0.is_empty() => None,
        ("String", ..) => Some("must contain a non-empty value of type 'String'."),
        ("Number", ..) => Some("must contain a numeric value of type 'Number'."),
        ("Binary", ..) => Some("must contain a non-empty value of type 'Binary'."),
        _ => Some("must have a type that starts with 'String', 'Number' or 'Binary'."),
    }
}

fn disallowed_text(text: &str) -> Option<&'static str> {
    (!text.chars().all(is_allowed_character)).then_some("contains characters outside the allowed set.")
}

/// Whether a character may stand in a body or in a text attribute: the characters of XML 1.0
/// (API, SendMessage).
pub(crate) fn is_allowed_character(character: char) -> bool {
    matches!(character,
        '\u{9}' | '\u{A}' | '\u{D}' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(json: &str) -> MessageAttributes {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn strings_numbers_and_blobs_are_accepted_with_custom_types() {
        let all = attributes(
            r#"{"a":{"DataType":"String.x","StringValue":"v"},
                "b":{"DataType":"Number","StringValue":"-1.5e3"},
                "c":{"DataType":"Binary.png","BinaryValue":"AAE="}}"#,
        );
        assert!(check(&all).is_ok());
        assert_eq!(payload_bytes(&all), 3 + 8 + 1 + 6 + 6 + 10 + 2);
    }

    #[test]
    fn names_outside_the_rules_are_refused() {
        for name in ["", ".a", "a.", "a..b", "aws.x", "Amazon.x", "ä", "a b"] {
            assert!(broken_name_rule(name).is_some(), "{name:?}");
        }
    }

    #[test]
    fn values_that_do_not_fit_their_type_are_refused() {
        for json in [
            r#"{"a":{"DataType":"String","StringValue":""}}"#,
            r#"{"a":{"DataType":"String","StringValue":"\u0001"}}"#,
            r#"{"a":{"DataType":"Number","StringValue":"ten"}}"#,
            r#"{"a":{"DataType":"Binary","StringValue":"text"}}"#,
            r#"{"a":{"DataType":"Date","StringValue":"text"}}"#,
        ] {
            assert!(check(&attributes(json)).is_err(), "{json}");
        }
    }
}
