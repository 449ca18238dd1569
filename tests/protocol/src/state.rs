//! A state of the whole system, in numbers.

use domain::{batch::BatchState, campaign::CampaignStatus, ids::AccountName, journal::Written};

use crate::interned::Id;

/// Most recipients of the batch.
pub const RECIPIENTS: usize = 3;
/// Workers at once: a lease may end while its worker goes on.
pub const WORKERS: usize = 2;
/// The accounts of each recipient's route, in order.
pub const ACCOUNTS: [AccountName; 2] = [AccountName::new("one"), AccountName::new("two")];
/// The token of claims whose workers are gone. No rule distinguishes such workers.
pub const GONE: u8 = 0;

/// Everything that is stored, everything in the memory of a worker, and what really happened at the providers.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct State {
    pub workers: [Worker; WORKERS],
    pub head: Head,
    pub journal: Id,
    pub campaign: CampaignStatus,
    /// Whether the campaign is still valid.
    pub is_valid: bool,
    /// How often a provider may still put a recipient off or not look at it.
    pub returns_left: u8,
    pub fates: [Fate; RECIPIENTS],
    /// The batch's money, once it is closed.
    pub settled: Option<Settled>,
    /// The promise that the last action broke.
    pub broken: Option<&'static str>,
}

/// The batch's head, without the times of its lease and its wait: at any moment both may be over, and a claim that is
/// refused has the effect of a crash.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Head {
    pub state: Stage,
    /// The token of the last claim.
    pub token: u8,
}

/// The state of the batch. [`BatchState`] itself has no order and no hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    Untouched,
    Open,
    Closed,
}

/// The real fate of a recipient. Only the providers know it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Fate {
    /// The recipient was not handed over, or definitely not taken. One bit for each account that has declined it.
    Free { declined_by: u8 },
    /// Refused for good.
    Refused,
    /// Taken, and the answer says that it was accepted.
    Taken,
    /// Handed over without an answer: taken or not.
    Unheard,
}

/// The recipients whose money is charged, released or held: one bit each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Settled {
    pub charged: u8,
    pub released: u8,
    pub held: u8,
}

/// The next action of a worker. `view` is the journal as the worker knows it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Worker {
    /// Waits for a message, then reads.
    Idle,
    Claiming {
        view: Id,
    },
    /// Decides, with these outcomes still to be written.
    Deciding {
        view: Id,
        outcomes: Id,
    },
    /// Writes its record, or calls the provider.
    Acting {
        view: Id,
        step: StepProgress,
    },
    Closing {
        view: Id,
    },
}

/// A step that is being carried out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepProgress {
    /// The step's record, until the worker's view has it.
    pub record: Option<Id>,
    /// The result of writing it.
    pub written: Option<Written>,
    /// The outcomes of the step's call, once it is made.
    pub answer: Option<Id>,
}

impl From<Stage> for BatchState {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Untouched => Self::Untouched,
            Stage::Open => Self::Open,
            Stage::Closed => Self::Closed,
        }
    }
}

pub fn bit(account: AccountName) -> u8 {
    ACCOUNTS.iter().position(|other| *other == account).map_or(0, |place| 1 << place)
}

/// The token of a worker, by the worker's number.
pub const fn token(worker: usize) -> u8 {
    worker as u8 + 1
}
