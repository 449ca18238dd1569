//! The segments that are handed over within a second: the booked slices, each with the instant at which it counts.
//!
//! No second, wherever it begins, carries more than the rate: a slice may begin once the slices of the second before it
//! leave room.

use serde::{Deserialize, Serialize};

use super::micros::{MICROS_PER_SECOND, Micros, div_ceil};

/// Slices count from the next multiple of this on, so that an item holds few of them. Costs at most a fortieth of the rate.
const GRAIN_MICROS: i64 = MICROS_PER_SECOND / 40;

/// The slices of an account.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Window {
    /// When the last slice begins that waited for this window alone; a new one does not begin earlier.
    booked_until: Micros,
    /// The slices of the last second and of the future, in the order of their instants.
    slices: Vec<Slice>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Slice {
    at: Micros,
    segments: u32,
}

/// When the next slice may begin, and how many segments it may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Opening {
    pub(super) begins: Micros,
    pub(super) room: u32,
}

impl Window {
    pub(super) const fn booked_until(&self) -> Micros {
        self.booked_until
    }

    /// The first instant, not before `earliest`, with room for `least` segments. A message that is longer than a second
    /// of the rate begins once no other slice counts.
    pub(super) fn opening(&self, rate: u32, least: u32, earliest: Micros) -> Opening {
        let from = earliest.max(self.booked_until);
        let capacity = rate.max(least);
        let room = |begins: Micros| capacity.saturating_sub(self.counted_before(begins));
        let room_appears = self.slices.iter().map(|slice| slice.at.later(MICROS_PER_SECOND));
        let instants = std::iter::once(from).chain(room_appears.filter(|instant| *instant > from));
        let begins = instants.into_iter().find(|begins| room(*begins) >= least).unwrap_or(from);
        Opening { begins, room: room(begins).max(least) }
    }

    /// Whether a slice counts at an instant, or later.
    pub(super) fn counts_at(&self, now: Micros) -> bool {
        self.slices.iter().any(|slice| slice.at > now.later(-MICROS_PER_SECOND))
    }

    /// Segments that count within the second before an instant, and later.
    fn counted_before(&self, begins: Micros) -> u32 {
        let since = begins.later(-MICROS_PER_SECOND);
        let counted = self.slices.iter().filter(|slice| slice.at > since).map(|slice| slice.segments);
        counted.fold(0, u32::saturating_add)
    }

    /// A copy with one more slice, without those that no longer count. New slices begin at `booked_until` at the earliest: the
    /// slice's own beginning, or an instant before it if another limit makes it wait.
    pub(super) fn with(
        &self,
        rate: u32,
        begins: Micros,
        segments: u32,
        now: Micros,
        booked_until: Micros,
    ) -> Self {
        // A slice that takes longer than a second counts longer.
        let over = div_ceil(i64::from(segments).saturating_mul(MICROS_PER_SECOND), i64::from(rate.max(1)));
        let counts = begins.later((over - MICROS_PER_SECOND).max(0));
        let at = Micros(div_ceil(counts.0, GRAIN_MICROS).saturating_mul(GRAIN_MICROS));
        let since = now.later(-MICROS_PER_SECOND);
        let mut slices: Vec<Slice> = self.slices.iter().copied().filter(|slice| slice.at > since).collect();
        let place = slices.partition_point(|slice| slice.at < at);
        match slices.get_mut(place).filter(|slice| slice.at == at) {
            Some(slice) => slice.segments = slice.segments.saturating_add(segments),
            None => slices.insert(place, Slice { at, segments }),
        }
        Self { booked_until: self.booked_until.max(booked_until), slices }
    }
}
