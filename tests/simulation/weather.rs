//! What befalls calls: drawn for each, until the weather turns calm.

use std::{collections::BTreeMap, fmt, time::Duration};

use crate::chance::Chance;

/// What befalls one call to a table or a queue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Fault {
    /// Refused before it is applied.
    Refused(&'static str),
    /// Applied; the answer is lost.
    AnswerLost,
    /// Applied after the caller gave up.
    AppliedLate,
    /// Applied twice.
    AppliedTwice,
    /// A batch call leaves its first entry over.
    LeftOver,
    /// The caller dies before it is applied.
    DiesBefore,
    /// The caller dies after it is applied.
    DiesAfter,
    /// The caller's process stands still, past its lease.
    Freezes,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused(code) => code,
            Self::AnswerLost => "applied, the answer lost",
            Self::AppliedLate => "applied late, never answered",
            Self::AppliedTwice => "applied twice",
            Self::LeftOver => "all but the first applied",
            Self::DiesBefore => "the caller dies, not applied",
            Self::DiesAfter => "applied, the caller dies",
            Self::Freezes => "the caller freezes before",
        })
    }
}

const REFUSALS: [&str; 5] = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "InternalServerError",
    "TransactionInProgressException",
    "RequestLimitExceeded",
];
/// Longer than any lease and any visibility timeout here.
pub const FREEZE: Duration = Duration::from_mins(9);
/// Longer than the SDK waits for one try.
pub const LATE: Duration = Duration::from_secs(11);

/// The weather.
#[derive(Debug)]
pub struct Weather {
    chance: Chance,
    faults_per_thousand: u64,
    counts: BTreeMap<Fault, u64>,
}

/// What a call is in for.
#[derive(Clone, Copy, Debug)]
pub struct Fate {
    /// On its way.
    pub there: Duration,
    /// What befalls it.
    pub fault: Option<Fault>,
    /// The answer's way.
    pub back: Duration,
}

impl Weather {
    /// Calm.
    pub fn new(seed: u64, name: &str) -> Self {
        Self { chance: Chance::of(seed, name), faults_per_thousand: 0, counts: BTreeMap::new() }
    }

    /// So many faults in a thousand calls from now on.
    pub fn storm(&mut self, faults_per_thousand: u64) {
        self.faults_per_thousand = faults_per_thousand;
    }

    /// Faults so far.
    pub fn counts(&self) -> &BTreeMap<Fault, u64> {
        &self.counts
    }

    /// Draws a call's fate.
    pub fn draw(&mut self) -> Fate {
        let (there, back) = (self.chance.millis(1, 12), self.chance.millis(1, 12));
        let fault = self.chance.comes(self.faults_per_thousand).then(|| self.fault());
        if let Some(fault) = fault {
            *self.counts.entry(fault).or_default() += 1;
        }
        Fate { there, fault, back }
    }

    fn fault(&mut self) -> Fault {
        match self.chance.below(16) {
            0..=4 => Fault::Refused(self.chance.one_of(&REFUSALS)),
            5 | 6 => Fault::AnswerLost,
            7 => Fault::AppliedLate,
            8 | 9 => Fault::AppliedTwice,
            10 | 11 => Fault::LeftOver,
            12 => Fault::DiesBefore,
            13 | 14 => Fault::DiesAfter,
            _ => Fault::Freezes,
        }
    }
}
