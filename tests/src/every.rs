//! Samples: a test run tries a part of the points of a kind, and a run with `EVERY` all of them.

/// Whether everything of a kind is to be tried, however long it takes: `EVERY` lists it.
pub fn every(kind: &str) -> bool {
    std::env::var("EVERY").is_ok_and(|kinds| kinds.split(',').any(|wanted| wanted == kind))
}

/// The step through points that are tried in their order: each of them if [`every`] of that kind is wanted.
pub fn step(kind: &str, otherwise: usize) -> usize {
    if every(kind) { 1 } else { otherwise }
}

/// The cases that the subject with this number is tried with: all of them if [`every`] of that kind is wanted, and
/// otherwise one, so that the next subject has the next case.
pub fn in_turn<'a, T>(kind: &str, subject: usize, cases: &'a [T]) -> &'a [T] {
    let one = subject % cases.len();
    if every(kind) { cases } else { &cases[one..=one] }
}
