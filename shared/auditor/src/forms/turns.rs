//! The turns of a provider account: until when the account is booked, and until when it is held.

use super::{Fields, Item, Unreadable};

const TURNS: &str = "the turns of a provider account";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turns {
    /// Microseconds since the epoch.
    pub booked_until: u64,
    /// Milliseconds since the epoch.
    pub held_until: u64,
}

impl Turns {
    pub fn read(item: &Item) -> Result<Self, Unreadable> {
        let fields = Fields::of(TURNS, item)?;
        if fields.unsigned("revision")? == 0 {
            return Err(fields.wrong("it was written, and its revision says that it never was"));
        }
        let (booked_until, held_until) = (fields.unsigned("booked_until")?, fields.unsigned("held_until")?);
        Ok(Self { booked_until, held_until })
    }
}
