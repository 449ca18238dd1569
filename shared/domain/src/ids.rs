//! Ids of organisations, books, contacts, keys and campaigns; names of provider accounts; numbers of batches and slots.

use std::{fmt, num::NonZeroU64, str::FromStr};

use serde::{Deserialize, Serialize};
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

            /// Reads the hyphenated form only: the other spellings of a UUID would be second names
            /// of one thing.
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
    /// A contact, for ever: made from its book and its number, so that importing it again names it
    /// again.
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

    /// The number.
    pub const fn get(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for CampaignId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A provider account: all that share a rate, a balance and the provider's patience. A constant of the code, never read
/// from a request.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AccountName(&'static str);

impl AccountName {
    /// The account of that name.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
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
}
