//! The alphanumeric name that recipients see as the sender of a text.
//!
//! The function `api` parses the request's `sender_id` and the organisation's default here. This module does not decide
//! whether an organisation may use a name, or whether a network has registered it: it only refuses what no network
//! could carry.
//!
//! Source of the limit: a TP-Originating-Address has 11 GSM septets (3GPP TS 23.040 §9.1.2.5); the character set is the
//! part of GSM-7 that every provider accepts.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The most characters a sender id may have.
pub const MAX_SENDER_ID_CHARACTERS: usize = 11;

/// A sender id: 1 to 11 ASCII letters, digits, spaces, `_` and `-`, at least one of
/// them a letter, and no space at either end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SenderId(String);

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
        /// Its position in characters, from 0.
        index: usize,
    },
    /// Digits only: networks would take it for a phone number or a short code.
    #[error("must have at least one letter")]
    NoLetter,
    /// A space at the start or at the end, which handsets do not show.
    #[error("must not start or end with a space")]
    OuterSpace,
}

impl SenderId {
    /// Accepts a sender id as recipients will see it; keeps the case.
    pub fn parse(text: &str) -> Result<Self, SenderIdError> {
        if text.is_empty() {
            return Err(SenderIdError::Empty);
        }
        refuse_forbidden_characters(text)?;
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

    pub fn as_str(&self) -> &str {
        &self.0
    }
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
    fn each_refusal_of_a_sender_id_names_the_cause() {
        let forbidden = |character, index| SenderIdError::ForbiddenCharacter { character, index };
        let cases = [
            ("", SenderIdError::Empty),
            ("ABCDEFGHIJKL", SenderIdError::TooLong { characters: 12 }),
            ("Café", forbidden('é', 3)),
            ("+254712345", forbidden('+', 0)),
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
