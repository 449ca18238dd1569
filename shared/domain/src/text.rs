//! The text of a campaign, its encoding and its number of segments.
//!
//! The function `api` parses the request's `message` here before it prices anything; the stores parse it again when
//! they read it. This module never changes a text (no transliteration, no trimming, no CRLF folding), never uses the
//! national shift tables (no provider uses them unless asked), and never prints a text: `Debug` and every error are
//! safe to log.
//!
//! Source of the rules: 3GPP TS 23.038 (alphabets) and TS 23.040 (concatenation). The provider bills its own count;
//! this one is for the quote.

mod encoding;
mod gsm7;
mod placeholders;
mod segments;

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::visible::is_blank;

pub use encoding::Encoding;
pub use segments::{MAX_SEGMENTS, SegmentCount, SegmentCountError};

/// A text that can be sent: not blank, free of control and replacement characters, at most
/// [`MAX_SEGMENTS`] segments.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MessageText {
    text: String,
    encoding: Encoding,
    segments: SegmentCount,
}

/// Why a text cannot be sent. The message follows the field's name and never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TextError {
    /// The text has no visible character.
    #[error("must not be blank")]
    Blank,
    /// A control character other than line feed and carriage return.
    #[error(
        "must not contain the control character U+{code:04X} at index {index}",
        code = u32::from(*.character)
    )]
    ControlCharacter {
        /// The first offending character.
        character: char,
        /// Position in characters (Unicode scalar values), from 0.
        index: usize,
    },
    /// U+FFFD, which programs write in the place of characters that they could not read.
    #[error(
        "lost characters before it arrived: it has the replacement character U+FFFD at index {index}. \
         Send JSON in UTF-8"
    )]
    LostCharacters {
        /// The first replacement character's position in characters, from 0.
        index: usize,
    },
    /// More segments than one message may have.
    #[error("must take at most {max} segments, not {segments}")]
    TooLong {
        /// Segments that the text would take.
        segments: usize,
        /// Segments allowed: [`MAX_SEGMENTS`].
        max: u8,
    },
}

impl MessageText {
    /// Accepts a text exactly as it will be sent.
    pub fn parse(text: String) -> Result<Self, TextError> {
        if is_blank(&text) {
            return Err(TextError::Blank);
        }
        refuse_control_characters(&text)?;
        if let Some(index) = text.chars().position(|character| character == char::REPLACEMENT_CHARACTER) {
            return Err(TextError::LostCharacters { index });
        }
        let encoding = Encoding::of(&text);
        let segments = encoding.segments(&text);
        let too_long = TextError::TooLong { segments, max: MAX_SEGMENTS };
        let segments = SegmentCount::counted(segments).ok_or(too_long)?;
        Ok(Self { text, encoding, segments })
    }

    /// The text, unchanged.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The placeholders for a contact's fields in the text, as they are written.
    pub fn placeholders(&self) -> Vec<&str> {
        placeholders::placeholders(&self.text)
    }

    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The segments that each recipient is sent and charged for.
    pub fn segments(&self) -> SegmentCount {
        self.segments
    }

    /// The characters that force UCS-2, each with its position in characters from 0;
    /// nothing for a GSM-7 text.
    pub fn forcing_ucs2(&self) -> impl Iterator<Item = (usize, char)> {
        self.text.chars().enumerate().filter(|&(_, character)| gsm7::septets(character).is_none())
    }

    /// The segments that the text would take if each character of
    /// [`forcing_ucs2`](Self::forcing_ucs2) were replaced by one GSM-7 septet.
    pub fn gsm7_alternative_segments(&self) -> SegmentCount {
        let septets = self.text.chars().map(|c| gsm7::septets(c).unwrap_or(1));
        let alternative = segments::count(septets, segments::GSM7);
        // A GSM-7 segment holds at least 76 characters, a UCS-2 one at most 70:
        // the alternative never takes more segments than the text itself.
        SegmentCount::counted(alternative).unwrap_or(self.segments)
    }
}

fn refuse_control_characters(text: &str) -> Result<(), TextError> {
    let offending =
        |&(_, character): &(usize, char)| character.is_control() && !matches!(character, '\n' | '\r');
    match text.chars().enumerate().find(offending) {
        Some((index, character)) => Err(TextError::ControlCharacter { character, index }),
        None => Ok(()),
    }
}

impl TryFrom<String> for MessageText {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        Self::parse(text)
    }
}

impl From<MessageText> for String {
    fn from(message: MessageText) -> Self {
        message.text
    }
}

/// Shows the measures and never the text, which must not be in a log.
impl fmt::Debug for MessageText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageText")
            .field("encoding", &self.encoding)
            .field("segments", &self.segments.get())
            .finish_non_exhaustive()
    }
}
