//! Names of things: organisations, books, campaigns, batches, messages.

use std::{fmt, num::NonZeroU64, str::FromStr};

use serde::{Deserialize, Serialize};
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
    /// The campaign of that number, where a [`MessageId`] can hold it.
    pub fn new(number: u64) -> Option<Self> {
        NonZeroU64::new(number).filter(|n| n.get() <= MessageId::MAX_CAMPAIGN).map(Self)
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

/// A batch's place within its campaign, from 0.
pub type BatchNumber = u32;

/// A recipient's place within its batch, from 0.
pub type Slot = u16;

/// What names one message for ever: campaign, batch and slot. From it the message is found by
/// arithmetic, without a lookup table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MessageId {
    /// The campaign.
    pub campaign: CampaignId,
    /// The batch within it.
    pub batch: BatchNumber,
    /// The recipient within the batch.
    pub slot: Slot,
}

const SLOT_BITS: u32 = 14;
const BATCH_BITS: u32 = 20;
const CAMPAIGN_BITS: u32 = 40;

impl MessageId {
    /// Largest campaign number a message id can hold.
    pub const MAX_CAMPAIGN: u64 = (1 << CAMPAIGN_BITS) - 1;
    /// Most batches of one campaign: over a billion recipients.
    pub const MAX_BATCHES: u32 = 1 << BATCH_BITS;
    /// Most recipients of one batch.
    pub const MAX_SLOTS: u16 = 1 << SLOT_BITS;

    /// The id as a version 8 UUID (RFC 9562 §5.8): 48 bits of the organisation, 40 of the campaign,
    /// 20 of the batch, 14 of the slot. The organisation's part keeps ids of two tenants apart.
    pub fn to_uuid(self, organisation: OrganisationId) -> Uuid {
        let tag = organisation.0.as_u128() & ((1 << 48) - 1);
        let payload = (((tag << CAMPAIGN_BITS) | u128::from(self.campaign.get())) << BATCH_BITS
            | u128::from(self.batch))
            << SLOT_BITS
            | u128::from(self.slot);
        let (high, middle, low) = (payload >> 74, (payload >> 62) & 0xfff, payload & ((1 << 62) - 1));
        Uuid::from_u128((high << 80) | (0x8 << 76) | (middle << 64) | (0b10 << 62) | low)
    }
}

/// Where a provider's report belongs; given to providers that echo a reference.
/// Written `organisation.campaign.batch.slot`; holds nothing personal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MessageReference {
    /// The tenant.
    pub organisation: OrganisationId,
    /// The message within it.
    pub message: MessageId,
}

/// The text is no message reference of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a message reference")]
pub struct ReferenceError;

impl fmt::Display for MessageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MessageId { campaign, batch, slot } = self.message;
        write!(f, "{}.{campaign}.{batch}.{slot}", self.organisation.0.as_simple())
    }
}

impl FromStr for MessageReference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let mut parts = text.split('.');
        let mut next = || parts.next().ok_or(ReferenceError);
        let organisation = OrganisationId(next()?.parse().map_err(|_| ReferenceError)?);
        let campaign = next()?.parse().ok().and_then(CampaignId::new).ok_or(ReferenceError)?;
        let batch = next()?.parse().ok().filter(|b| *b < MessageId::MAX_BATCHES).ok_or(ReferenceError)?;
        let slot = next()?.parse().ok().filter(|s| *s < MessageId::MAX_SLOTS).ok_or(ReferenceError)?;
        let reference = Self { organisation, message: MessageId { campaign, batch, slot } };
        // Any other spelling would be a second name of one message.
        if reference.to_string() == text { Ok(reference) } else { Err(ReferenceError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organisation() -> OrganisationId {
        "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap()
    }

    fn message(campaign: u64, batch: u32, slot: u16) -> MessageId {
        MessageId { campaign: CampaignId::new(campaign).unwrap(), batch, slot }
    }

    #[test]
    fn message_ids_are_version_8_uuids_and_all_differ() {
        let corners = [
            (1, 0, 0),
            (1, 0, 1),
            (1, 1, 0),
            (2, 0, 0),
            (MessageId::MAX_CAMPAIGN, (1 << 20) - 1, (1 << 14) - 1),
        ];
        let ids: std::collections::BTreeSet<Uuid> =
            corners.iter().map(|&(c, b, s)| message(c, b, s).to_uuid(organisation())).collect();
        assert_eq!(ids.len(), corners.len());
        for id in ids {
            assert_eq!(id.get_version_num(), 8);
            assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
        }
    }

    #[test]
    fn a_reference_comes_back_as_it_went_out() {
        let reference = MessageReference { organisation: organisation(), message: message(84, 3, 999) };
        assert_eq!(reference.to_string().parse(), Ok(reference));
        for text in [
            "",
            "a.b.c.d",
            "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.0.0.0",
            "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.1.0.0.0",
            "3f8e2d1A7c4d4e1ab3f29d8e2c1a4b5f.1.0.0",
            "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f.1.0.0",
            "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.1.00.0",
            "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.+1.0.0",
        ] {
            assert_eq!(text.parse::<MessageReference>(), Err(ReferenceError), "{text}");
        }
    }

    #[test]
    fn only_the_hyphenated_form_names_a_book() {
        assert!("3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse::<BookId>().is_ok());
        assert!("3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f".parse::<BookId>().is_err());
        assert!("{3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f}".parse::<BookId>().is_err());
    }
}
