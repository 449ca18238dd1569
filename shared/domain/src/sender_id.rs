//! The sender that recipients see on a text: a name, a short code or a phone number.
//!
//! The function `api` parses the request's `sender_id` and the organisation's default here; the sender of a route is one
//! too. This module does not decide whether an organisation may use a sender, or whether a network has registered it: it
//! only refuses what no network could carry.
//!
//! Source of the limit of a name: a TP-Originating-Address holds 11 GSM septets (3GPP TS 23.040 §9.1.2.5); the character
//! set is the part of GSM-7 that every provider accepts. Short codes have 3 to 8 digits (Twilio, AWS and Infobip, "short
//! codes"); digits alone that are longer could be a number with its plus forgotten, and are refused.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::msisdn::Msisdn;

/// The most characters of a name.
pub const MAX_SENDER_ID_CHARACTERS: usize = 11;
const SHORT_CODE_DIGITS: std::ops::RangeInclusive<usize> = 3..=8;

/// A sender id, as recipients see it. One of:
/// - a name: 1 to 11 ASCII letters, digits, spaces, `_` and `-`, at least one of them a letter, and no space at either end;
/// - a short code: 3 to 8 digits, the first not 0;
/// - a phone number: `+` and 7 to 15 digits, country code first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SenderId(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SenderKind {
    /// Has at least one letter.
    Name,
    /// Has digits alone.
    ShortCode,
    /// `+` and digits.
    Number,
}

/// The fault of a sender id, worded to follow the name of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SenderIdError {
    /// No characters at all.
    #[error("must not be empty")]
    Empty,
    /// More than [`MAX_SENDER_ID_CHARACTERS`].
    #[error("must have at most {MAX_SENDER_ID_CHARACTERS} characters, not {characters}")]
    TooLong { characters: usize },
    /// A character outside the permitted set.
    #[error(
        "must hold only letters A to Z, digits, space, _ and -, not U+{code:04X} at index {index}",
        code = u32::from(*.character)
    )]
    ForbiddenCharacter {
        /// The first offending character.
        character: char,
        /// Position of the character, from 0.
        index: usize,
    },
    /// Digits alone that are no short code.
    #[error(
        "must have a letter, or be a short code of 3 to 8 digits, or a phone number that begins with + and the country code"
    )]
    NoLetter,
    /// A plus without a number after it.
    #[error("must have 7 to 15 digits after the +, country code first")]
    NotANumber,
    /// A space at the start or at the end, which handsets do not show.
    #[error("must not start or end with a space")]
    OuterSpace,
}

impl SenderId {
    /// Accepts a sender id as recipients will see it; keeps the case.
    pub fn parse(text: &str) -> Result<Self, SenderIdError> {
        if let Some(digits) = text.strip_prefix('+') {
            let is_number = !digits.starts_with('+') && Msisdn::parse_e164(digits).is_ok();
            return if is_number { Ok(Self(text.to_owned())) } else { Err(SenderIdError::NotANumber) };
        }
        if is_short_code(text) {
            return Ok(Self(text.to_owned()));
        }
        Self::parse_name(text)
    }

    fn parse_name(text: &str) -> Result<Self, SenderIdError> {
        if text.is_empty() {
            return Err(SenderIdError::Empty);
        }
        refuse_forbidden_characters(text)?;
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(SenderIdError::NoLetter);
        }
        let characters = text.chars().count();
        if characters > MAX_SENDER_ID_CHARACTERS {
            return Err(SenderIdError::TooLong { characters });
        }
        if text.starts_with(' ') || text.ends_with(' ') {
            return Err(SenderIdError::OuterSpace);
        }
        if !text.contains(|c: char| c.is_ascii_alphabetic()) {
            return Err(SenderIdError::NoLetter);
        }
        Ok(Self(text.to_owned()))
    }

    pub fn kind(&self) -> SenderKind {
        match self.0.as_bytes() {
            [b'+', ..] => SenderKind::Number,
            digits if digits.iter().all(u8::is_ascii_digit) => SenderKind::ShortCode,
            _ => SenderKind::Name,
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_short_code(text: &str) -> bool {
    SHORT_CODE_DIGITS.contains(&text.len())
        && !text.starts_with('0')
        && text.bytes().all(|b| b.is_ascii_digit())
}

fn refuse_forbidden_characters(text: &str) -> Result<(), SenderIdError> {
    let forbidden = |&(_, c): &(usize, char)| !c.is_ascii_alphanumeric() && !" _-".contains(c);
    match text.chars().enumerate().find(forbidden) {
        Some((index, character)) => Err(SenderIdError::ForbiddenCharacter { character, index }),
        None => Ok(()),
    }
}

impl FromStr for SenderId {
    type Err = SenderIdError;

    fn from_str(text: &str) -> Result<Self, SenderIdError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for SenderId {
    type Error = SenderIdError;

    fn try_from(text: String) -> Result<Self, SenderIdError> {
        Self::parse(&text)
    }
}

impl From<SenderId> for String {
    fn from(sender_id: SenderId) -> Self {
        sender_id.0
    }
}

impl fmt::Display for SenderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_sender_id_is_accepted_unchanged() {
        for name in ["TALKNTALK", "a", "24 Hour-Gym", "A_b-C 1", "ABCDEFGHIJK"] {
            assert_eq!(SenderId::parse(name).unwrap().to_string(), name);
        }
    }

    #[test]
    fn short_codes_and_numbers_are_senders_and_told_apart() {
        let kinds = [
            ("ACME", SenderKind::Name),
            ("4Them", SenderKind::Name),
            ("22384", SenderKind::ShortCode),
            ("998", SenderKind::ShortCode),
            ("19876543", SenderKind::ShortCode),
            ("+254711082000", SenderKind::Number),
            ("+15005550006", SenderKind::Number),
        ];
        for (text, kind) in kinds {
            let sender = SenderId::parse(text).unwrap();
            assert_eq!((sender.as_str(), sender.kind()), (text, kind));
        }
    }

    #[test]
    fn each_refusal_of_a_sender_id_names_the_cause() {
        let forbidden = |character, index| SenderIdError::ForbiddenCharacter { character, index };
        let cases = [
            ("", SenderIdError::Empty),
            ("ABCDEFGHIJKL", SenderIdError::TooLong { characters: 12 }),
            ("Café", forbidden('é', 3)),
            ("A+254712345", forbidden('+', 1)),
            ("+2547", SenderIdError::NotANumber),
            ("+0712345678", SenderIdError::NotANumber),
            ("++254712345678", SenderIdError::NotANumber),
            ("+254 712345678", SenderIdError::NotANumber),
            ("+2547123456789012", SenderIdError::NotANumber),
            ("+", SenderIdError::NotANumber),
            ("22", SenderIdError::NoLetter),
            ("022384", SenderIdError::NoLetter),
            ("254712345678", SenderIdError::NoLetter),
            ("A\tB", forbidden('\t', 1)),
            ("2547 123-45", SenderIdError::NoLetter),
            (" ACME", SenderIdError::OuterSpace),
            ("ACME ", SenderIdError::OuterSpace),
            (" ", SenderIdError::OuterSpace),
        ];
        for (name, expected) in cases {
            assert_eq!(SenderId::parse(name), Err(expected), "{name:?}");
        }
    }

    #[test]
    fn a_forbidden_character_is_shown_by_its_code_point() {
        let refusal = SenderId::parse("Café").unwrap_err().to_string();
        assert!(refusal.ends_with("not U+00E9 at index 3"), "{refusal}");
    }
}
