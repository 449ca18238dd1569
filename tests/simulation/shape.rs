//! The size of a run: drawn from its seed, and reduced to find the shortest history that still fails.

use std::{fmt, str::FromStr, time::Duration};

use crate::chance::Chance;

/// All actions begin within this time.
pub const HORIZON: Duration = Duration::from_mins(6);

/// A run: the seed, and how much of each thing happens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shape {
    /// All draws depend on it.
    pub seed: u64,
    pub organisations: u64,
    /// Contacts in each of an organisation's two books.
    pub contacts: u64,
    /// Requests to send.
    pub sends: u64,
    /// Cancels, pauses and resumes.
    pub controls: u64,
    pub top_ups: u64,
    /// Minutes until calls no longer fail.
    pub minutes: u64,
    /// Imports, deletions and opt-outs.
    pub edits: u64,
    /// Reads of campaigns and their messages.
    pub looks: u64,
    /// Workers that dispatch.
    pub workers: u64,
    /// Faults in a thousand calls of tables and queues.
    pub faults: u64,
    /// Calls in a thousand of the provider's that go wrong.
    pub provider_faults: u64,
    /// Message faults in a thousand messages.
    pub message_faults: u64,
    /// Recipients of one call to the provider.
    pub group: u64,
    /// Recipients of a full batch.
    pub batch: u64,
    /// 1 if reports come by number, 0 if they echo our reference.
    pub by_number: u64,
    /// 1 if the operator stops everything or dispatching for a while.
    pub stops: u64,
}

impl Shape {
    pub fn of(seed: u64) -> Self {
        let mut chance = Chance::of(seed, "shape");
        Self {
            seed,
            organisations: chance.between(1, 2),
            contacts: chance.between(3, 14),
            sends: chance.between(1, 3),
            controls: chance.between(0, 3),
            top_ups: chance.between(0, 2),
            minutes: HORIZON.as_secs() / 60,
            edits: chance.between(0, 2),
            looks: chance.between(0, 4),
            workers: chance.between(1, 3),
            faults: chance.one_of(&[0, 10, 30, 60, 120]),
            provider_faults: chance.one_of(&[0, 100, 300, 600]),
            message_faults: chance.one_of(&[0, 50, 200]),
            group: chance.between(2, 7),
            batch: chance.between(2, 8),
            by_number: chance.below(2),
            stops: chance.below(2),
        }
    }

    /// The shapes with less of one part, for each part that can be reduced.
    pub fn smaller(&self) -> Vec<Self> {
        let least = [1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0];
        let parts = self.parts();
        let mut smaller = Vec::new();
        for ((name, value), least) in parts.iter().zip(least) {
            for cut in [least, value / 2, value.saturating_sub(1)] {
                if cut >= least && cut < *value {
                    let mut shape = self.clone();
                    *shape.part(name).unwrap() = cut;
                    smaller.push(shape);
                }
            }
        }
        smaller.dedup();
        smaller
    }

    fn parts(&self) -> [(&'static str, u64); 16] {
        [
            ("organisations", self.organisations),
            ("contacts", self.contacts),
            ("sends", self.sends),
            ("controls", self.controls),
            ("top_ups", self.top_ups),
            ("minutes", self.minutes),
            ("edits", self.edits),
            ("looks", self.looks),
            ("workers", self.workers),
            ("faults", self.faults),
            ("provider_faults", self.provider_faults),
            ("message_faults", self.message_faults),
            ("group", self.group),
            ("batch", self.batch),
            ("by_number", self.by_number),
            ("stops", self.stops),
        ]
    }

    fn part(&mut self, name: &str) -> Option<&mut u64> {
        Some(match name {
            "organisations" => &mut self.organisations,
            "contacts" => &mut self.contacts,
            "sends" => &mut self.sends,
            "controls" => &mut self.controls,
            "top_ups" => &mut self.top_ups,
            "minutes" => &mut self.minutes,
            "edits" => &mut self.edits,
            "looks" => &mut self.looks,
            "workers" => &mut self.workers,
            "faults" => &mut self.faults,
            "provider_faults" => &mut self.provider_faults,
            "message_faults" => &mut self.message_faults,
            "group" => &mut self.group,
            "batch" => &mut self.batch,
            "by_number" => &mut self.by_number,
            "stops" => &mut self.stops,
            _ => return None,
        })
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.seed)?;
        let drawn = Self::of(self.seed).parts();
        for ((name, value), (_, usual)) in self.parts().into_iter().zip(drawn) {
            if value != usual {
                write!(f, ",{name}={value}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Shape {
    type Err = String;

    /// `17`, or `17,sends=1,faults=0`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split(',');
        let seed = words.next().unwrap_or_default();
        let mut shape = Self::of(seed.parse().map_err(|error| format!("{seed}: {error}"))?);
        for word in words {
            let (name, value) = word.split_once('=').ok_or_else(|| format!("{word}: name=number"))?;
            let value = value.parse().map_err(|error| format!("{word}: {error}"))?;
            *shape.part(name).ok_or_else(|| format!("there is no {name}"))? = value;
        }
        Ok(shape)
    }
}
