//! Explores every state of a model, breadth first, so that the first trace to a broken property is a shortest one.
//!
//! The crate `stateright` is not used: its `eventually` does not see a run that ends in a cycle, and workers that crash
//! and claim again are cycles. The property that an end can be reached from every state needs the graph backwards.

use std::{
    collections::HashMap,
    hash::Hash,
    time::{Duration, Instant},
};

/// A system whose states are all reached from the first one by actions.
pub trait Model {
    type State: Copy + Eq + Hash;
    type Action: Copy;

    fn first(&self) -> Self::State;

    /// Every action that can happen in a state, with the state that it leads to.
    fn steps(&self, state: &Self::State) -> Vec<(Self::Action, Self::State)>;

    /// The representative of states that differ only in names, and whether the names were swapped.
    fn normal(&self, state: &Self::State) -> (Self::State, Swapped);

    /// The property that a state breaks. No action of such a state is followed.
    fn broken(&self, state: &Self::State) -> Option<&'static str>;

    /// Whether the run may end in the state.
    fn is_end(&self, state: &Self::State) -> bool;

    /// An action in words; the names are swapped if the state's are.
    fn words(&self, state: &Self::State, action: &Self::Action, names: Swapped) -> String;
}

/// Whether two names were swapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Swapped {
    No,
    Yes,
}

/// The property that an end can be reached from every state.
pub const ENDS: &str = "every run can end";

/// The result of an exploration.
pub struct Explored {
    pub states: usize,
    pub steps: usize,
    /// Steps of the shortest way to the last state.
    pub depth: usize,
    pub took: Duration,
    /// The first broken property, at which the exploration ends, and a shortest trace to it.
    pub broken: Option<(&'static str, Vec<String>)>,
}

struct Explorer<'a, M: Model> {
    model: &'a M,
    numbers: HashMap<M::State, u32>,
    states: Vec<M::State>,
    /// For each state, the state before it on the shortest way; for the first state, itself.
    before: Vec<u32>,
    /// Each step: its first and its last state.
    steps: Vec<(u32, u32)>,
}

/// Explores every state of a model, or as far as the first that breaks a property.
///
/// # Panics
/// If there are more than `most` states.
pub fn explore<M: Model>(model: &M, most: usize) -> Explored {
    let began = Instant::now();
    let mut explorer =
        Explorer { model, numbers: HashMap::new(), states: vec![], before: vec![], steps: vec![] };
    explorer.add(model.normal(&model.first()).0, 0);
    let (mut depth, mut level_ends, mut next, mut broken) = (0, 1, 0, None);
    while let Some(state) = explorer.states.get(next).copied() {
        if next == level_ends {
            (depth, level_ends) = (depth + 1, explorer.states.len());
        }
        broken = model.broken(&state).map(|property| (property, next as u32));
        if broken.is_some() {
            break;
        }
        explorer.follow(next as u32, &state);
        next += 1;
        assert!(explorer.states.len() <= most, "more than {most} states");
    }
    let broken = broken.or_else(|| Some((ENDS, explorer.without_end()?)));
    let broken = broken.map(|(property, number)| (property, explorer.trace(number)));
    let (states, steps) = (explorer.states.len(), explorer.steps.len());
    Explored { states, steps, depth, took: began.elapsed(), broken }
}

impl<M: Model> Explorer<'_, M> {
    fn add(&mut self, state: M::State, before: u32) -> u32 {
        let new = self.states.len() as u32;
        let number = *self.numbers.entry(state).or_insert(new);
        if number == new {
            self.states.push(state);
            self.before.push(before);
        }
        number
    }

    fn follow(&mut self, number: u32, state: &M::State) {
        for (_, after) in self.model.steps(state) {
            let after = self.add(self.model.normal(&after).0, number);
            self.steps.push((number, after));
        }
    }

    /// The first state from which no end can be reached: found backwards from the ends.
    fn without_end(&self) -> Option<u32> {
        let mut steps = self.steps.clone();
        steps.sort_unstable_by_key(|(_, to)| *to);
        let mut ends: Vec<bool> = self.states.iter().map(|state| self.model.is_end(state)).collect();
        let mut found: Vec<u32> =
            (0..).zip(&ends).filter(|(_, ends)| **ends).map(|(number, _)| number).collect();
        while let Some(number) = found.pop() {
            let first = steps.partition_point(|(_, to)| *to < number);
            for (from, _) in steps[first..].iter().take_while(|(_, to)| *to == number) {
                if !std::mem::replace(&mut ends[*from as usize], true) {
                    found.push(*from);
                }
            }
        }
        ends.iter().position(|ends| !ends).map(|number| number as u32)
    }

    /// The shortest way to a state, a line a step. A state is stored under the names that make it normal, so each swap
    /// on the way swaps the names of all that follows.
    fn trace(&self, number: u32) -> Vec<String> {
        let mut way = vec![number];
        while let Some(&last) = way.last().filter(|last| **last != 0) {
            way.push(self.before[last as usize]);
        }
        way.reverse();
        let mut names = Swapped::No;
        let mut lines = Vec::new();
        for pair in way.windows(2) {
            let [from, to] = [pair[0], pair[1]].map(|number| self.states[number as usize]);
            let leads = |(_, after): &(M::Action, M::State)| self.model.normal(after).0 == to;
            let steps = self.model.steps(&from);
            let Some((action, after)) = steps.into_iter().find(leads) else { break };
            lines.push(self.model.words(&from, &action, names));
            if self.model.normal(&after).1 == Swapped::Yes {
                names = if names == Swapped::Yes { Swapped::No } else { Swapped::Yes };
            }
        }
        lines
    }
}
