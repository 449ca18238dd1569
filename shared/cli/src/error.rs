//! Why a command did not do what it was asked for.

use std::io;

use auditor::AuditError;
use platform::{environment::EnvironmentError, http::TlsSetupError};
use stores::{StoreError, accounts::wallets::TopUpError};
use thiserror::Error;

use crate::{
    client::{ClientError, IdempotencyKey},
    import::ImportError,
    instance::NotRunning,
    operator::{OrganisationError, RedriveError, TakeUpError},
    terminal::Closed,
};

/// Why a command did not do what it was asked for.
#[derive(Debug, Error)]
pub enum CliError {
    /// No instance runs on this machine.
    #[error(transparent)]
    NotRunning(#[from] NotRunning),
    /// The API refused, or did not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Nobody reads what is written: the end, and no failure.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// A send to which no answer says that it was accepted.
    #[error(
        "no answer says that it was accepted; to repeat it without texting anybody twice, add \
             --idempotency-key {key}"
    )]
    NotSent {
        /// What makes the repetition safe, for a day.
        key: IdempotencyKey,
        /// What happened to the last attempt.
        #[source]
        source: ClientError,
    },
    /// The import.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// Setting up an organisation.
    #[error(transparent)]
    Organisation(#[from] OrganisationError),
    /// Dead letters.
    #[error(transparent)]
    Redrive(#[from] RedriveError),
    /// Batches that are set aside.
    #[error(transparent)]
    TakeUp(#[from] TakeUpError),
    /// The tables.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Campaigns that the hold could not read.
    #[error("{0} campaigns cannot be read: whether they are paused is not known; `audit` names them")]
    NotHeld(u64),
    /// The top-up.
    #[error(transparent)]
    TopUp(#[from] TopUpError),
    /// The auditor could not read.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The audit came to no end: nothing can be said.
    #[error("the audit could not be made")]
    NotAudited(#[source] Box<CliError>),
    /// The audit found something.
    #[error("what is stored breaks its rules in {0} places")]
    Findings(u64),
    /// A queue of a deployment.
    #[error("there is no queue {0} in this account and region, or it cannot be reached")]
    NoQueue(String),
    /// The names of the tables.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// No connection could ever be made.
    #[error(transparent)]
    Tls(#[from] TlsSetupError),
    /// The operating system.
    #[error("{doing} did not succeed")]
    System {
        /// What was tried.
        doing: &'static str,
        /// What it says.
        #[source]
        source: io::Error,
    },
    /// A campaign that is followed waits for somebody to resume it.
    #[error(
        "campaign {campaign} is paused ({reason}); once the cause is mended, go on with \
             POST /v1/sms/campaigns/{campaign}/resume/"
    )]
    Paused {
        /// Its number.
        campaign: u64,
        /// Why, as its status says.
        reason: String,
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
    /// What the process says at its end: 1, or 2 where an audit can say neither that all is well nor that it
    /// is not.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::NotAudited(_) => 2,
            _ => 1,
        }
    }

    pub(crate) fn system(doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |source| Self::System { doing, source }
    }
}
