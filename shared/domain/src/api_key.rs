//! API keys: `tk_live_` or `tk_test_`, 26 random base62 digits, 6 base62 digits of a CRC-32.
//!
//! The checksum lets a mistyped key be rejected without a read, and lets secret scanners recognise keys (the form of
//! GitHub's tokens, "Behind GitHub's new authentication token formats", 2021).

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    ids::{KeyId, OrganisationId},
    money::Money,
    scope::Scopes,
    timestamp::{Millis, Timestamp},
};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM_DIGITS: usize = 26;
const CHECK_DIGITS: usize = 6;

/// Random bytes that a new key is made from: 192 bits for 26 base62 digits (154 bits).
pub const RANDOM_BYTES: usize = 24;

/// How old `last_used_at` must be before a use is written again: a write for every request would cost more than the
/// precision is worth.
const LAST_USED_EVERY: Millis = Millis::from_mins(10);

/// Whether a key's campaigns reach recipients.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyMode {
    /// Sends and charges.
    Live,
    /// Sandbox: never reaches a real provider, never charges.
    Test,
}

impl KeyMode {
    /// The part of an amount that moves in this mode: nothing with a test key.
    pub const fn moves(self, amount: Money) -> Money {
        match self {
            Self::Live => amount,
            Self::Test => Money::ZERO,
        }
    }

    /// The word in keys of stored items.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::Live => "tk_live_",
            Self::Test => "tk_test_",
        }
    }
}

/// An API key in clear, as its owner holds it. It is shown once and only its SHA-256 is stored; neither `Debug` nor an
/// error shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

/// The text cannot be a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not an API key")]
pub struct ApiKeyError;

impl ApiKey {
    pub fn generate(mode: KeyMode, random: &[u8; RANDOM_BYTES]) -> Self {
        let mut digits = [0u8; RANDOM_DIGITS];
        let mut rest = *random;
        for digit in &mut digits {
            *digit = divide_by_62(&mut rest);
        }
        let body: String = digits.iter().map(|digit| base62(u32::from(*digit))).collect();
        let head = format!("{}{body}", mode.prefix());
        let check = check_digits(&head);
        Self(head + &check)
    }

    /// Reads a key and checks its checksum.
    pub fn parse(text: &str) -> Result<Self, ApiKeyError> {
        let mode = [KeyMode::Live, KeyMode::Test].into_iter().find(|mode| text.starts_with(mode.prefix()));
        let prefix = mode.ok_or(ApiKeyError)?.prefix();
        let well_formed = text.len() == prefix.len() + RANDOM_DIGITS + CHECK_DIGITS
            && text.bytes().skip(prefix.len()).all(|b| b.is_ascii_alphanumeric());
        if !well_formed {
            return Err(ApiKeyError);
        }
        let (head, check) = text.split_at(text.len() - CHECK_DIGITS);
        if check == check_digits(head) { Ok(Self(text.to_owned())) } else { Err(ApiKeyError) }
    }

    /// Whether it is a live or a test key.
    pub fn mode(&self) -> KeyMode {
        if self.0.starts_with(KeyMode::Test.prefix()) { KeyMode::Test } else { KeyMode::Live }
    }

