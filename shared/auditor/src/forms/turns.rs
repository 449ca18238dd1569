//! The turns of a provider account: until when it is booked, until when it is held, and its doubt.

use super::{Fields, Item, Unreadable};

const TURNS: &str = "the turns of a provider account";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turns {
    /// Microseconds since the epoch.
    pub booked_until: u64,
    /// Milliseconds since the epoch.
    pub held_until: u64,
    /// Calls in a row without a known result.
    pub doubt: u64,
    /// Milliseconds since the epoch; the doubt lasts if it is later than `trusted_at`.
    pub doubted_at: u64,
    /// Milliseconds since the epoch.
    pub trusted_at: u64,
    /// Milliseconds since the epoch.
    pub next_probe_at: u64,
}

impl Turns {
    pub fn read(item: &Item) -> Result<Self, Unreadable> {
        let fields = Fields::of(TURNS, item)?;
        if fields.unsigned("revision")? == 0 {
            return Err(fields.wrong("it is stored with the revision of an item that was never written"));
        }
        Ok(Self {
            booked_until: fields.unsigned("booked_until")?,
            held_until: fields.unsigned("held_until")?,
            doubt: fields.unsigned("doubt")?,
            doubted_at: fields.unsigned("doubted_at")?,
            trusted_at: fields.unsigned("trusted_at")?,
            next_probe_at: fields.unsigned("next_probe_at")?,
        })
    }
}
