//! Keys of address books, campaigns, batches and messages.
//!
//! ```text
//! MessageKey ─► BatchKey ─► CampaignKey ─► organisation
//!     slot         batch       campaign
//!                              BookKey ─► organisation
//!                                book
//! ```
//! Each key has the key above it, so that nothing is named without its organisation.
//!
//! The text of a campaign's, batch's or message's key has its parts, joined by dots:
//! `organisation.campaign.batch.slot`. Queues and providers carry this text; it has nothing personal. A key has only
//! one spelling.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;
use uuid::{Uuid, fmt::Simple};

use crate::ids::{
    BATCH_BITS, BatchNumber, BookId, CAMPAIGN_BITS, CampaignId, MAX_BATCHES, MAX_SLOTS, OrganisationId,
    SLOT_BITS, Slot,
};

/// An address book of an organisation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BookKey {
    pub organisation: OrganisationId,
    pub book: BookId,
}

/// A campaign of an organisation. Serialised as its two fields, which the items of a campaign hold as attributes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct CampaignKey {
    pub organisation: OrganisationId,
    /// The campaign's number, which counts within the organisation.
    pub campaign: CampaignId,
}

/// A batch of a campaign.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BatchKey {
    pub campaign: CampaignKey,
    /// The batch's place within the campaign.
    pub batch: BatchNumber,
}

/// A message to one recipient of a batch. The batch's plan finds the recipient by the slot, without an index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MessageKey {
    pub batch: BatchKey,
    /// The recipient's place within the batch.
    pub slot: Slot,
}

/// The text is not a key, or is another spelling of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a key of a campaign, a batch or a message")]
pub struct ParseKeyError;

impl CampaignKey {
    /// A batch of this campaign.
    pub const fn batch(self, batch: BatchNumber) -> BatchKey {
        BatchKey { campaign: self, batch }
    }

    /// The campaign's number, as logs and customers see it.
    pub const fn number(self) -> u64 {
        self.campaign.get()
    }
}

impl BatchKey {
    /// A message of this batch.
    pub const fn message(self, slot: Slot) -> MessageKey {
        MessageKey { batch: self, slot }
    }
}

impl MessageKey {
    /// The message's id in the API: a version 8 UUID (RFC 9562 §5.8) of 48 bits of the organisation, 40 of the
    /// campaign, 20 of the batch and 14 of the slot. The organisation's bits keep the ids of two tenants apart.
    pub fn to_uuid(self) -> Uuid {
        let BatchKey { campaign, batch } = self.batch;
        let tag = campaign.organisation.0.as_u128() & ((1 << 48) - 1);
        let payload = (((tag << CAMPAIGN_BITS) | u128::from(campaign.number())) << BATCH_BITS
            | u128::from(batch))
            << SLOT_BITS
            | u128::from(self.slot);
        let (high, middle, low) = (payload >> 74, (payload >> 62) & 0xfff, payload & ((1 << 62) - 1));
        Uuid::from_u128((high << 80) | (0x8 << 76) | (middle << 64) | (0b10 << 62) | low)
    }

    /// The message of an organisation that has this id in the API; `None` for any other id.
    pub fn of_uuid(id: Uuid, organisation: OrganisationId) -> Option<Self> {
        let bits = id.as_u128();
        let (high, middle, low) = (bits >> 80, (bits >> 64) & 0xfff, bits & ((1 << 62) - 1));
        let payload = (high << 74) | (middle << 62) | low;
        let part = |from: u32, bits: u32| (payload >> from) & ((1 << bits) - 1);
        let campaign = u64::try_from(part(SLOT_BITS + BATCH_BITS, CAMPAIGN_BITS)).ok();
        let campaign = CampaignKey { organisation, campaign: CampaignId::new(campaign?)? };
        let batch = campaign.batch(BatchNumber::try_from(part(SLOT_BITS, BATCH_BITS)).ok()?);
        let message = batch.message(Slot::try_from(part(0, SLOT_BITS)).ok()?);
        Some(message).filter(|message| message.to_uuid() == id)
    }
}

