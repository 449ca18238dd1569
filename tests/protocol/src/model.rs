//! The model: its first state, its steps, and states that differ only in names.

use std::{cell::RefCell, collections::HashMap};

use domain::{
    campaign::CampaignStatus,
    dispatch::{Act, BatchRoutes, next_act},
    journal::{Record, SlotOutcome, Written},
    routes::Leg,
    timestamp::Timestamp,
};

use crate::{
    decision::{Choice, Decision, Next},
    explore::{Model, Swapped},
    interned::{Id, Interned, Journal},
    money,
    state::{ACCOUNTS, Fate, GONE, Head, RECIPIENTS, Stage, State, StepProgress, WORKERS, Worker, token},
    taken::Taken,
};

/// Any time: no rule depends on when a record was written.
pub const AT: Timestamp = Timestamp::from_secs(1_000);

/// The hand-over protocol for one batch.
pub struct Protocol {
    pub(crate) bounds: Bounds,
    without: Option<Safeguard>,
    pub(crate) taken: Taken,
    pub(crate) journals: Interned<Journal>,
    pub(crate) records: Interned<Record>,
    pub(crate) routes: BatchRoutes,
    pub(crate) decisions: RefCell<HashMap<Decision, Vec<(Choice, Next)>>>,
    renamed: RefCell<HashMap<(Id, Renaming), Id>>,
    renamed_records: RefCell<HashMap<(Id, Renaming), Id>>,
    /// The journal after one more record, by journal and record.
    longer: RefCell<HashMap<(Id, Id), Id>>,
}

/// How much of the protocol is explored.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Recipients of the batch: at most three.
    pub recipients: usize,
    /// Accounts of their route: at most two.
    pub accounts: usize,
    /// Most recipients of a call.
    pub group: usize,
    /// How often all providers together may put a recipient off or not look at it: without a limit a run would have no
    /// end.
    pub returns: u8,
}

/// A safeguard of the protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Safeguard {
    /// A record is written only under a number that no record has.
    Fence,
    /// A record that intends a call is written before it.
    Intent,
    /// A recipient of a lost call is unknown, and is not queued again.
    Unknown,
    /// A recipient of a lost call does not count as declined.
    Declined,
}

/// An action of a worker or of the world around it.
#[derive(Clone, Copy, Debug)]
pub enum Action {
    Worker(usize, Move),
    ValidityEnds,
    Cancel,
}

/// A worker's action.
#[derive(Clone, Copy, Debug)]
pub enum Move {
    Read,
    Claim,
    Decide(Choice),
    Write,
    Call { answer: Id, fates: [Fate; RECIPIENTS] },
    Close,
    Crash,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Renaming {
    Swap,
    Gone(u8),
}

impl Renaming {
    const fn of(self, token: u8) -> u8 {
        match self {
            Self::Swap if token == GONE => GONE,
            Self::Swap => 3 - token,
            Self::Gone(gone) if token == gone => GONE,
            Self::Gone(_) => token,
        }
    }
}

impl Protocol {
    /// The protocol over a table that treats a second record of a number like this.
    pub fn new(bounds: Bounds, taken: Taken) -> Self {
        let legs = ACCOUNTS.into_iter().take(bounds.accounts).map(Leg::to).collect();
        Self {
            bounds,
            without: None,
            taken,
            journals: Interned::default(),
            records: Interned::default(),
            routes: BatchRoutes::alike(legs, bounds.recipients),
            decisions: RefCell::default(),
            renamed: RefCell::default(),
            renamed_records: RefCell::default(),
            longer: RefCell::default(),
        }
    }

    /// A copy without one safeguard.
    pub fn without(self, safeguard: Safeguard) -> Self {
        let taken = if safeguard == Safeguard::Fence { Taken::REPLACED } else { self.taken };
        Self { without: Some(safeguard), taken, ..self }
    }

    pub(crate) fn lacks(&self, safeguard: Safeguard) -> bool {
        self.without == Some(safeguard)
    }

    /// The number of a record that has these outcomes and nothing else.
    pub(crate) fn outcomes(&self, outcomes: Vec<SlotOutcome>) -> Id {
        self.records.add(Record { token: 0, at: AT, outcomes, dropped: Vec::new(), intent: None })
    }

    /// The state after a worker has crashed or left: no live worker has its token any more.
    pub(crate) fn gone(&self, state: &State, worker: usize) -> State {
        let mut workers = state.workers;
        workers[worker] = Worker::Idle;
        self.named(&State { workers, ..*state }, Renaming::Gone(token(worker)))
    }

