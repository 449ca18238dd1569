//! The order in which a worker carries out a step.

use crate::journal::Written;

/// A worker's next act.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// Write the step's record.
    Write,
    /// Call the provider for the recipients that the record intends.
    Call,
    /// Decide the next step.
    Decide,
    /// Leave the batch to the worker that has written the record of this number.
    Leave,
}

/// The next act on a step, by the result of writing its record, if it has been written, and by whether the record
/// intends a call that has not been made.
///
/// The record comes first: if the worker crashes during the call, the next worker finds the intent, and sends to none of
/// its recipients again. Only the worker whose record is stored calls.
pub const fn next_act(written: Option<Written>, has_call: bool) -> Act {
    match (written, has_call) {
        (None, _) => Act::Write,
        (Some(Written::Fenced), _) => Act::Leave,
        (Some(Written::Ours), true) => Act::Call,
        (Some(Written::Ours), false) => Act::Decide,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All acts on a step, if writing its record has this result.
    fn acts(result: Written, mut has_call: bool) -> Vec<Act> {
        let (mut written, mut acts) = (None, Vec::new());
        loop {
            let act = next_act(written, has_call);
            acts.push(act);
            match act {
                Act::Write => written = Some(result),
                Act::Call => has_call = false,
                Act::Decide | Act::Leave => return acts,
            }
        }
    }

    #[test]
    fn a_call_is_made_once_and_after_its_record_is_stored() {
        assert_eq!(acts(Written::Ours, true), [Act::Write, Act::Call, Act::Decide]);
        assert_eq!(acts(Written::Ours, false), [Act::Write, Act::Decide]);
    }

    #[test]
    fn a_worker_whose_record_is_refused_leaves_without_a_call() {
        assert_eq!(acts(Written::Fenced, true), [Act::Write, Act::Leave]);
        assert_eq!(acts(Written::Fenced, false), [Act::Write, Act::Leave]);
    }
}
