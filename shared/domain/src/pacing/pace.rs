//! The rate of a provider account.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// A provider account's rate, in segments a second.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pace(NonZeroU32);

impl Pace {
    /// A rate; `None` for no limit.
    pub fn per_second(segments: u32) -> Option<Self> {
        NonZeroU32::new(segments).map(Self)
    }

    pub const fn segments_per_second(self) -> u32 {
        self.0.get()
    }
}
