//! A worker's steps, in the order of `functions/dispatch/src/worker`. It may crash before and after each of them.
//!
//! The availability of accounts and the worker's time are left open: at each step every account may have become
//! unavailable in every way, and the worker may have to stop. So the exploration includes every follow-up of a call,
//! every hold and every doubt, and also their absence.

use domain::{
    dispatch::{
        Act, Group, HandOver, Situation, Step, Stop, Unavailable, UsableAccounts, next_act, next_step,
    },
    journal::{Progress, Record, SlotOutcome, Written},
    outcome::{AccountFault, RefusalReason},
    timestamp::Millis,
};

use crate::{
    decision::{Choice, Decision, Next},
    interned::Id,
    model::{AT, Move, Protocol, Safeguard},
    money,
    state::{ACCOUNTS, Head, Stage, State, StepProgress, Worker, token},
};

/// A promise: every decision of the domain is a valid record.
const FITS: &str = "a worker decides only on records that fit its journal";

impl Protocol {
    /// Every move of a worker, with the state after it.
    pub(crate) fn moves(&self, state: &State, worker: usize, made: &mut dyn FnMut(Move, State)) {
        let at = state.workers[worker];
        if at != Worker::Idle {
            made(Move::Crash, self.gone(state, worker));
        }
        match at {
            Worker::Idle if state.head.state == Stage::Closed => {}
            Worker::Idle => made(Move::Read, with(state, worker, Worker::Claiming { view: state.journal })),
            Worker::Claiming { view } => made(Move::Claim, self.claim(state, worker, view)),
            Worker::Deciding { view, outcomes } => self.decide(state, worker, view, outcomes, made),
            Worker::Acting { view, step } => self.carry_out(state, worker, view, step, made),
            Worker::Closing { view } => made(Move::Close, self.close(state, worker, view)),
        }
    }

    /// Claims the batch. Nothing is known of the recipients that an earlier worker has in flight.
    fn claim(&self, state: &State, worker: usize, view: Id) -> State {
        let Some(head) = state.head.claimed(worker) else { return self.gone(state, worker) };
        let lost = if self.lacks(Safeguard::Unknown) {
            SlotOutcome::NotTaken
        } else if self.lacks(Safeguard::Declined) {
            SlotOutcome::Declined(RefusalReason::NotRouted, String::new())
        } else {
            SlotOutcome::Unknown
        };
        let outcomes = self.outcomes(vec![lost; self.progress(view).in_flight().len()]);
        with(&State { head, ..*state }, worker, Worker::Deciding { view, outcomes })
    }

    /// Decides, once for each different step that may come of it.
    fn decide(
        &self,
        state: &State,
        worker: usize,
        view: Id,
        outcomes: Id,
        made: &mut dyn FnMut(Move, State),
    ) {
        let State { campaign, is_valid, .. } = *state;
        let decision = Decision { worker, view, outcomes, campaign, is_valid };
        let mut decisions = self.decisions.borrow_mut();
        let nexts = decisions.entry(decision).or_insert_with_key(|decision| self.nexts(decision));
        for (choice, next) in nexts {
            let after = match *next {
                Next::Leaves => self.gone(state, worker),
                Next::Goes(next) => with(state, worker, next),
                Next::Breaks => State { broken: Some(FITS), ..*state },
            };
            made(Move::Decide(*choice), after);
        }
    }

    fn nexts(&self, decision: &Decision) -> Vec<(Choice, Next)> {
        let progress = self.progress(decision.view);
        let mut nexts: Vec<(Step, (Choice, Next))> = Vec::new();
        for choice in self.choices() {
            let step = self.step(&progress, decision, choice);
            if nexts.iter().all(|(other, _)| *other != step) {
                let next = self.next(&progress, decision, &step);
                nexts.push((step, (choice, next)));
            }
        }
        nexts.into_iter().map(|(_, next)| next).collect()
    }

    fn choices(&self) -> Vec<Choice> {
        let unavailable = [
            None,
            Some(Unavailable::Waits(Stop::PutOff)),
            Some(Unavailable::Faulty(AccountFault::BalanceEmpty)),
            Some(Unavailable::Closed(Stop::Held)),
        ];
        let continues = |first| unavailable.map(|second| (HandOver::Continues, [first, second]));
        let mut choices: Vec<_> = unavailable.into_iter().flat_map(continues).collect();
        choices.push((HandOver::Stops, [None, None]));
        choices.into_iter().map(|(hand_over, accounts)| Choice { hand_over, accounts }).collect()
    }

