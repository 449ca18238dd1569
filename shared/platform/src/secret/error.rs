//! Why a secret cannot be read.

use thiserror::Error;

use crate::{
    environment::EnvironmentError,
    http::{HttpError, TlsSetupError},
};

/// Why a secret cannot be read. The function must not start without it.
#[derive(Debug, Error)]
pub enum SecretError {
    /// The environment names a value twice, or says not how AWS is reached.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// No connection could ever be made.
    #[error(transparent)]
    Tls(#[from] TlsSetupError),
    /// The request could not be built or signed.
    #[error("the request for the secret of {variable} could not be signed")]
    Unsigned {
        /// Whose value.
        variable: String,
    },
    /// There was no answer.
    #[error("Secrets Manager did not answer for {variable}")]
    Unreachable {
        /// Whose value.
        variable: String,
        /// What became of the last try.
        #[source]
        source: HttpError,
    },
    /// Secrets Manager said no.
    #[error("Secrets Manager refused the secret of {variable}: {code}")]
    Refused {
        /// Whose value.
        variable: String,
        /// AWS's error code, such as `AccessDeniedException`.
        code: String,
    },
    /// The answer holds no text.
    #[error("the secret of {variable} is not a text")]
    NotText {
        /// Whose value.
        variable: String,
    },
}