    /// The key itself: to hash it, or to show it to its owner once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The first characters, enough for an owner to recognise a key: `tk_live_ab12`.
    pub fn hint(&self) -> &str {
        self.0.get(..12).unwrap_or_default()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeyRecord {
    /// The key's public name.
    pub id: KeyId,
    pub organisation: OrganisationId,
    /// A label that the operator chose.
    pub name: String,
    /// [`ApiKey::hint`], for listings.
    pub hint: String,
    pub mode: KeyMode,
    pub scopes: Scopes,
    pub created_at: Timestamp,
    /// When it was last used, to ten minutes. Stored in another item.
    #[serde(skip)]
    pub last_used_at: Option<Timestamp>,
    /// When it stops working; `None` if it works until it is revoked.
    pub valid_until: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

impl KeyRecord {
    /// The record of a new key with all scopes and without an expiry.
    pub fn new(key: &ApiKey, id: KeyId, organisation: OrganisationId, name: &str, now: Timestamp) -> Self {
        Self {
            id,
            organisation,
            name: name.to_owned(),
            hint: key.hint().to_owned(),
            mode: key.mode(),
            scopes: Scopes::all(),
            created_at: now,
            last_used_at: None,
            valid_until: None,
            revoked_at: None,
        }
    }

    /// Whether the key works now.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.valid_until.is_none_or(|until| now < until)
    }

    /// Whether `last_used_at` is so old that this use must be written.
    pub fn is_last_use_old(&self, now: Timestamp) -> bool {
        self.last_used_at.is_none_or(|last| now.since(last) >= LAST_USED_EVERY)
    }
}

fn base62(digit: u32) -> char {
    char::from(ALPHABET.get(digit as usize % ALPHABET.len()).copied().unwrap_or(b'0'))
}

/// Divides a big-endian number by 62 in place; the remainder is its next digit.
fn divide_by_62(number: &mut [u8]) -> u8 {
    let mut remainder = 0u16;
    for byte in number {
        let value = (remainder << 8) | u16::from(*byte);
        *byte = (value / 62) as u8;
        remainder = value % 62;
    }
    remainder as u8
}

fn check_digits(head: &str) -> String {
    let mut rest = crc32fast::hash(head.as_bytes());
    let mut digits = ['0'; CHECK_DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit = base62(rest % 62);
        rest /= 62;
    }
    digits.iter().collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_key_reads_back_and_every_mistyped_character_is_noticed() {
        let key = ApiKey::generate(KeyMode::Live, &[7; RANDOM_BYTES]);
        let text = key.reveal().to_owned();
        assert_eq!(text.len(), 8 + 32);
        assert_eq!(ApiKey::parse(&text), Ok(key.clone()));
        assert_eq!(key.mode(), KeyMode::Live);
        for place in 0..text.len() {
            let mut typo = text.clone().into_bytes();
            typo[place] = if typo[place] == b'x' { b'y' } else { b'x' };
            assert_eq!(ApiKey::parse(&String::from_utf8(typo).unwrap()), Err(ApiKeyError), "at {place}");
        }
        assert_eq!(format!("{key:?}"), "ApiKey(…)");
    }

    #[test]
    fn a_key_works_until_it_is_revoked_or_runs_out() {
        let (key, start) = (ApiKey::generate(KeyMode::Test, &[9; RANDOM_BYTES]), Timestamp::from_secs(1_000));
        let (id, organisation) = (KeyId(Uuid::nil()), OrganisationId(Uuid::nil()));
        let record = KeyRecord::new(&key, id, organisation, "shop", start);
        assert_eq!((record.mode, record.hint.as_str()), (KeyMode::Test, key.hint()));
        let until = start.plus(Millis::from_mins(1));
        let short = KeyRecord { valid_until: Some(until), ..record.clone() };
        assert_eq!([start, until].map(|now| record.is_live(now)), [true, true]);
        assert_eq!([start, until].map(|now| short.is_live(now)), [true, false]);
        let revoked = KeyRecord { revoked_at: Some(start), ..record };
        assert!(!revoked.is_live(start));
    }

    #[test]
    fn a_use_is_written_at_most_every_ten_minutes() {
        let (key, start) = (ApiKey::generate(KeyMode::Live, &[9; RANDOM_BYTES]), Timestamp::from_secs(1_000));
        let new = KeyRecord::new(&key, KeyId(Uuid::nil()), OrganisationId(Uuid::nil()), "shop", start);
        assert!(new.is_last_use_old(start), "it was never used");
        let used = KeyRecord { last_used_at: Some(start), ..new };
        assert!(!used.is_last_use_old(start.plus(Millis(LAST_USED_EVERY.0 - 1))));
        assert!(used.is_last_use_old(start.plus(LAST_USED_EVERY)));
    }

    #[test]
    fn a_live_key_with_the_test_prefix_is_not_valid() {
        let key = ApiKey::generate(KeyMode::Test, &[9; RANDOM_BYTES]);
        assert_eq!(ApiKey::parse(&key.reveal().replace("tk_test_", "tk_live_")), Err(ApiKeyError));
        assert_eq!(ApiKey::parse("tk_live_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), Err(ApiKeyError));
    }
}
