//! The batch's items: its head and its journal, under the conditions of `stores`.

use domain::{batch::Availability, journal::Written};

use crate::{
    interned::Id,
    model::{AT, Protocol},
    state::{Head, Stage, State, token},
    taken::Taken,
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
    /// Writes a record under the next number of the worker's view.
    pub(crate) fn put(&self, state: &State, view: Id, record: Id) -> (Written, State) {
        let place = self.length(view);
        let is_taken = place < self.length(state.journal);
        let (told, journal) = match self.taken {
            _ if !is_taken => (Written::Ours, self.longer(state.journal, record)),
            Taken { told, is_replaced: false } => (told, state.journal),
            Taken { told, is_replaced: true } => (told, self.replaced(state.journal, place, record)),
        };
        let is_readable = self.journals.get(journal).progress.is_ok();
        (told, State { journal, broken: (!is_readable).then_some(READABLE), ..*state })
    }

    fn replaced(&self, journal: Id, place: usize, record: Id) -> Id {
        let mut records = self.journals.get(journal).records.clone();
        records[place] = (*self.records.get(record)).clone();
        self.journals.add(self.bounds.recipients, records)
    }
}
