//! Faults of calls to tables and queues, drawn for each call, until a run sets their rate to 0.

use std::{collections::BTreeMap, fmt, time::Duration};

use crate::chance::Chance;

/// A fault of one call to a table or a queue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Fault {
    /// Refused before it is applied.
    Refused(&'static str),
    /// Refused because of a conflict with a transaction over the same item.
    MeetsTransaction,
    /// Applied; the answer is lost.
    AnswerLost,
    /// Applied after the caller gave up.
    AppliedLate,
    AppliedTwice,
    /// A batch call leaves its first entry unprocessed.
    LeftOver,
    /// A page without items, and with a key to continue from.
    EmptyPage,
    /// Applied and answered late.
    Delayed,
    /// The caller crashes before it is applied.
    CrashesBefore,
    /// The caller crashes after it is applied.
    CrashesAfter,
    /// The caller's process freezes, past its lease, before the call is applied.
    FreezesBefore,
    /// The caller freezes after the call is applied.
    FreezesAfter,
}

impl Fault {
    /// Whether the fault can happen to an operation.
    fn suits(self, operation: &str) -> bool {
        match self {
            Self::MeetsTransaction => {
                matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems")
            }
            Self::Refused("TransactionInProgressException") => operation == "TransactWriteItems",
            Self::LeftOver => matches!(operation, "BatchGetItem" | "BatchWriteItem" | "SendMessageBatch"),
            Self::EmptyPage => matches!(operation, "Query" | "Scan"),
            _ => true,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused(code) => code,
            Self::MeetsTransaction => "met a transaction, not applied",
            Self::AnswerLost => "applied, the answer lost",
            Self::AppliedLate => "applied late, never answered",
            Self::AppliedTwice => "applied twice",
            Self::LeftOver => "all but the first applied",
            Self::EmptyPage => "an empty page",
            Self::Delayed => "delayed",
            Self::CrashesBefore => "the caller crashes, not applied",
            Self::CrashesAfter => "applied, the caller crashes",
            Self::FreezesBefore => "the caller freezes, then applied",
            Self::FreezesAfter => "applied, the caller freezes",
        })
    }
}

const REFUSALS: [&str; 6] = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "InternalServerError",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
];
/// Longer than any lease and any visibility timeout here.
pub const FREEZE: Duration = Duration::from_mins(9);
/// Longer than the SDK waits for one try.
pub const LATE: Duration = Duration::from_secs(11);
/// Shorter than that.
pub const DELAY: Duration = Duration::from_secs(4);

/// Draws each call's delays and fault.
#[derive(Debug)]
pub struct CallFaults {
    chance: Chance,
    faults_per_thousand: u64,
    counts: BTreeMap<Fault, u64>,
}

/// A call's delays and its fault.
#[derive(Clone, Copy, Debug)]
pub struct CallPlan {
    /// Time until the call arrives.
    pub there: Duration,
    pub fault: Option<Fault>,
    /// Time until the answer arrives.
    pub back: Duration,
}

impl CallFaults {
    /// Draws no faults before `set_rate`.
    pub fn new(seed: u64, name: &str) -> Self {
        Self { chance: Chance::of(seed, name), faults_per_thousand: 0, counts: BTreeMap::new() }
    }

    /// Sets how many of a thousand calls have a fault from now on.
    pub fn set_rate(&mut self, faults_per_thousand: u64) {
        self.faults_per_thousand = faults_per_thousand;
    }

    /// Faults so far.
    pub fn counts(&self) -> &BTreeMap<Fault, u64> {
        &self.counts
    }

    pub fn draw(&mut self, operation: &str) -> CallPlan {
        let (there, back) = (self.chance.millis(1, 12), self.chance.millis(1, 12));
        let fault = self.chance.comes(self.faults_per_thousand).then(|| self.fault(operation));
        if let Some(fault) = fault {
            *self.counts.entry(fault).or_default() += 1;
        }
        CallPlan { there, fault, back }
    }

    fn fault(&mut self, operation: &str) -> Fault {
        loop {
            let fault = match self.chance.below(22) {
                0..=3 => Fault::Refused(self.chance.one_of(&REFUSALS)),
                4 | 5 => Fault::MeetsTransaction,
                6 | 7 => Fault::AnswerLost,
                8 => Fault::AppliedLate,
                9 | 10 => Fault::AppliedTwice,
                11 | 12 => Fault::LeftOver,
                13 | 14 => Fault::EmptyPage,
                15 => Fault::Delayed,
                16 | 17 => Fault::CrashesBefore,
                18 | 19 => Fault::CrashesAfter,
                20 => Fault::FreezesBefore,
                _ => Fault::FreezesAfter,
            };
            if fault.suits(operation) {
                return fault;
            }
        }
    }
}