    fn named(&self, state: &State, renaming: Renaming) -> State {
        let journal = |id| self.journal_named(id, renaming);
        let record = |id| self.record_named(id, renaming);
        let worker = |worker| match worker {
            Worker::Idle => worker,
            Worker::Claiming { view } => Worker::Claiming { view: journal(view) },
            Worker::Deciding { view, outcomes } => Worker::Deciding { view: journal(view), outcomes },
            Worker::Acting { view, step } => {
                let step = StepProgress { record: step.record.map(record), ..step };
                Worker::Acting { view: journal(view), step }
            }
            Worker::Closing { view } => Worker::Closing { view: journal(view) },
        };
        State {
            workers: state.workers.map(worker),
            head: Head { token: renaming.of(state.head.token), ..state.head },
            journal: journal(state.journal),
            ..*state
        }
    }

    fn record_named(&self, id: Id, renaming: Renaming) -> Id {
        let renamed = || self.records.add(named(&self.records.get(id), renaming));
        *self.renamed_records.borrow_mut().entry((id, renaming)).or_insert_with(renamed)
    }

    /// A copy of a journal with one more record.
    pub(crate) fn longer(&self, journal: Id, record: Id) -> Id {
        let longer = || {
            let mut records = self.journals.get(journal).records.clone();
            records.push((*self.records.get(record)).clone());
            self.journals.add(self.bounds.recipients, records)
        };
        *self.longer.borrow_mut().entry((journal, record)).or_insert_with(longer)
    }

    /// How many records a journal has.
    pub(crate) fn length(&self, journal: Id) -> usize {
        self.journals.get(journal).records.len()
    }

    /// Whether only a worker whose record is stored calls. Without a safeguard, another worker may call too.
    fn is_fenced(&self) -> bool {
        let is_in_order = next_act(None, true) == Act::Write && !self.lacks(Safeguard::Intent);
        is_in_order && self.taken == Taken::FENCED && next_act(Some(Written::Fenced), true) == Act::Leave
    }

    /// A worker with an outdated view of the journal cannot write. Unless it is about to call the provider, it is equal
    /// to one that has crashed.
    fn without_outdated(&self, state: &State) -> State {
        let stored = self.length(state.journal);
        let is_outdated = |worker: &Worker| match *worker {
            Worker::Claiming { view } | Worker::Deciding { view, .. } => self.length(view) < stored,
            Worker::Acting { view, step } => self.act(view, step) == Act::Write && self.length(view) < stored,
            Worker::Idle | Worker::Closing { .. } => false,
        };
        let outdated = (0..WORKERS).filter(|worker| is_outdated(&state.workers[*worker]));
        outdated.fold(*state, |state, worker| self.gone(&state, worker))
    }

    fn journal_named(&self, id: Id, renaming: Renaming) -> Id {
        if let Some(renamed) = self.renamed.borrow().get(&(id, renaming)) {
            return *renamed;
        }
        let records = self.journals.get(id).records.iter().map(|record| named(record, renaming)).collect();
        let renamed = self.journals.add(self.bounds.recipients, records);
        self.renamed.borrow_mut().insert((id, renaming), renamed);
        renamed
    }
}

fn named(record: &Record, renaming: Renaming) -> Record {
    Record { token: u64::from(renaming.of(record.token as u8)), ..record.clone() }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn first(&self) -> State {
        State {
            workers: [Worker::Idle; WORKERS],
            head: Head { state: Stage::Untouched, token: GONE },
            journal: self.journals.add(self.bounds.recipients, Vec::new()),
            campaign: CampaignStatus::Running,
            is_valid: true,
            returns_left: self.bounds.returns,
            fates: [Fate::Free { declined_by: 0 }; RECIPIENTS],
            settled: None,
            broken: None,
        }
    }

    fn steps(&self, state: &State) -> Vec<(Action, State)> {
        let mut steps = Vec::new();
        if state.head.state != Stage::Closed {
            if state.is_valid {
                steps.push((Action::ValidityEnds, State { is_valid: false, ..*state }));
            }
            if state.campaign.can_become(CampaignStatus::Cancelled) {
                steps.push((Action::Cancel, State { campaign: CampaignStatus::Cancelled, ..*state }));
            }
        }
        for worker in 0..WORKERS {
            self.moves(state, worker, &mut |made, after| steps.push((Action::Worker(worker, made), after)));
        }
        steps
    }

    /// Two states that differ only by swapped workers are equal: one of them is explored.
    fn normal(&self, state: &State) -> (State, Swapped) {
        let state = if self.is_fenced() { self.without_outdated(state) } else { *state };
        let [first, second] = state.workers;
        let swapped = self.named(&State { workers: [second, first], ..state }, Renaming::Swap);
        let order = |state: &State| (state.workers, state.head.token, state.journal);
        if order(&swapped) < order(&state) { (swapped, Swapped::Yes) } else { (state, Swapped::No) }
    }

    fn broken(&self, state: &State) -> Option<&'static str> {
        state.broken.or_else(|| money::broken(state, self.bounds.recipients))
    }

    fn is_end(&self, state: &State) -> bool {
        state.head.state == Stage::Closed && state.workers == [Worker::Idle; WORKERS]
    }

    fn words(&self, state: &State, action: &Action, names: Swapped) -> String {
        self.in_words(state, action, names)
    }
}
