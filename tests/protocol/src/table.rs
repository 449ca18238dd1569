//! The batch's items: its head and its journal, under the conditions of `stores`.

use domain::batch::Availability;

use crate::{
    interned::Id,
    model::{AT, Protocol, Safeguard},
    state::{Head, Stage, State, token},
};

const READABLE: &str = "a stored journal can be folded";

impl Head {
    /// The head after a claim, if no lease lasts; `None` if the claim is refused for another reason.
    pub fn claimed(self, worker: usize) -> Option<Self> {
        let availability = Availability { state: self.state.into(), lease_until: AT, not_before: AT };
        availability.is_free(AT).then_some(Self { state: Stage::Open, token: token(worker) })
    }
}

impl Protocol {
    /// Writes a record under the next number of the worker's view; `None` if another record has this number.
    pub(crate) fn put(&self, state: &State, view: Id, record: Id) -> Option<State> {
        let place = self.length(view);
        let journal = if place >= self.length(state.journal) {
            self.longer(state.journal, record)
        } else if self.lacks(Safeguard::Fence) {
            let mut records = self.journals.get(state.journal).records.clone();
            records[place] = (*self.records.get(record)).clone();
            self.journals.add(self.bounds.recipients, records)
        } else {
            return None;
        };
        let is_readable = self.journals.get(journal).progress.is_ok();
        Some(State { journal, broken: (!is_readable).then_some(READABLE), ..*state })
    }
}
