//! How many segments a sequence of characters takes.
//!
//! Knows widths and capacities, not alphabets. Concatenation counts the 8-bit reference header (6 octets) that the
//! providers use. The count is not a division, because a two-unit character must not be split between two segments.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The most segments that one message may have.
pub const MAX_SEGMENTS: u8 = 10;

/// Units (septets, or UTF-16 code units) that a segment carries in its 140 octets.
#[derive(Clone, Copy)]
pub(super) struct Capacity {
    /// Units of a message's only segment.
    single: usize,
    /// Units of each of several segments, which have 6 octets less because of the concatenation header.
    concatenated: usize,
}

/// In septets: 140 octets and 134 octets, 8/7 each.
pub(super) const GSM7: Capacity = Capacity { single: 160, concatenated: 153 };

/// In 16-bit units: 140 octets and 134 octets, halved.
pub(super) const UCS2: Capacity = Capacity { single: 70, concatenated: 67 };

/// The segments that characters of these widths fill, each character kept whole.
pub(super) fn count(widths: impl Iterator<Item = usize>, capacity: Capacity) -> usize {
    let (mut total, mut segments, mut used) = (0, 1, 0);
    for width in widths {
        total += width;
        used += width;
        if used > capacity.concatenated {
            segments += 1;
            used = width;
        }
    }
    if total <= capacity.single { 1 } else { segments }
}

/// The segments of one message: 1 to [`MAX_SEGMENTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct SegmentCount(u8);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a message has 1 to {MAX_SEGMENTS} segments, not {0}")]
pub struct SegmentCountError(u8);

impl SegmentCount {
    /// The segments of the shortest message.
    pub const ONE: Self = Self(1);

    /// The count as a number, for arithmetic with prices and rates.
    pub fn get(self) -> u8 {
        self.0
    }

    /// A result of [`count`]; `None` if the text is too long to send.
    pub(super) fn counted(segments: usize) -> Option<Self> {
        u8::try_from(segments).ok()?.try_into().ok()
    }
}

impl TryFrom<u8> for SegmentCount {
    type Error = SegmentCountError;

    fn try_from(segments: u8) -> Result<Self, SegmentCountError> {
        match segments {
            1..=MAX_SEGMENTS => Ok(Self(segments)),
            _ => Err(SegmentCountError(segments)),
        }
    }
}

impl From<SegmentCount> for u8 {
    fn from(segments: SegmentCount) -> Self {
        segments.0
    }
}

impl From<SegmentCount> for u64 {
    fn from(segments: SegmentCount) -> Self {
        segments.0.into()
    }
}

impl fmt::Display for SegmentCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
