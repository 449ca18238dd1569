//! The alphabet of a text, and how many segments it takes.
//!
//! Called by [`MessageText`](super::MessageText) only. It never mixes alphabets within a text: one character outside
//! GSM-7 makes the whole text UCS-2.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{gsm7, segments};

/// The alphabet of a message on air.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Encoding {
    /// GSM 7-bit default alphabet with its extension table (3GPP TS 23.038 §6.2.1).
    #[serde(rename = "GSM-7")]
    Gsm7,
    /// 16-bit units; characters beyond the BMP travel as UTF-16 surrogate pairs.
    #[serde(rename = "UCS-2")]
    Ucs2,
}

impl Encoding {
    pub(super) fn of(text: &str) -> Self {
        if text.chars().all(|c| gsm7::septets(c).is_some()) { Self::Gsm7 } else { Self::Ucs2 }
    }

    pub(super) fn segments(self, text: &str) -> usize {
        match self {
            Self::Gsm7 => segments::count(text.chars().filter_map(gsm7::septets), segments::GSM7),
            Self::Ucs2 => segments::count(text.chars().map(char::len_utf16), segments::UCS2),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gsm7 => "GSM-7",
            Self::Ucs2 => "UCS-2",
        })
    }
}
