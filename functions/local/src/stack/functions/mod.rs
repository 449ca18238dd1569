//! The five functions, run either way.

mod children;
mod in_process;

use std::{collections::BTreeMap, fmt, str::FromStr, sync::Arc, time::Duration};

use futures_util::future::join_all;
use lambda_emulator::{Function, Invoke};
use platform::clock::Clock;
use providers::AnyProvider;
use queue::Queues;
use stores::Stores;
use thiserror::Error;

use super::{Mode, StackConfig, StackError};

/// A function of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FunctionName {
    /// Sends, campaigns, account.
    Api,
    /// Address books and opt-outs.
    Books,
    /// Consumes the queue of batches.
    Dispatch,
    /// Provider callbacks, and the consumer of their queue.
    Receipts,
    /// Every minute.
    Clock,
}

/// All of them.
pub const FUNCTIONS: [FunctionName; 5] = [
    FunctionName::Api,
    FunctionName::Books,
    FunctionName::Dispatch,
    FunctionName::Receipts,
    FunctionName::Clock,
];

/// The word names no function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be api, books, dispatch, receipts or clock")]
pub struct FunctionNameError;

impl FunctionName {
    /// Its folder, its binary, and its word in logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Books => "books",
            Self::Dispatch => "dispatch",
            Self::Receipts => "receipts",
            Self::Clock => "clock",
        }
    }

    /// How long an invocation may take, as `template.yaml` says.
    pub const fn time_limit(self) -> Duration {
        Duration::from_secs(match self {
            Self::Api | Self::Books | Self::Receipts => 29,
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

/// What functions in this process share with their stack.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) stores: &'a Stores,
    pub(super) queues: &'a Queues,
    pub(super) clock: &'a Clock,
}

/// The functions of a stack.
pub struct Functions {
    api: Arc<dyn Invoke>,
    books: Arc<dyn Invoke>,
    dispatch: Arc<dyn Invoke>,
    receipts: Arc<dyn Invoke>,
    clock: Arc<dyn Invoke>,
    children: Vec<Function>,
}

impl Functions {
    pub(super) fn start(
        config: &StackConfig,
        variables: &BTreeMap<String, String>,
        parts: Parts<'_>,
    ) -> Result<Self, StackError> {
        match &config.mode {
            Mode::InProcess { batch_recipients } => {
                in_process::functions(variables, parts, *batch_recipients)
            }
            Mode::Children { program, output } => {
                // A child that cannot start would only be seen in the log, once a campaign is under way.
                AnyProvider::from_env(&|name: &str| variables.get(name).cloned())?;
                Ok(children::functions(program, output, variables))
            }
        }
    }

    /// Sends, campaigns, account.
    pub fn api(&self) -> Arc<dyn Invoke> {
        self.api.clone()
    }

    /// Address books and opt-outs.
    pub fn books(&self) -> Arc<dyn Invoke> {
        self.books.clone()
    }

    /// The consumer of batches.
    pub fn dispatch(&self) -> Arc<dyn Invoke> {
        self.dispatch.clone()
    }

    /// Callbacks, and the consumer of reports.
    pub fn receipts(&self) -> Arc<dyn Invoke> {
        self.receipts.clone()
    }

    /// The clock.
    pub fn clock(&self) -> Arc<dyn Invoke> {
        self.clock.clone()
    }

    /// The functions that run as child processes, whose instances can be killed; none in this process.
    pub fn children(&self) -> &[Function] {
        &self.children
    }

    /// Ends all child processes.
    pub(super) async fn stop(&self) {
        join_all(self.children.iter().map(Function::stop)).await;
    }
}
