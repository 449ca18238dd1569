//! Errors of a failed call: whether the request can have arrived.

use aws_smithy_http_client::HttpClientError;
use aws_smithy_runtime_api::box_error::BoxError;
use thiserror::Error;

/// Why there is no answer. Neither names what was sent.
#[derive(Debug, Error)]
pub enum HttpError {
    /// No byte of the request left: no name, no connection, no TLS session, or no time for them. The
    /// request may be made again.
    #[error("the server could not be reached")]
    NeverLeft {
        /// What stood in the way.
        #[source]
        source: BoxError,
    },
    /// The request may have arrived: no answer in time, a broken connection, or an answer that cannot
    /// be read or is too long. Only a request that is safe to repeat may be made again.
    #[error("the answer was lost")]
    Lost {
        /// What happened to the answer.
        #[source]
        source: BoxError,
    },
}

/// The TLS library refuses its configuration.
#[derive(Debug, Error)]
#[error("TLS cannot be set up")]
pub struct TlsSetupError(#[from] HttpClientError);
