//! The secret that proves that a callback is the provider's.
//!
//! `callbacks` checks every callback with it before anything else is read. A provider that signs sends an HMAC of the
//! body; one that cannot sign, such as Africa's Talking, gets a callback URL whose last segment is the secret. Both are
//! compared in constant time.

use std::{fmt, str::FromStr};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use thiserror::Error;

/// Shortest secret taken, in characters: 128 bits if it is random hexadecimal.
pub const MIN_CHARACTERS: usize = 32;

/// A secret shared with a provider; never shown.
#[derive(Clone)]
pub struct CallbackSecret(String);

/// The text cannot keep anyone out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be at least {MIN_CHARACTERS} letters, digits, - or _")]
pub struct CallbackSecretError;

impl FromStr for CallbackSecret {
    type Err = CallbackSecretError;

    /// Letters, digits, `-` and `_` only, because it may be part of a URL.
    fn from_str(text: &str) -> Result<Self, CallbackSecretError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let strong = text.len() >= MIN_CHARACTERS && text.bytes().all(plain);
        strong.then(|| Self(text.to_owned())).ok_or(CallbackSecretError)
    }
}

impl CallbackSecret {
    /// Whether a URL's segment is the secret. Its length, not its characters, may be learned by timing.
    pub fn is(&self, segment: &str) -> bool {
        self.0.as_bytes().ct_eq(segment.as_bytes()).into()
    }

    /// The signature of a body: `sha256=` and HMAC-SHA-256 in hexadecimal.
    pub fn sign(&self, body: &[u8]) -> String {
        let code = self.mac(body).map(|mac| mac.finalize().into_bytes());
        format!("{SCHEME}{}", code.map(hex::encode).unwrap_or_default())
    }

    /// Whether a signature is that of the body.
    pub fn has_signed(&self, body: &[u8], signature: &str) -> bool {
        let code = signature.strip_prefix(SCHEME).and_then(|code| hex::decode(code).ok());
        match (code, self.mac(body)) {
            (Some(code), Some(mac)) => mac.verify_slice(&code).is_ok(),
            _ => false,
        }
    }

    /// HMAC takes keys of any length, so there always is one.
    fn mac(&self, body: &[u8]) -> Option<Hmac<Sha256>> {
        Hmac::<Sha256>::new_from_slice(self.0.as_bytes()).ok().map(|mac| mac.chain_update(body))
    }
}

const SCHEME: &str = "sha256=";

impl fmt::Debug for CallbackSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallbackSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "0123456789abcdef0123456789abcdef";

    fn secret() -> CallbackSecret {
        TEXT.parse().unwrap()
    }

    #[test]
    fn a_signature_holds_for_its_body_and_secret_only() {
        let signature = secret().sign(b"body");
        // printf body | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
        assert_eq!(signature, "sha256=612102a175629bd95ea9f6f33d86736cf7f31e3b43d438b35a78fa582e87f922");
        assert!(secret().has_signed(b"body", &signature));
        assert!(!secret().has_signed(b"bodY", &signature));
        let other: CallbackSecret = TEXT.to_uppercase().parse().unwrap();
        assert!(!other.has_signed(b"body", &signature));
        for forged in ["", "sha256=", "sha256=zz", &signature[7..], &signature[..20]] {
            assert!(!secret().has_signed(b"body", forged), "{forged}");
        }
    }

    #[test]
    fn only_the_whole_secret_is_accepted() {
        assert!(secret().is(TEXT));
        assert!(!secret().is("") && !secret().is(&TEXT[1..]) && !secret().is(&TEXT.to_uppercase()));
    }

    #[test]
    fn a_weak_secret_is_refused_and_none_is_shown() {
        for weak in ["", &TEXT[1..], "0123456789abcdef 0123456789abcdef", "0123456789abcdef/0123456789abcdef"]
        {
            assert!(weak.parse::<CallbackSecret>().is_err(), "{weak}");
        }
        assert!(!format!("{:?}", secret()).contains("0123"));
    }
}
