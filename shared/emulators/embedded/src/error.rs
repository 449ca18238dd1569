//! Why an emulator does not start.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Why an emulator could not be started.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// The folder belongs to another process.
    #[error("{0} is in use by another process: stop that one, or choose another folder")]
    InUse(PathBuf),
    /// The folder cannot be made or locked.
    #[error("{path} cannot be used as a data folder")]
    Folder {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// A file of state cannot be read or renamed.
    #[error("{path} cannot be used")]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// The tables' file is damaged. It is not changed, because money and campaigns are in it.
    #[error(
        "the tables are damaged, so nothing was started: put a copy of {path} in its place, or move it away to begin \
         with empty tables ({reason})"
    )]
    Tables { path: PathBuf, reason: String },
    /// The state of DynamoDB cannot be opened.
    #[error("the embedded DynamoDB cannot open its state: {0}")]
    DynamoDb(dynoxide::DynoxideError),
    /// The state of SQS cannot be opened.
    #[error("the embedded SQS cannot open its state")]
    Sqs(#[source] sqs_emulator::Error),
    /// The port is taken, or the thread cannot be started.
    #[error("the embedded {server} cannot listen on {address}")]
    Listen {
        /// Which emulator.
        server: &'static str,
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
}

impl EmbeddedError {
    pub(super) fn file(path: &Path) -> impl Fn(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path: path.clone(), source }
    }
}
