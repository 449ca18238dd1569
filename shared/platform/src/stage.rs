//! Where the code runs, as far as it may make a difference.

use std::str::FromStr;

use thiserror::Error;

/// The kind of deployment. It decides one thing: what pretends to be a provider cannot start in
/// production.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// `cargo run` on one machine.
    Local,
    /// A deployment that sends no real text.
    Test,
    /// People's phones and money.
    Production,
}

/// The word is no stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be local, test or production")]
pub struct StageError;

impl FromStr for Stage {
    type Err = StageError;

    fn from_str(word: &str) -> Result<Self, StageError> {
        match word {
            "local" => Ok(Self::Local),
            "test" => Ok(Self::Test),
            "production" => Ok(Self::Production),
            _ => Err(StageError),
        }
    }
}