impl fmt::Display for CampaignKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.organisation.0.as_simple(), self.campaign)
    }
}

impl fmt::Display for BatchKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.campaign, self.batch)
    }
}

impl fmt::Display for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.batch, self.slot)
    }
}

impl FromStr for CampaignKey {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, ParseKeyError> {
        let (organisation, campaign) = text.split_once('.').ok_or(ParseKeyError)?;
        let organisation = OrganisationId(canonical::<Simple>(organisation)?.into_uuid());
        let campaign = CampaignId::new(canonical(campaign)?).ok_or(ParseKeyError)?;
        Ok(Self { organisation, campaign })
    }
}

impl FromStr for BatchKey {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, ParseKeyError> {
        let (campaign, batch) = text.rsplit_once('.').ok_or(ParseKeyError)?;
        let batch = canonical(batch)?;
        if batch < MAX_BATCHES {
            Ok(campaign.parse::<CampaignKey>()?.batch(batch))
        } else {
            Err(ParseKeyError)
        }
    }
}

impl FromStr for MessageKey {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, ParseKeyError> {
        let (batch, slot) = text.rsplit_once('.').ok_or(ParseKeyError)?;
        let slot = canonical(slot)?;
        if slot < MAX_SLOTS { Ok(batch.parse::<BatchKey>()?.message(slot)) } else { Err(ParseKeyError) }
    }
}

/// Reads a part in its only spelling: another one would be a second name of the same item.
fn canonical<T: FromStr + ToString>(text: &str) -> Result<T, ParseKeyError> {
    text.parse().ok().filter(|part: &T| part.to_string() == text).ok_or(ParseKeyError)
}

macro_rules! serialized_as_text {
    ($($key:ident)*) => {$(
        impl Serialize for $key {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $key {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    )*};
}

serialized_as_text!(BatchKey MessageKey);

#[cfg(test)]
mod tests {
    use super::*;

    fn message(campaign: u64, batch: u32, slot: u16) -> MessageKey {
        let organisation = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap();
        let campaign = CampaignKey { organisation, campaign: CampaignId::new(campaign).unwrap() };
        campaign.batch(batch).message(slot)
    }

    #[test]
    fn message_ids_are_version_8_uuids_and_all_differ() {
        let corners =
            [(1, 0, 0), (1, 0, 1), (1, 1, 0), (2, 0, 0), (CampaignId::MAX, (1 << 20) - 1, (1 << 14) - 1)];
        let ids: std::collections::BTreeSet<Uuid> =
            corners.iter().map(|&(c, b, s)| message(c, b, s).to_uuid()).collect();
        assert_eq!(ids.len(), corners.len());
        for id in ids {
            assert_eq!(id.get_version_num(), 8);
            assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
        }
    }

    #[test]
    fn a_key_is_parsed_from_its_own_text() {
        let message = message(84, 3, 999);
        assert_eq!(message.to_string(), "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.84.3.999");
        assert_eq!(message.to_string().parse(), Ok(message));
        assert_eq!(message.batch.to_string().parse(), Ok(message.batch));
        assert_eq!(message.batch.campaign.to_string().parse(), Ok(message.batch.campaign));
    }

    #[test]
    fn another_spelling_or_a_part_out_of_range_is_not_a_key() {
        for text in [
            "",
            "a.b.c.d",
            "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.1.0",
            "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.0.0.0",
            "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.1.0.0.0",
            "3f8e2d1A7c4d4e1ab3f29d8e2c1a4b5f.1.0.0",
            "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f.1.0.0",
            "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.1.00.0",
            "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.+1.0.0",
            "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.1099511627776.0.0",
            "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.1.1048576.0",
            "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.1.0.16384",
        ] {
            assert_eq!(text.parse::<MessageKey>(), Err(ParseKeyError), "{text}");
        }
    }
}
