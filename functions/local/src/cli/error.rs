//! Why a command did not do what it was asked for.

use std::io;

use platform::{environment::EnvironmentError, http::TlsSetupError};
use stores::StoreError;
use thiserror::Error;

use crate::{
    client::ClientError, data::DataError, demo::AccountError, import::ImportError,
    operator::{OrganisationError, RedriveError}, stack::StackError,
};

/// Why a command did not do what it was asked for.
#[derive(Debug, Error)]
pub enum CliError {
    /// The stack does not start.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// Its port is taken.
    #[error("port {0} is taken by another program: stop that one, or choose another with --port")]
    PortTaken(u16),
    /// The local instance's files.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The demo's organisation.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The API refused, or did not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The import.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// Setting up an organisation.
    #[error(transparent)]
    Organisation(#[from] OrganisationError),
    /// Dead letters.
    #[error(transparent)]
    Redrive(#[from] RedriveError),
    /// The tables.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The names of the tables.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// No connection could ever be made.
    #[error(transparent)]
    Tls(#[from] TlsSetupError),
    /// The function ended.
    #[error(transparent)]
    Function(lambda_runtime::Error),
    /// The operating system.
    #[error("{doing} did not succeed")]
    System {
        /// What was tried.
        doing: &'static str,
        /// What it says.
        #[source]
        source: io::Error,
    },
    /// No key to call the API with.
    #[error("there is no API key: set SMS_API_KEY")]
    NoKey,
    /// The key is none.
    #[error("SMS_API_KEY is no API key: it is mistyped, or cut off")]
    NotAKey,
    /// There is no such thing.
    #[error("there is no {kind} {name}")]
    Unknown {
        /// What it would be.
        kind: &'static str,
        /// As it was named.
        name: String,
    },
    /// Several books have that name.
    #[error("several address books are named {0}: name one by its id")]
    Ambiguous(String),
    /// The top-up's reference stands for another amount.
    #[error("the reference was used before, for another amount: nothing was changed")]
    ReferenceUsed,
}

impl CliError {
    pub(super) fn system(doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::System { doing, source }
    }
}
