//! Why a secret cannot be read.

use thiserror::Error;

use crate::{
    environment::EnvironmentError,
    http::{HttpError, TlsSetupError},
};

/// Why a secret cannot be read. The function must not start without it.
#[derive(Debug, Error)]
pub enum SecretError {
    /// The environment names a value twice, or does not say how to reach AWS.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The TLS library refuses its configuration.
    #[error(transparent)]
    Tls(#[from] TlsSetupError),
    /// The request could not be built or signed.
    #[error("the request for the secret of {variable} could not be signed")]
    Unsigned {
        /// The variable that the secret is for.
        variable: String,
    },
    /// The service did not answer.
    #[error("Secrets Manager did not answer for {variable}")]
    Unreachable {
        /// The variable that the secret is for.
        variable: String,
        /// The error of the last attempt.
        #[source]
        source: HttpError,
    },
    /// Secrets Manager refused the call.
    #[error("Secrets Manager refused the secret of {variable}: {code}")]
    Refused {
        /// The variable that the secret is for.
        variable: String,
        /// AWS's error code, such as `AccessDeniedException`.
        code: String,
    },
    /// The secret is binary.
    #[error("the secret of {variable} is not a text")]
    NotText {
        /// The variable that the secret is for.
        variable: String,
    },
}
