//! The kind of deployment that the code runs in.

use std::str::FromStr;

use thiserror::Error;

/// The kind of deployment. It decides one thing: in production a provider that sends no real text cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// `cargo run` on one machine.
    Local,
    /// A deployment that sends no real text.
    Test,
    /// A deployment that sends real texts.
    Production,
}

/// A text that is not a stage.
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
