//! A sparse index of campaigns by the time at which the clock checks them next.

use std::ops::RangeInclusive;

use domain::{
    api_key::KeyMode,
    campaign::deadlines::LOOK_EVERY,
    ids::{AccountName, OrganisationId},
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
    schema::{DUE, DUE_AT, FINISHED_AT, SENT_BY, STARTED_AT},
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

/// A campaign that was not started when the index was read, and is due sooner than this, may have been started since: the
/// clock looks at a campaign under way every two minutes.
const MAY_START_WITHIN: Millis = Millis::from_mins(5);
const _: () = assert!(MAY_START_WITHIN.0 > LOOK_EVERY.0);

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

    /// The campaigns that a delivery report may be about, of all live shards. The list may be a second old.
    pub async fn reported_about(&self, now: Timestamp) -> Result<Vec<ReportableCampaign>, StoreError> {
        let mut reported = Vec::new();
        for shard in 0..DUE_SHARDS {
            let items = self.table.query(Range::of(shard.to_string()).index(DUE)).await?;
            reported.extend(items.iter().filter_map(|item| ReportableCampaign::of(item, now)));
        }
        Ok(reported)
    }

    /// Every campaign of a shard that the clock still checks: scheduled, under way, or waiting for reports. The list may
    /// be a second old, and leaves out unknown items, which the clock logs.
    pub async fn under_way(&self, shard: u8) -> Result<Vec<CampaignKey>, StoreError> {
        let range = Range::of(shard.to_string()).index(DUE);
        Ok(self.table.query(range).await?.iter().filter_map(campaign_of_header).collect())
    }
}

/// A campaign of which a text may have gone out. Orders by when its last text can have.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ReportableCampaign {
    /// When its last text went out; the greatest time if more may go out.
    last_text_by: Timestamp,
    started_at: Timestamp,
    pub key: CampaignKey,
    /// The accounts that can have its recipients; `None` if more may go out, to any account.
    sent_by: Option<Vec<AccountName>>,
}

impl ReportableCampaign {
    /// `None` for a campaign that is scheduled, and for what is not a campaign.
    fn of(item: &Item, now: Timestamp) -> Option<Self> {
        let time = |name: &str| {
            let millis = item.get(name)?.as_n().ok()?.parse().ok()?;
            Some(Timestamp::from_millis(millis))
        };
        let key = campaign_of_header(item)?;
        // Its first batch may have been claimed after the index was read.
        let is_about_to_start = time(DUE_AT).is_none_or(|due| due < now.plus(MAY_START_WITHIN));
        let started_at = time(STARTED_AT).or_else(|| is_about_to_start.then_some(now))?;
        let finished_at = time(FINISHED_AT);
        let last_text_by = finished_at.unwrap_or(Timestamp::from_millis(i64::MAX));
        // The index may lack the account of a batch that was closed a moment ago, but not once it has the end: the
        // writes of one item reach it in their order.
        let sent_by = finished_at.map(|_| accounts(item));
        Some(Self { last_text_by, started_at, key, sent_by })
    }

    /// Whether a report of an account can be about one of its recipients.
    pub fn may_be_of(&self, account: AccountName) -> bool {
        self.sent_by.as_ref().is_none_or(|accounts| accounts.contains(&account))
    }
}

/// None if every recipient was dropped, so that no account has one.
fn accounts(item: &Item) -> Vec<AccountName> {
    let names = item.get(SENT_BY).and_then(|names| names.as_ss().ok()).into_iter().flatten();
    names.filter_map(|name| name.parse().ok()).collect()
}

impl Due {
    fn of(item: &Item) -> Self {
        campaign_of_header(item).map_or_else(|| Self::Unknown(UnknownItem(Key::of(item))), Self::Campaign)
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::CampaignId;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_420_805_000);

    fn item(number: u64, times: &[(&str, Timestamp)]) -> Item {
        let organisation = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap();
        let key = CampaignKey { organisation, campaign: CampaignId::new(number).unwrap() };
        let mut item = header_key(key).to_item();
        item.extend(times.iter().map(|(name, at)| ((*name).to_owned(), super::number(at.millis()))));
        item
    }

    fn reported(number: u64, times: &[(&str, Timestamp)]) -> Option<ReportableCampaign> {
        ReportableCampaign::of(&item(number, times), NOW)
    }

    #[test]
    fn a_finished_campaign_is_of_its_accounts_and_one_under_way_of_any() {
        let accounts = ["at-ke", "infobip", "aws"].map(AccountName::new);
        let of = |item: &Item| {
            let reported = ReportableCampaign::of(item, NOW).unwrap();
            accounts.map(|account| reported.may_be_of(account))
        };
        let (running, finished) = ([(STARTED_AT, NOW)], [(STARTED_AT, NOW), (FINISHED_AT, NOW)]);
        for (times, none, some) in
            [(&running[..], [true; 3], [true; 3]), (&finished[..], [false; 3], [true, false, true])]
        {
            let mut item = item(1, times);
            assert_eq!(of(&item), none, "{times:?}");
            item.insert(SENT_BY.to_owned(), crate::item::texts(["at-ke", "aws"]));
            assert_eq!(of(&item), some, "{times:?}");
        }
    }

    #[test]
    fn campaigns_are_ordered_by_the_latest_time_of_a_text_and_scheduled_campaigns_are_left_out() {
        let hours = |hours| NOW.plus(Millis::from_hours(hours));
        let finished = |number, at| {
            reported(number, &[(STARTED_AT, hours(-20)), (FINISHED_AT, at), (DUE_AT, hours(70))])
        };
        let running = |number, at| reported(number, &[(STARTED_AT, at), (DUE_AT, NOW)]);
        let mut campaigns = vec![
            finished(1, hours(-9)),
            finished(2, hours(-2)),
            running(3, hours(-8)),
            running(4, hours(-1)),
            reported(5, &[(DUE_AT, NOW.plus(LOOK_EVERY))]),
            reported(6, &[(DUE_AT, hours(1))]),
        ];
        assert_eq!(campaigns.pop(), Some(None), "it is scheduled");
        let mut campaigns: Vec<ReportableCampaign> = campaigns.into_iter().map(Option::unwrap).collect();
        campaigns.sort_unstable_by(|one, other| other.cmp(one));
        let numbers: Vec<u64> = campaigns.iter().map(|campaign| campaign.key.number()).collect();
        assert_eq!(numbers, [5, 4, 3, 2, 1]);
    }
}
