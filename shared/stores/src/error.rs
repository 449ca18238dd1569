//! Errors of reads and writes of a table.

use std::{error::Error as StdError, fmt::Display};

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use domain::packed::PackedError;
use thiserror::Error;

/// A failed read or write. For operators: has the operation and AWS's error code, never a key or a value.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The table could not be reached, or refused the call; a retry may help.
    #[error("{operation} did not succeed: {code}")]
    Unavailable {
        /// The operation of DynamoDB.
        operation: &'static str,
        /// AWS's error code, or the connection's error.
        code: String,
    },
    /// A stored item cannot be read.
    #[error("{what} cannot be read: {reason}")]
    Unreadable {
        /// Which kind of item.
        what: &'static str,
        reason: String,
    },
    /// A newer version wrote the item; this version must not change it.
    #[error("{what} has a form that only a newer version reads")]
    NewerForm {
        /// Which kind of item.
        what: &'static str,
    },
    /// Other writers kept changing the same items at the same time.
    #[error("{operation} conflicted with too many other writers")]
    Contended {
        /// The operation of DynamoDB.
        operation: &'static str,
    },
    /// The operating system's random generator failed.
    #[error("no random number could be drawn")]
    NoRandomness,
}

impl StoreError {
    /// Whether the error is about one item and not about the table: other items can still be read.
    pub const fn is_about_an_item(&self) -> bool {
        matches!(self, Self::Unreadable { .. } | Self::NewerForm { .. })
    }

    /// An operation's failure.
    pub(crate) fn of<E, R>(operation: &'static str) -> impl Fn(SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        move |error| Self::Unavailable { operation, code: code_of(&error) }
    }

    /// The error for packed bytes that cannot be read. An unknown version is taken for a newer one.
    pub(crate) fn packed(what: &'static str) -> impl Fn(PackedError) -> Self {
        move |error| match error {
            PackedError::UnknownVersion(_) => Self::NewerForm { what },
            error => Self::Unreadable { what, reason: error.to_string() },
        }
    }

    /// A stored form that does not read.
    pub(crate) fn unreadable<E: Display>(what: &'static str) -> impl Fn(E) -> Self {
        move |reason| Self::Unreadable { what, reason: reason.to_string() }
    }
}

fn code_of<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> String {
    match error {
        SdkError::ServiceError(service) => service.err().code().unwrap_or("unknown").to_owned(),
        SdkError::TimeoutError(_) => "timeout".to_owned(),
        SdkError::DispatchFailure(_) => "connection failed".to_owned(),
        SdkError::ResponseError(_) => "unreadable answer".to_owned(),
        _ => "request could not be built".to_owned(),
    }
}

impl From<getrandom::Error> for StoreError {
    fn from(_: getrandom::Error) -> Self {
        Self::NoRandomness
    }
}
