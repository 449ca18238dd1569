//! Ids of organisations, books, contacts, keys and campaigns; names of provider accounts; numbers of batches and slots.

use std::{fmt, num::NonZeroU64, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;
use uuid::Uuid;

macro_rules! uuid_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            /// Reads the hyphenated form only: with the other spellings of a UUID one item would have several names.
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                uuid::fmt::Hyphenated::from_str(text).map(|id| Self(id.into_uuid()))
            }
        }
    };
}

uuid_name!(
    /// An organisation: the tenant that owns books, campaigns and money.
    OrganisationId
);
uuid_name!(
    /// An address book.
    BookId
);
uuid_name!(
    /// A contact's id, made from its book and its number, so that importing the contact again gives the same id.
    ContactId
);
uuid_name!(
    /// An API key's public name. The key itself is never stored.
    KeyId
);

/// A campaign's number within its organisation, rising from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CampaignId(NonZeroU64);

impl CampaignId {
    /// An organisation's first campaign.
    pub const FIRST: Self = Self(NonZeroU64::MIN);
    /// Largest number that a message's id can hold.
    pub const MAX: u64 = (1 << CAMPAIGN_BITS) - 1;

    /// The campaign of that number, if it is from 1 to [`Self::MAX`].
    pub fn new(number: u64) -> Option<Self> {
        NonZeroU64::new(number).filter(|n| n.get() <= Self::MAX).map(Self)
    }

    pub const fn get(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for CampaignId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Longest name of an account, in bytes.
const ACCOUNT_NAME_BYTES: usize = 20;

/// The name of a provider account: `a-z`, `0-9` and `-`, at most 20. All texts of an account share its rate, its
/// balance and the pauses that its provider asks for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountName {
    bytes: [u8; ACCOUNT_NAME_BYTES],
    length: u8,
}

/// The text does not name an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must have 1 to {ACCOUNT_NAME_BYTES} characters of a-z, 0-9 and -, and begin with a letter")]
pub struct AccountNameError;

impl AccountName {
    /// The account with a name that is written in the code; a name that is too long is cut.
    pub const fn new(name: &'static str) -> Self {
        Self::of_bytes(name.as_bytes())
    }

    const fn of_bytes(name: &[u8]) -> Self {
        let mut bytes = [0; ACCOUNT_NAME_BYTES];
        let mut length = 0;
        while length < name.len() && length < ACCOUNT_NAME_BYTES {
            bytes[length] = name[length];
            length += 1;
        }
        Self { bytes, length: length as u8 }
    }

    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl FromStr for AccountName {
    type Err = AccountNameError;

    fn from_str(text: &str) -> Result<Self, AccountNameError> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_name = text.len() <= ACCOUNT_NAME_BYTES
            && text.starts_with(|letter: char| letter.is_ascii_lowercase())
            && text.bytes().all(is_plain);
        is_name.then(|| Self::of_bytes(text.as_bytes())).ok_or(AccountNameError)
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountName({self})")
    }
}

impl Serialize for AccountName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for AccountName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A batch's place within its campaign, from 0.
pub type BatchNumber = u32;

/// A recipient's place within its batch, from 0.
pub type Slot = u16;

// The parts of a message's id share a UUID with the organisation: `keys::MessageKey::to_uuid`.
pub(crate) const CAMPAIGN_BITS: u32 = 40;
pub(crate) const BATCH_BITS: u32 = 20;
pub(crate) const SLOT_BITS: u32 = 14;

/// Most batches of one campaign: over a billion recipients.
pub const MAX_BATCHES: BatchNumber = 1 << BATCH_BITS;
/// Most recipients of one batch.
pub const MAX_SLOTS: Slot = 1 << SLOT_BITS;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hyphenated_form_names_a_book() {
        assert!("3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse::<BookId>().is_ok());
        assert!("3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f".parse::<BookId>().is_err());
        assert!("{3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f}".parse::<BookId>().is_err());
    }

    #[test]
    fn an_account_is_named_by_a_short_plain_word() {
        for name in ["a", "at-ke", "africastalking", "a2345678901234567890"] {
            let account: AccountName = name.parse().unwrap();
            assert_eq!((account.as_str(), account.to_string().as_str()), (name, name));
            let json = serde_json::to_string(&account).unwrap();
            assert_eq!(serde_json::from_str::<AccountName>(&json).unwrap(), account);
        }
        for name in ["", "2a", "-a", "A", "a b", "a_b", "é", "a23456789012345678901"] {
            assert_eq!(name.parse::<AccountName>(), Err(AccountNameError), "{name}");
        }
    }
}
