//! Why a stack does not start or a step of it fails.

use std::{io, net::SocketAddr};

use aws_sdk_sqs::error::{DisplayErrorContext, SdkError};
use embedded_aws::{EmbeddedError, NoRandomness};
use lambda_emulator::{
    InvokeError,
    event_source::{PollError, SettingsError},
};
use platform::{environment::EnvironmentError, http::TlsSetupError};
use providers::ConfigError;
use stores::StoreError;
use thiserror::Error;

/// Why a stack does not start or a step of it fails.
#[derive(Debug, Error)]
pub enum StackError {
    /// The front's port is taken.
    #[error("port {} is taken by another program", .0.port())]
    PortTaken(SocketAddr),
    /// The HTTP server cannot listen.
    #[error("the HTTP server cannot listen on {address}")]
    Listen {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    /// SQS gives a queue an ARN that does not end in its name.
    #[error("the ARN {0:?} of a queue does not end in the queue's name")]
    QueueArn(String),
    /// An emulator cannot be started.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// The tables cannot be created or used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// SQS refused, or did not answer.
    #[error("{operation} did not succeed: {reason}")]
    Sqs {
        operation: &'static str,
        /// All that is known.
        reason: String,
    },
    /// The functions' environment is not complete.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The provider cannot be used.
    #[error(transparent)]
    Provider(#[from] ConfigError),
    /// An event source cannot be set up.
    #[error(transparent)]
    EventSource(#[from] SettingsError),
    /// A queue could not be polled.
    #[error(transparent)]
    Poll(#[from] PollError),
    /// A function did not answer.
    #[error(transparent)]
    Invoke(#[from] InvokeError),
    /// No connection could ever be made.
    #[error(transparent)]
    Tls(#[from] TlsSetupError),
    /// The operating system gives no random numbers.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The address cannot be part of a URL.
    #[error("{0} is not a base URL")]
    BaseUrl(String),
}

impl StackError {
    pub(super) fn listen(address: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::PortTaken(address),
            _ => Self::Listen { address, source },
        }
    }

    pub(super) fn sqs<E, R>(operation: &'static str) -> impl Fn(SdkError<E, R>) -> Self
    where
        E: std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        move |error| Self::Sqs { operation, reason: DisplayErrorContext(&error).to_string() }
    }
}
