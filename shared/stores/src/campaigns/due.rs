//! A sparse index of campaigns by the time at which the clock checks them next.

use std::ops::RangeInclusive;

use domain::{api_key::KeyMode, ids::OrganisationId, keys::CampaignKey, timestamp::Timestamp};

use super::{
    keys::{campaign_of_header, header_key},
    store::Campaigns,
};
use crate::{
    error::StoreError,
    item::{Item, Key, number},
    schema::{DUE, DUE_AT},
    table::{Change, Range},
};

/// Shards of live campaigns: a partition takes 1,000 writes a second.
pub const DUE_SHARDS: u8 = 4;
/// The shard of test campaigns, which are not searched for delivery reports.
const TEST_SHARD: u8 = DUE_SHARDS;
/// Every shard of the index; that of test campaigns is the last.
pub const EVERY_DUE_SHARD: RangeInclusive<u8> = 0..=TEST_SHARD;
/// Most campaigns of one shard that one run of the clock checks; the next run checks the rest.
pub const MAX_DUE: u64 = 250;

/// A due entry of the index.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Due {
    Campaign(CampaignKey),
    /// An item whose key is not a campaign header's. No code writes one.
    Unknown(UnknownItem),
}

/// A due item that is not a campaign.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownItem(Key);

pub(super) fn due_shard(organisation: OrganisationId, mode: KeyMode) -> String {
    match mode {
        KeyMode::Live => (organisation.0.as_u128() % u128::from(DUE_SHARDS)).to_string(),
        KeyMode::Test => TEST_SHARD.to_string(),
    }
}

impl Campaigns {
    /// The due entries of a shard, longest due first, at most [`MAX_DUE`]. The caller must end or reschedule each
    /// of them: an entry that keeps its time comes before all others in every run.
    pub async fn due(&self, shard: u8, now: Timestamp) -> Result<Vec<Due>, StoreError> {
        let range =
            Range::of(shard.to_string()).index(DUE).between("0", &now.millis().to_string()).limit(MAX_DUE);
        Ok(self.table.query(range).await?.iter().map(Due::of).collect())
    }

    /// Reschedules a campaign whose header cannot be read. A header that a newer version wrote is left unchanged:
    /// this version must not modify it.
    pub async fn put_off(&self, key: CampaignKey, until: Timestamp) -> Result<(), StoreError> {
        self.put_off_item(&header_key(key), until).await
    }

    /// Reschedules an item that is not a campaign.
    pub async fn put_off_unknown(&self, item: &UnknownItem, until: Timestamp) -> Result<(), StoreError> {
        self.put_off_item(&item.0, until).await
    }

    async fn put_off_item(&self, key: &Key, until: Timestamp) -> Result<(), StoreError> {
        let change = Change::new(format!("SET {DUE_AT} = :until"))
            .when(format!("attribute_exists({DUE_AT})"))
            .even_if_damaged()
            .value(":until", number(until.millis()));
        self.table.update(key, change).await.map(drop)
    }

    /// Every campaign of a shard that the clock still checks: scheduled, under way, or waiting for reports. A
    /// delivery report is always about one of a live shard. The list may be a second old, and leaves out unknown items,
    /// which the clock logs.
    pub async fn under_way(&self, shard: u8) -> Result<Vec<CampaignKey>, StoreError> {
        let range = Range::of(shard.to_string()).index(DUE);
        Ok(self.table.query(range).await?.iter().filter_map(campaign_of_header).collect())
    }
}

impl Due {
    fn of(item: &Item) -> Self {
        campaign_of_header(item).map_or_else(|| Self::Unknown(UnknownItem(Key::of(item))), Self::Campaign)
    }
}
