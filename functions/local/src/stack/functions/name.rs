//! The names of the seven functions.

use std::{fmt, str::FromStr, time::Duration};

use thiserror::Error;

/// A function of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FunctionName {
    /// Sends, campaigns, account.
    Api,
    /// Address books and opt-outs.
    Books,
    /// Consumes the queue of batches.
    Dispatch,
    /// Receives callbacks of providers.
    Callbacks,
    /// Consumes the queue of reports.
    Receipts,
    /// Triggered every minute.
    Clock,
    Console,
}

/// All of them.
pub const FUNCTIONS: [FunctionName; 7] = [
    FunctionName::Api,
    FunctionName::Books,
    FunctionName::Dispatch,
    FunctionName::Callbacks,
    FunctionName::Receipts,
    FunctionName::Clock,
    FunctionName::Console,
];

/// The word is not the name of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be api, books, dispatch, callbacks, receipts, clock or console")]
pub struct FunctionNameError;

impl FunctionName {
    /// The name of its folder, its binary, and its log lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Books => "books",
            Self::Dispatch => "dispatch",
            Self::Callbacks => "callbacks",
            Self::Receipts => "receipts",
            Self::Clock => "clock",
            Self::Console => "console",
        }
    }

    /// The timeout of an invocation, as in `template.yaml`.
    pub const fn time_limit(self) -> Duration {
        Duration::from_secs(match self {
            Self::Api | Self::Books | Self::Callbacks | Self::Receipts | Self::Console => 29,
            Self::Dispatch => 120,
            Self::Clock => 60,
        })
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for FunctionName {
    type Err = FunctionNameError;

    fn from_str(word: &str) -> Result<Self, FunctionNameError> {
        FUNCTIONS.into_iter().find(|name| name.as_str() == word).ok_or(FunctionNameError)
    }
}
