//! What the clock has to look at: a sparse index of campaigns by the time of their next look.

use domain::{
    ids::OrganisationId,
    keys::CampaignKey,
    timestamp::{Millis, Timestamp},
};

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

/// Shards of the index: a partition takes 1,000 writes a second.
pub const DUE_SHARDS: u8 = 4;
/// Time between two looks at a campaign under way: longer than a healthy batch takes, short enough for
/// a lost message to go unnoticed by people.
pub(super) const LOOK_EVERY: Millis = Millis::from_mins(2);
/// Campaigns of one shard that one run of the clock takes up; the rest are due in the next.
pub const MAX_DUE: u64 = 250;

/// What stands among the due campaigns, by its key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Due {
    /// A campaign.
    Campaign(CampaignKey),
    /// An item whose key is no campaign's: nobody knows how it came there.
    Stranger(Stranger),
}

/// An item that is due and is no campaign.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stranger(Key);

pub(super) fn due_at(now: Timestamp) -> Timestamp {
    now.plus(LOOK_EVERY)
}

pub(super) fn due_shard(organisation: OrganisationId) -> String {
    (organisation.0.as_u128() % u128::from(DUE_SHARDS)).to_string()
}

impl Campaigns {
    /// What of a shard is due, longest due first: [`MAX_DUE`] at most. Whatever is given must be looked at,
    /// ended or put off: what stays as it is would stand before all others for ever.
    pub async fn due(&self, shard: u8, now: Timestamp) -> Result<Vec<Due>, StoreError> {
        let range =
            Range::of(shard.to_string()).index(DUE).between("0", &now.millis().to_string()).limit(MAX_DUE);
        Ok(self.table.query(range).await?.iter().map(Due::of).collect())
    }

    /// Puts off the next look at a campaign that could not be looked at, without a look at what stands in
    /// its header. A header of newer code is newer code's to look at, and stays as it is.
    pub async fn put_off(&self, key: CampaignKey, until: Timestamp) -> Result<(), StoreError> {
        self.put_off_item(&header_key(key), until).await
    }

    /// Puts an item off that is no campaign.
    pub async fn put_off_stranger(&self, stranger: &Stranger, until: Timestamp) -> Result<(), StoreError> {
        self.put_off_item(&stranger.0, until).await
    }

    async fn put_off_item(&self, key: &Key, until: Timestamp) -> Result<(), StoreError> {
        let change = Change::new(format!("SET {DUE_AT} = :until"))
            .when(format!("attribute_exists({DUE_AT})"))
            .even_if_damaged()
            .value(":until", number(until.millis()));
        self.table.update(key, change).await.map(drop)
    }

    /// Every campaign of a shard that the clock still looks at: scheduled, under way, or waiting for
    /// reports. What a report is about is among them. Perhaps a second old. Of strangers among them the
    /// clock tells.
    pub async fn under_way(&self, shard: u8) -> Result<Vec<CampaignKey>, StoreError> {
        let range = Range::of(shard.to_string()).index(DUE);
        Ok(self.table.query(range).await?.iter().filter_map(campaign_of_header).collect())
    }
}

impl Due {
    fn of(item: &Item) -> Self {
        campaign_of_header(item).map_or_else(|| Self::Stranger(Stranger(Key::of(item))), Self::Campaign)
    }
}
