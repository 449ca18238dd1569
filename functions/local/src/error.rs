//! Why the system does not start or stops.

use std::io;

use cli::client::ClientError;
use cli::terminal::Closed;
use platform::environment::EnvironmentError;
use thiserror::Error;

use crate::{
    data::DataError,
    demo::{AccountError, DemoError},
    stack::StackError,
};

/// Why the system does not start or stops.
#[derive(Debug, Error)]
pub enum RunError {
    /// The stack does not start.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The front's port is taken.
    #[error("port {0} is taken by another program: stop that one, or choose another with --port")]
    PortTaken(u16),
    /// The data folder cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The demo's organisation cannot be set up.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The API refused the demo, or did not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The demo's campaign cannot be followed.
    #[error(transparent)]
    Demo(DemoError),
    /// A variable of the environment is not valid.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// Standard output is closed: the end, and no failure.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The function ended.
    #[error(transparent)]
    Function(lambda_runtime::Error),
    /// The operating system refused.
    #[error("{doing} did not succeed")]
    System {
        /// The step that failed.
        doing: &'static str,
        #[source]
        source: io::Error,
    },
}

impl From<DemoError> for RunError {
    fn from(error: DemoError) -> Self {
        match error {
            DemoError::Client(error) => Self::Client(error),
            DemoError::Closed(closed) => Self::Closed(closed),
            DemoError::NoCampaign => Self::Demo(error),
        }
    }
}

impl RunError {
    pub(crate) fn system(doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::System { doing, source }
    }
}
