//! Idempotency keys: a request that is repeated with the same key takes effect once.

use std::{fmt, str::FromStr};

use thiserror::Error;
use uuid::Uuid;

/// The contract's limit.
const MAX_CHARACTERS: usize = 255;

/// The value of an `Idempotency-Key`: 1 to 255 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// The text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be 1 to {MAX_CHARACTERS} visible ASCII characters")]
pub struct IdempotencyKeyError;

impl IdempotencyKey {
    /// A random key, which no request has used.
    pub fn draw() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    /// A key that a program chooses, so that its send happens once.
    pub fn from_static(name: &'static str) -> Self {
        Self(name.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = IdempotencyKeyError;

    fn from_str(text: &str) -> Result<Self, IdempotencyKeyError> {
        let is_key =
            (1..=MAX_CHARACTERS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_key.then(|| Self(text.to_owned())).ok_or(IdempotencyKeyError)
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_the_form_that_the_api_accepts() {
        assert_ne!(IdempotencyKey::draw(), IdempotencyKey::draw());
        let drawn = IdempotencyKey::draw();
        assert_eq!(drawn.as_str().parse(), Ok(drawn.clone()));
        assert!("order-4711!".parse::<IdempotencyKey>().is_ok());
        for text in ["", "two words", "é", "line\n", &"x".repeat(256)] {
            assert_eq!(text.parse::<IdempotencyKey>(), Err(IdempotencyKeyError), "{text}");
        }
    }
}
