//! The providers: each recipient of a call ends in one of several ways, and the worker may or may not get the answer.

use domain::{
    ids::{AccountName, Slot},
    journal::{Progress, SlotOutcome},
    outcome::RefusalReason,
};

use crate::{
    interned::Id,
    model::{Move, Protocol},
    state::{Fate, RECIPIENTS, State, StepProgress, bit},
};

pub const ONCE: &str = "at most one hand-over of a recipient is taken";
pub const UNKNOWN_IS_LAST: &str = "an unknown hand-over is never followed by another";
const REFUSED_IS_LAST: &str = "a recipient that is refused for good is never handed over again";
const DECLINED_IS_LAST: &str = "an account that has declined a recipient never gets it again";

/// The end of one recipient of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Taken,
    Unheard,
    /// Refused for a reason of the recipient.
    Refused,
    /// Refused for a reason of the account.
    RefusedHere,
    PutOff,
    NotTaken,
}

impl End {
    const ALL: [Self; 6] =
        [Self::Taken, Self::Unheard, Self::Refused, Self::RefusedHere, Self::PutOff, Self::NotTaken];

    fn outcome(self) -> SlotOutcome {
        match self {
            Self::Taken => SlotOutcome::Accepted(None),
            Self::Unheard => SlotOutcome::Unknown,
            Self::Refused => SlotOutcome::Refused(RefusalReason::InvalidNumber, String::new()),
            Self::RefusedHere => SlotOutcome::Refused(RefusalReason::NotRouted, String::new()),
            Self::PutOff => SlotOutcome::PutOff,
            Self::NotTaken => SlotOutcome::NotTaken,
        }
    }

    const fn returns(self) -> bool {
        matches!(self, Self::PutOff | Self::NotTaken)
    }
}

impl Protocol {
    /// Every call that a worker may make now, with each of its possible ends.
    pub(crate) fn call(
        &self,
        state: &State,
        worker: usize,
        view: Id,
        step: StepProgress,
        made: &mut dyn FnMut(Move, State),
    ) {
        let progress = self.intended(view, step);
        let slots = progress.in_flight();
        let Some(account) = progress.account_in_flight() else { return };
        for ends in ends_of(slots.len(), state.returns_left) {
            let outcome = |(slot, end): (&Slot, &End)| {
                self.routes.settle(*slot, end.outcome(), account, progress.declined_by(*slot))
            };
            let outcomes: Vec<SlotOutcome> = slots.iter().zip(&ends).map(outcome).collect();
            let (fates, broken) = after_call(state, &progress, account, &ends, &outcomes);
            let answer = self.outcomes(outcomes);
            let returned = ends.iter().filter(|end| end.returns()).count() as u8;
            let after = State { fates, returns_left: state.returns_left - returned, broken, ..*state };
            let after = self.after_act(&after, worker, view, StepProgress { answer: Some(answer), ..step });
            made(Move::Call { answer, fates }, after);
        }
    }
}

/// Every way in which a call for some recipients may end, with at most `returns_left` of them given back.
fn ends_of(recipients: usize, returns_left: u8) -> Vec<Vec<End>> {
    let mut all = vec![Vec::new()];
    for _ in 0..recipients {
        let longer = |ends: &Vec<End>| End::ALL.map(|end| [ends.as_slice(), &[end]].concat());
        all = all.iter().flat_map(longer).collect();
    }
    let fits = |ends: &Vec<End>| ends.iter().filter(|end| end.returns()).count() <= usize::from(returns_left);
    all.retain(fits);
    all
}

/// The state after a call, and the promise that the call broke.
fn after_call(
    state: &State,
    progress: &Progress,
    account: AccountName,
    ends: &[End],
    outcomes: &[SlotOutcome],
) -> ([Fate; RECIPIENTS], Option<&'static str>) {
    let mut fates = state.fates;
    let mut broken = None;
    for ((slot, end), outcome) in progress.in_flight().iter().zip(ends).zip(outcomes) {
        let fate = &mut fates[usize::from(*slot)];
        let declined_by = if let Fate::Free { declined_by } = *fate { declined_by } else { 0 };
        let next = match end {
            End::Taken => Fate::Taken,
            End::Unheard => Fate::Unheard,
            End::RefusedHere if matches!(outcome, SlotOutcome::Declined(..)) => {
                Fate::Free { declined_by: declined_by | bit(account) }
            }
            End::Refused | End::RefusedHere => Fate::Refused,
            End::PutOff | End::NotTaken => Fate::Free { declined_by },
        };
        let promise = match *fate {
            Fate::Taken if next == Fate::Taken => Some(ONCE),
            Fate::Taken | Fate::Unheard => Some(UNKNOWN_IS_LAST),
            Fate::Refused => Some(REFUSED_IS_LAST),
            Fate::Free { declined_by } => (declined_by & bit(account) != 0).then_some(DECLINED_IS_LAST),
        };
        broken = broken.or(promise);
        *fate = next;
    }
    (fates, broken)
}
