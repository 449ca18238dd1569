//! Why an audit could not be finished.

use std::error::Error;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use thiserror::Error;

/// Why an audit could not be finished. Names operations and codes, never a key or a value.
#[derive(Debug, Error)]
pub enum AuditError {
    /// A table could not be read.
    #[error("{operation} did not succeed: {code}")]
    Unavailable {
        operation: &'static str,
        /// AWS's error code, or the connection's error.
        code: String,
    },
    /// The organisation that was named is not there.
    #[error("there is no such organisation")]
    NoSuchOrganisation,
}

impl AuditError {
    /// An operation's failure.
    pub(crate) fn of<E, R>(operation: &'static str) -> impl Fn(SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        move |error| Self::Unavailable { operation, code: code_of(&error) }
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
