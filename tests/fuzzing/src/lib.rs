//! Inputs for readers of bytes from outside: arbitrary ones, and damaged valid ones.
//!
//! Called by fuzz tests: those of `tests/fuzz`, and those next to a private decoder. The same cases are drawn in every
//! run; `FUZZ_CASES=200000` plays more of them.

mod damage;

use std::fmt;

use proptest::{
    prelude::{Strategy, any},
    test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner},
};

pub use damage::{Damage, damage};

/// Longest arbitrary input, in bytes.
const LONGEST_ARBITRARY: usize = 200;

/// An input. Its debug output is text, as far as possible.
#[derive(Clone, PartialEq, Eq)]
pub struct Input(pub Vec<u8>);

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// Runs a test on values of a strategy: `FUZZ_CASES` of them, or `cases` by default.
///
/// # Panics
/// If the test fails, with the smallest value for which it fails.
#[allow(clippy::panic, reason = "a test fails by panicking")]
pub fn play<S: Strategy>(cases: u32, strategy: &S, test: impl Fn(S::Value) -> TestCaseResult) {
    let cases = std::env::var("FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(cases);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    if let Err(failure) = runner.run(strategy, test) {
        panic!("{failure}");
    }
}

/// Arbitrary bytes, one time in four; otherwise one of these seeds, damaged.
pub fn inputs(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Input> {
    let arbitrary = proptest::collection::vec(any::<u8>(), 0..LONGEST_ARBITRARY);
    proptest::prop_oneof![1 => arbitrary, 3 => damage(seeds)].prop_map(Input)
}
