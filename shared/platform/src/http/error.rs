//! Errors of a call without an answer: they say whether the request can have arrived.

use aws_smithy_http_client::HttpClientError;
use aws_smithy_runtime_api::box_error::BoxError;
use thiserror::Error;

/// Why a call has no answer. Does not contain the request.
#[derive(Debug, Error)]
pub enum HttpError {
    /// No byte of the request left: the name, the connection, the TLS session or the time for them was missing. The
    /// request may be repeated.
    #[error("the server could not be reached")]
    NeverSent {
        #[source]
        source: BoxError,
    },
    /// The request may have arrived: no answer in time, a broken connection, or an answer that cannot be read or is too
    /// long. Only a request that is safe to repeat may be made again.
    #[error("the answer was lost")]
    Lost {
        #[source]
        source: BoxError,
    },
}

/// The TLS library refuses its configuration.
#[derive(Debug, Error)]
#[error("TLS cannot be set up")]
pub struct TlsSetupError(#[from] HttpClientError);
