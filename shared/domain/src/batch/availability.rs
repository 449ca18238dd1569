//! The state of a batch, and whether a worker may claim it.

use crate::timestamp::Timestamp;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BatchState {
    /// No worker has claimed it yet.
    Untouched,
    /// Recipients are left, or its money has not moved yet.
    Open,
    /// Every recipient is handed over or given up, and the money has moved.
    Closed,
    /// The batch cannot be read: no worker claims it until an operator has repaired it.
    SetAside,
}

impl BatchState {
    /// Whether a worker has anything left to do.
    pub const fn is_workable(self) -> bool {
        matches!(self, Self::Untouched | Self::Open)
    }
}

/// Whether a worker may claim a batch, and from when on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Availability {
    pub state: BatchState,
    /// Until when a worker holds it.
    pub lease_until: Timestamp,
    /// No worker may claim it before: the provider asked for a pause, or the account's next turn is later.
    pub not_before: Timestamp,
}

impl Availability {
    /// Whether a worker may claim the batch now.
    pub fn is_free(&self, now: Timestamp) -> bool {
        self.state.is_workable() && self.lease_until <= now && self.not_before <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000);
    const LATER: Timestamp = Timestamp::from_secs(1_001);

    #[test]
    fn a_batch_is_free_if_work_is_left_and_neither_a_worker_nor_a_pause_holds_it() {
        let batch = |state, lease_until, not_before| Availability { state, lease_until, not_before };
        for (state, is_workable) in [
            (BatchState::Untouched, true),
            (BatchState::Open, true),
            (BatchState::Closed, false),
            (BatchState::SetAside, false),
        ] {
            assert_eq!(batch(state, NOW, NOW).is_free(NOW), is_workable, "{state:?}");
            assert!(!batch(state, LATER, NOW).is_free(NOW), "{state:?} is leased");
            assert!(!batch(state, NOW, LATER).is_free(NOW), "{state:?} has to wait");
        }
    }
}
