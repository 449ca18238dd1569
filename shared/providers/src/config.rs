//! The kinds of values that providers are configured with, and their problems, listed together.

use std::{fmt, str::FromStr, time::Duration};

use domain::ids::AccountName;
use http::{HeaderValue, Uri, uri::PathAndQuery};
use platform::{environment::EnvironmentError, http::TlsSetupError};
use thiserror::Error;

use crate::kind::Kind;

/// Why a provider cannot start.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// Values that are missing or wrong: all of them.
    #[error("the provider account {account} ({kind}) cannot start: {}", .problems.join("; "))]
    Values {
        account: AccountName,
        kind: &'static Kind,
        /// Each a clause naming the value; never a secret.
        problems: Vec<String>,
    },
    /// The kind has no line in the registry.
    #[error("the kind {0} is not in the list of providers")]
    Unlisted(&'static Kind),
    /// The choice of a provider is missing or wrong.
    #[error(transparent)]
    Choice(#[from] EnvironmentError),
    /// No connection could ever be made.
    #[error(transparent)]
    Tls(#[from] TlsSetupError),
}

/// The base address of a provider's API: scheme, host, and perhaps a path before the documented ones.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BaseUrl {
    uri: Uri,
    prefix: String,
}

/// The text is no base URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be an http or https URL without user, query or fragment")]
pub struct BaseUrlError;

impl BaseUrl {
    /// The URL of a documented path, such as `/version1/messaging`.
    ///
    /// # Errors
    /// If the path is not valid.
    pub fn join(&self, path: &str) -> Result<Uri, BaseUrlError> {
        let mut parts = self.uri.clone().into_parts();
        let path = format!("{}{path}", self.prefix);
        parts.path_and_query = Some(PathAndQuery::try_from(path).map_err(|_| BaseUrlError)?);
        Uri::from_parts(parts).map_err(|_| BaseUrlError)
    }

    /// Whether requests cannot be read on the way: over TLS, or on this machine.
    pub fn is_private(&self) -> bool {
        let host = self.uri.host().unwrap_or_default();
        self.is_https() || matches!(host, "localhost" | "127.0.0.1" | "[::1]")
    }

    /// Whether a connection there needs root certificates.
    pub fn is_https(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        let uri: Uri = text.parse().map_err(|_| BaseUrlError)?;
        let scheme = matches!(uri.scheme_str(), Some("http" | "https"));
        let authority = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        if !scheme || !authority || uri.query().is_some() || text.contains('#') {
            return Err(BaseUrlError);
        }
        let prefix = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { uri, prefix })
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.fmt(f)
    }
}

/// A credential that goes into a header; never shown.
#[derive(Clone)]
pub struct Secret(HeaderValue);

impl Secret {
    /// The secret, if a header can have it.
    pub fn parse(text: &str) -> Option<Self> {
        let visible = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let mut value = HeaderValue::from_str(text).ok().filter(|_| visible)?;
        value.set_sensitive(true);
        Some(Self(value))
    }

    /// The secret as a header value, marked sensitive.
    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How long one call may take, connecting included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CallTimeout(Duration);

/// The number is no sane timeout.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("must be whole milliseconds from {} to {}", CallTimeout::MIN_MS, CallTimeout::MAX_MS)]
pub struct CallTimeoutError;

impl CallTimeout {
    /// Shortest, in milliseconds: a shorter one would leave most calls unconfirmed.
    pub const MIN_MS: u64 = 100;
    /// Longest, in milliseconds: a worker begins no group that its own time might end in the middle of, and
    /// so keeps this and the writes around it in reserve.
    pub const MAX_MS: u64 = 20_000;
    /// The default. A hundred recipients are answered in one to three seconds; a call that is cut off stays
    /// unconfirmed, so the timeout is as long as possible.
    pub const DEFAULT: Self = Self(Duration::from_millis(Self::MAX_MS));

    /// A timeout of this many milliseconds.
    ///
    /// # Errors
    /// Outside [`Self::MIN_MS`] to [`Self::MAX_MS`].
    pub fn from_millis(millis: u64) -> Result<Self, CallTimeoutError> {
        let sane = (Self::MIN_MS..=Self::MAX_MS).contains(&millis);
        sane.then(|| Self(Duration::from_millis(millis))).ok_or(CallTimeoutError)
    }

    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for CallTimeout {
    type Err = CallTimeoutError;

    fn from_str(text: &str) -> Result<Self, CallTimeoutError> {
        text.parse().map_err(|_| CallTimeoutError).and_then(Self::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_has_a_scheme_a_host_and_at_most_a_path() {
        let joined = |text: &str| text.parse::<BaseUrl>().unwrap().join("/v1/x").unwrap().to_string();
        assert_eq!(joined("https://api.example.com"), "https://api.example.com/v1/x");
        assert_eq!(joined("http://127.0.0.1:8080/at/"), "http://127.0.0.1:8080/at/v1/x");
        for text in ["", "api.example.com", "ftp://x", "https://u:p@x", "https://x?a=b", "https://x#f", "/x"]
        {
            assert_eq!(text.parse::<BaseUrl>(), Err(BaseUrlError), "{text}");
        }
    }

    #[test]
    fn only_tls_or_this_machine_is_private() {
        let private = |text: &str| text.parse::<BaseUrl>().unwrap().is_private();
        assert!(
            private("https://api.example.com") && private("http://127.0.0.1:1") && private("http://[::1]:1")
        );
        assert!(!private("http://api.example.com") && !private("http://127.0.0.1.example.com"));
    }

    #[test]
    fn a_secret_is_never_shown() {
        let secret = Secret::parse("atsk_0123456789").unwrap();
        assert!(!format!("{secret:?}").contains("atsk"));
        assert!(!format!("{:?}", secret.header()).contains("atsk"));
        assert!(
            Secret::parse("").is_none() && Secret::parse("a b").is_none() && Secret::parse("a\n").is_none()
        );
    }

    #[test]
    fn a_timeout_is_within_its_bounds() {
        assert_eq!("20000".parse(), Ok(CallTimeout::DEFAULT));
        for text in ["", "0", "99", "60001", "1.5", "-1"] {
            assert_eq!(text.parse::<CallTimeout>(), Err(CallTimeoutError), "{text}");
        }
    }
}