    /// The domain's decision.
    fn step(&self, progress: &Progress, decision: &Decision, choice: Choice) -> Step {
        let most = self.bounds.group;
        let mut accounts = UsableAccounts::new(ACCOUNTS.map(|account| (account, most)));
        for (account, unavailable) in ACCOUNTS.into_iter().zip(choice.accounts) {
            unavailable.into_iter().for_each(|unavailable| accounts.mark(account, unavailable));
        }
        let situation = Situation {
            campaign: decision.campaign,
            valid_until: AT.plus(Millis(decision.is_valid.into())),
            opted_out: &[],
            token: u64::from(token(decision.worker)),
            routes: &self.routes,
            accounts: &accounts,
            most,
            hand_over: choice.hand_over,
            now: AT,
        };
        next_step(progress, &situation)
    }

    fn next(&self, progress: &Progress, decision: &Decision, step: &Step) -> Next {
        let Decision { worker, view, .. } = *decision;
        let outcomes = self.records.get(decision.outcomes).outcomes.clone();
        if outcomes.is_empty() && *step == Step::default() {
            return if progress.is_done() { Next::Goes(Worker::Closing { view }) } else { Next::Leaves };
        }
        let intent = step.group.as_ref().and_then(Group::intent);
        let (token, dropped) = (u64::from(token(worker)), step.dropped.clone());
        let Ok(checked) = progress.check(Record { token, at: AT, outcomes, dropped, intent }) else {
            return Next::Breaks;
        };
        let record = self.records.add(checked.into_record());
        let step = StepProgress { record: Some(record), written: None, answer: None };
        Next::Goes(Worker::Acting { view, step })
    }

    /// The next act on a step, in the domain's order; without the intent, the call comes first.
    pub(crate) fn act(&self, view: Id, step: StepProgress) -> Act {
        let has_call = step.answer.is_none() && !self.intended(view, step).in_flight().is_empty();
        match next_act(step.written, has_call) {
            Act::Write if has_call && self.lacks(Safeguard::Intent) => Act::Call,
            act => act,
        }
    }

    fn carry_out(
        &self,
        state: &State,
        worker: usize,
        view: Id,
        step: StepProgress,
        made: &mut dyn FnMut(Move, State),
    ) {
        match self.act(view, step) {
            Act::Write => made(Move::Write, self.write(state, worker, view, step)),
            Act::Call => self.call(state, worker, view, step, made),
            Act::Decide | Act::Leave => {}
        }
    }

    fn write(&self, state: &State, worker: usize, view: Id, step: StepProgress) -> State {
        let Some(record) = step.record else { return self.gone(state, worker) };
        let (written, stored) = self.put(state, view, record);
        let (view, record) = match written {
            Written::Ours => (self.longer(view, record), None),
            Written::Fenced => (view, Some(record)),
        };
        self.after_act(&stored, worker, view, StepProgress { record, written: Some(written), ..step })
    }

    /// The state after an act on a step.
    pub(crate) fn after_act(&self, state: &State, worker: usize, view: Id, step: StepProgress) -> State {
        match self.act(view, step) {
            Act::Write | Act::Call => with(state, worker, Worker::Acting { view, step }),
            Act::Decide => {
                let outcomes = step.answer.unwrap_or_else(|| self.outcomes(Vec::new()));
                with(state, worker, Worker::Deciding { view, outcomes })
            }
            Act::Leave => self.gone(state, worker),
        }
    }

    /// Closes the batch with the statuses that the worker knows, unless another worker has claimed it since.
    fn close(&self, state: &State, worker: usize, view: Id) -> State {
        if state.head.token != token(worker) || state.head.state != Stage::Open {
            return self.gone(state, worker);
        }
        let head = Head { state: Stage::Closed, ..state.head };
        let settled = Some(money::settled(&self.progress(view)));
        self.gone(&State { head, settled, ..*state }, worker)
    }

    /// The journal as a worker knows it, with its step's record.
    pub(crate) fn intended(&self, view: Id, step: StepProgress) -> Progress {
        let mut progress = self.progress(view);
        if let Some(record) = step.record {
            let _ = progress.apply((*self.records.get(record)).clone());
        }
        progress
    }

    /// A journal as a worker knows it. One that cannot be folded has ended the exploration.
    pub(crate) fn progress(&self, view: Id) -> Progress {
        let journal = self.journals.get(view);
        journal.progress.clone().unwrap_or_else(|_| Progress::new(self.bounds.recipients))
    }
}

pub fn with(state: &State, worker: usize, next: Worker) -> State {
    let mut workers = state.workers;
    workers[worker] = next;
    State { workers, ..*state }
}
