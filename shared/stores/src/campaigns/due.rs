//! What the clock has to look at: a sparse index of campaigns by the time of their next look.

use domain::{
    ids::{CampaignId, OrganisationId},
    timestamp::{Millis, Timestamp},
};

use super::Campaigns;
use crate::{error::StoreError, item::Item, schema::DUE, table::Range};

/// Shards of the index: a partition takes 1,000 writes a second.
pub const DUE_SHARDS: u8 = 4;
/// Time between two looks at a campaign under way: longer than a healthy batch takes, short enough for
/// a lost message to go unnoticed by people.
pub(super) const LOOK_EVERY: Millis = Millis::from_mins(2);
/// Campaigns of one shard that one run of the clock takes up; the rest are due in the next.
pub const MAX_DUE: u64 = 250;

/// A campaign whose time for a look has come.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DueCampaign {
    /// Whose it is.
    pub organisation: OrganisationId,
    /// Its number.
    pub campaign: CampaignId,
}

pub(super) fn due_at(now: Timestamp) -> Timestamp {
    now.plus(LOOK_EVERY)
}

pub(super) fn due_shard(organisation: OrganisationId) -> String {
    (organisation.0.as_u128() % u128::from(DUE_SHARDS)).to_string()
}

impl Campaigns {
    /// The campaigns of a shard that are due, longest due first.
    pub async fn due(&self, shard: u8, now: Timestamp) -> Result<Vec<DueCampaign>, StoreError> {
        let range =
            Range::of(shard.to_string()).index(DUE).between("0", &now.millis().to_string()).limit(MAX_DUE);
        Ok(self.table.query(range).await?.iter().filter_map(read_due).collect())
    }

    /// Every campaign of a shard that the clock still looks at: scheduled, under way, or waiting for
    /// reports. What a report is about is among them. Perhaps a second old.
    pub async fn under_way(&self, shard: u8) -> Result<Vec<DueCampaign>, StoreError> {
        let range = Range::of(shard.to_string()).index(DUE);
        Ok(self.table.query(range).await?.iter().filter_map(read_due).collect())
    }
}

fn read_due(item: &Item) -> Option<DueCampaign> {
    let organisation = item.get("pk")?.as_s().ok()?.strip_prefix("ORG#")?.parse().ok()?;
    let campaign = item.get("sk")?.as_s().ok()?.strip_prefix("C#")?.parse().ok()?;
    Some(DueCampaign { organisation, campaign: CampaignId::new(campaign)? })
}
