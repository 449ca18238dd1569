//! The key of one instance.

use std::fmt;

use http::{HeaderMap, header};
use subtle::ConstantTimeEq;
use thiserror::Error;

/// Begins every key, so that it is recognised in a file or a log.
const PREFIX: &str = "LOCAL";
const RANDOM_BYTES: usize = 16;

/// The access key id that an instance takes AWS calls with. Signatures are not verified, so the id itself is the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey(String);

/// The operating system gives no random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the operating system gives no random numbers")]
pub struct NoRandomness;

/// Why a call is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRefusal {
    /// The request is not signed.
    Missing,
    /// The request is signed with another key.
    Unknown,
}

impl AccessKey {
    /// A new key.
    ///
    /// # Errors
    /// If the operating system gives no random numbers.
    pub fn draw() -> Result<Self, NoRandomness> {
        let mut random = [0; RANDOM_BYTES];
        getrandom::fill(&mut random).map_err(|_| NoRandomness)?;
        Ok(Self(format!("{PREFIX}{}", hex::encode_upper(random))))
    }

    /// A key that the caller chooses.
    pub fn of(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The key in the clear.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether this text is the key, in constant time.
    pub fn is(&self, text: &str) -> bool {
        self.0.as_bytes().ct_eq(text.as_bytes()).into()
    }

    /// Checks that an AWS call is signed with this key (Signature Version 4, in the header).
    ///
    /// # Errors
    /// If it is not.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), KeyRefusal> {
        match signer(headers) {
            None => Err(KeyRefusal::Missing),
            Some(id) if self.is(id) => Ok(()),
            Some(_) => Err(KeyRefusal::Unknown),
        }
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessKey(…)")
    }
}

/// The access key id of `AWS4-HMAC-SHA256 Credential=<id>/<date>/<region>/<service>/aws4_request, …`.
fn signer(headers: &HeaderMap) -> Option<&str> {
    let authorization = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (_, credential) = authorization.strip_prefix("AWS4-")?.split_once("Credential=")?;
    credential.split_once('/').map(|(id, _)| id)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    fn checked(authorization: Option<&str>) -> Result<(), KeyRefusal> {
        let mut headers = HeaderMap::new();
        headers.extend(authorization.map(|value| (header::AUTHORIZATION, value.parse().unwrap())));
        AccessKey::of("LOCAL1").check(&headers)
    }

    #[test]
    fn only_the_keys_own_id_is_taken() {
        let signed =
            |id: &str| format!("AWS4-HMAC-SHA256 Credential={id}/20261123/us-east-1/sqs/aws4_request");
        assert_eq!(checked(Some(&signed("LOCAL1"))), Ok(()));
        for other in ["LOCAL", "LOCAL12", "", "emulator"] {
            assert_eq!(checked(Some(&signed(other))), Err(KeyRefusal::Unknown), "{other}");
        }
        for unsigned in [None, Some("Bearer LOCAL1"), Some("AWS4-HMAC-SHA256 LOCAL1"), Some("")] {
            assert_eq!(checked(unsigned), Err(KeyRefusal::Missing), "{unsigned:?}");
        }
    }

    #[test]
    fn keys_differ_and_are_not_shown() {
        let (one, other) = (AccessKey::draw().unwrap(), AccessKey::draw().unwrap());
        assert!(one != other && !one.is(other.reveal()));
        assert_eq!(one.reveal().len(), PREFIX.len() + 2 * RANDOM_BYTES);
        assert!(!format!("{one:?}").contains(one.reveal()));
    }
}
