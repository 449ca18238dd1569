//! Writes the steps of a trace in words.

use domain::{
    dispatch::HandOver,
    journal::{Record, SlotOutcome, Written},
};

use crate::{
    decision::Choice,
    explore::Swapped,
    interned::Id,
    model::{Action, Move, Protocol},
    state::{ACCOUNTS, Fate, RECIPIENTS, State, StepProgress, Worker},
};

impl Protocol {
    pub(crate) fn in_words(&self, state: &State, action: &Action, names: Swapped) -> String {
        let (worker, made) = match *action {
            Action::Worker(worker, made) => (worker, made),
            Action::ValidityEnds => return "the campaign's validity ends".to_owned(),
            Action::Cancel => return "the sender cancels the campaign".to_owned(),
        };
        let is_first = (worker == 0) == (names == Swapped::No);
        let name = if is_first { 'A' } else { 'B' };
        format!("worker {name} {}", self.move_in_words(state, state.workers[worker], made))
    }

    fn move_in_words(&self, state: &State, worker: Worker, made: Move) -> String {
        match made {
            Move::Read => format!("reads the batch, {} records", self.length(state.journal)),
            Move::Claim => "claims the batch".to_owned(),
            Move::Decide(choice) => decision_in_words(choice),
            Move::Write => self.write_in_words(state, worker),
            Move::Call { answer, fates } => self.call_in_words(worker, answer, fates),
            Move::Close => "closes the batch".to_owned(),
            Move::Crash => "crashes".to_owned(),
        }
    }

    fn write_in_words(&self, state: &State, worker: Worker) -> String {
        let Worker::Acting { view, step: StepProgress { record: Some(record), .. } } = worker else {
            return "writes".to_owned();
        };
        let number = self.length(view) + 1;
        let Record { outcomes, dropped, intent, .. } = &*self.records.get(record);
        let refused =
            if self.put(state, view, record).0 == Written::Fenced { ", which is refused" } else { "" };
        let mut parts = vec![format!("writes record {number}{refused}")];
        if !outcomes.is_empty() {
            parts.push(format!("outcomes {}", listed(outcomes)));
        }
        parts.extend(dropped.iter().map(|(reason, slots)| format!("{slots:?} dropped as {reason:?}")));
        parts.extend(
            intent.iter().map(|intent| format!("intends {:?} for account {}", intent.slots, intent.account)),
        );
        parts.join(", ")
    }

    fn call_in_words(&self, worker: Worker, answer: Id, fates: [Fate; RECIPIENTS]) -> String {
        let Worker::Acting { view, step } = worker else { return "calls".to_owned() };
        let progress = self.intended(view, step);
        let (slots, account) =
            (progress.in_flight(), progress.account_in_flight().map(|account| account.to_string()));
        let heard = listed(&self.records.get(answer).outcomes);
        let fates: Vec<Fate> = slots.iter().map(|slot| fates[usize::from(*slot)]).collect();
        format!(
            "calls account {} for {slots:?}, hears {heard}; true is {fates:?}",
            account.unwrap_or_default()
        )
    }
}

fn decision_in_words(choice: Choice) -> String {
    if choice.hand_over == HandOver::Stops {
        return "decides, and has to stop".to_owned();
    }
    let unavailable: Vec<String> = ACCOUNTS
        .iter()
        .zip(choice.accounts)
        .filter_map(|(account, unavailable)| Some(format!("{account} {:?}", unavailable?)))
        .collect();
    match unavailable.is_empty() {
        true => "decides".to_owned(),
        false => format!("decides, knowing {}", unavailable.join(" and ")),
    }
}

fn listed(outcomes: &[SlotOutcome]) -> String {
    let word = |outcome: &SlotOutcome| match outcome {
        SlotOutcome::Accepted(_) => "accepted",
        SlotOutcome::Refused(..) => "refused",
        SlotOutcome::Declined(..) => "declined",
        SlotOutcome::PutOff => "put off",
        SlotOutcome::NotTaken => "not taken",
        SlotOutcome::Unknown | SlotOutcome::Unlisted(_) => "unknown",
    };
    format!("[{}]", outcomes.iter().map(word).collect::<Vec<_>>().join(", "))
}
