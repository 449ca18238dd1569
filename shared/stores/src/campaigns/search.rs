//! Finding the recipients of a campaign by their numbers, and why some of them were not reached.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::{
    api_key::KeyMode,
    batch::Directory,
    ids::{BatchNumber, OrganisationId, Slot},
    keys::{BatchKey, CampaignKey},
    msisdn::Msisdn,
    receipt::{ReportSheet, Reported},
};

use super::{
    batches::{SHEET, read_plan},
    head::{HEAD, HeadRecord},
    header::{CampaignHeader, CampaignText, DIRECTORY, DirectoryRecord, TEXT, take_campaign},
    keys::{directory_key, head_key, header_key, plan_key, text_key},
    store::Campaigns,
};
use crate::{
    error::StoreError,
    item::{Item, Key, from_item},
    page::ListRequest,
};

/// Heads that one look at the reports of a campaign reads at most: a million recipients.
const MOST_HEADS: usize = 1_000;

/// Campaigns that a search for a number over all of them looks at: texts and directories of as many are one call.
const LATEST: u64 = 50;

/// A campaign whose recipients are searched.
#[derive(Clone, PartialEq, Debug)]
pub struct SearchedCampaign {
    pub header: CampaignHeader,
    /// `None` if its retention is over.
    pub text: Option<CampaignText>,
    /// `None` for a test campaign, which has none, and once the retention is over.
    pub directory: Option<Directory>,
}

/// Recipients that were finally reported as not delivered, by the provider's code.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Undelivered {
    pub by_code: BTreeMap<Option<String>, u64>,
    /// Whether every batch that has such recipients could be looked at.
    pub is_complete: bool,
}

impl Campaigns {
    /// Reads a campaign with its directory in one call.
    pub async fn with_directory(&self, key: CampaignKey) -> Result<Option<SearchedCampaign>, StoreError> {
        let keys = vec![header_key(key), text_key(key), directory_key(key)];
        let mut items = self.table.get_many(keys, None).await?;
        let Some((header, text)) = take_campaign(key, &mut items)? else { return Ok(None) };
        let directory = items.into_iter().find(|item| Key::of(item) == directory_key(key));
        let directory = directory.map(read_directory).transpose()?;
        Ok(Some(SearchedCampaign { header, text, directory }))
    }

    /// The latest campaigns of an organisation and a mode that are `wanted`, newest first, with their directories; at
    /// most [`LATEST`] of them. Says whether there are more.
    pub async fn latest(
        &self,
        organisation: OrganisationId,
        mode: KeyMode,
        wanted: impl Fn(&CampaignHeader) -> bool,
    ) -> Result<(Vec<SearchedCampaign>, bool), StoreError> {
        let found = self.list(organisation, mode, wanted, ListRequest::page(1, LATEST)).await?;
        let has_more = found.total > LATEST;
        let keys = found.results.iter().flat_map(|header| [text_key(header.key), directory_key(header.key)]);
        let mut items: HashMap<Key, Item> = HashMap::new();
        for item in self.table.get_many(keys.collect(), None).await? {
            items.insert(Key::of(&item), item);
        }
        let mut campaigns = Vec::new();
        for header in found.results {
            let text = items.remove(&text_key(header.key)).map(|item| from_item(TEXT, item)).transpose()?;
            let directory = items.remove(&directory_key(header.key)).map(read_directory).transpose()?;
            campaigns.push(SearchedCampaign { header, text, directory });
        }
        Ok((campaigns, has_more))
    }

    /// The batches among these that have one of the numbers, by their plans alone. A plan that cannot be read may have
    /// them.
    pub async fn batches_that_have(
        &self,
        batches: Vec<BatchKey>,
        numbers: &[Msisdn],
    ) -> Result<HashSet<BatchKey>, StoreError> {
        let batches: HashMap<Key, BatchKey> =
            batches.into_iter().map(|batch| (plan_key(batch), batch)).collect();
        let mut found = HashSet::new();
        for item in self.table.get_many(batches.keys().cloned().collect(), None).await? {
            let Some(&batch) = batches.get(&Key::of(&item)) else { continue };
            let has_number = read_plan(batch.batch, item)
                .map(|plan| numbers.iter().any(|number| plan.slot_of(*number).is_some()));
            if has_number.unwrap_or(true) {
                found.insert(batch);
            }
        }
        Ok(found)
    }

    /// The batches that can have one of these numbers, in their order.
    pub async fn batches_with(
        &self,
        campaign: &SearchedCampaign,
        numbers: &[Msisdn],
    ) -> Result<BTreeSet<BatchNumber>, StoreError> {
        match &campaign.directory {
            Some(directory) => Ok(numbers.iter().filter_map(|number| directory.batch_of(*number)).collect()),
            None => self.search_plans(&campaign.header, numbers).await,
        }
    }

    /// A test campaign has no directory. Its plans are read, a hundred in one call.
    async fn search_plans(
        &self,
        header: &CampaignHeader,
        numbers: &[Msisdn],
    ) -> Result<BTreeSet<BatchNumber>, StoreError> {
        let batches = (0..header.batches()).map(|batch| header.key.batch(batch)).collect();
        let found = self.batches_that_have(batches, numbers).await?;
        Ok(found.into_iter().map(|batch| batch.batch).collect())
    }

    /// The provider's codes of recipients that were not delivered to, by the report sheets of all batches, or of a
    /// large campaign of those that have such recipients.
    pub async fn undelivered(&self, header: &CampaignHeader) -> Result<Undelivered, StoreError> {
        let mut batches: Vec<BatchNumber> = match self.batches_with_undelivered(header).await? {
            Some(batches) => batches,
            None => (0..header.batches()).collect(),
        };
        let mut found = Undelivered { is_complete: batches.len() <= MOST_HEADS, ..Undelivered::default() };
        batches.truncate(MOST_HEADS);
        let batches: HashMap<Key, BatchNumber> =
            batches.into_iter().map(|batch| (head_key(header.key.batch(batch)), batch)).collect();
        for item in self.table.get_many(batches.keys().cloned().collect(), None).await? {
            let Some(&batch) = batches.get(&Key::of(&item)) else { continue };
            let recipients = header.recipients_of(batch) as usize;
            match from_item::<HeadRecord>(HEAD, item).and_then(|head| sheet(&head, recipients)) {
                Ok(sheet) => {
                    sheet.into_iter().for_each(|sheet| count(&sheet, recipients, &mut found.by_code))
                }
                Err(error) => {
                    tracing::warn!(%error, campaign.id = header.key.number(), batch.number = batch, "reports are passed over");
                    found.is_complete = false;
                }
            }
        }
        Ok(found)
    }

    /// Finds batches by the stored counts of a large campaign; `None` if every head must be read.
    async fn batches_with_undelivered(
        &self,
        header: &CampaignHeader,
    ) -> Result<Option<Vec<BatchNumber>>, StoreError> {
        if !header.is_large() {
            return Ok(None);
        }
        let counts = self.with_counts(header.key).await?.and_then(|campaign| campaign.counts);
        let has_some = |(batch, undelivered): (BatchNumber, i64)| {
            (undelivered > 0 || header.begun.contains(&batch)).then_some(batch)
        };
        Ok(counts.map(|counts| {
            (0..).zip(counts.iter().map(|counts| counts.undelivered)).filter_map(has_some).collect()
        }))
    }
}

fn read_directory(item: Item) -> Result<Directory, StoreError> {
    let DirectoryRecord { starts, .. } = from_item(DIRECTORY, item)?;
    Directory::decode(&starts).map_err(StoreError::packed(DIRECTORY))
}

fn sheet(head: &HeadRecord, recipients: usize) -> Result<Option<ReportSheet>, StoreError> {
    let bytes = head.reports.as_ref();
    bytes.map(|bytes| ReportSheet::decode(bytes, recipients).map_err(StoreError::packed(SHEET))).transpose()
}

fn count(sheet: &ReportSheet, recipients: usize, by_code: &mut BTreeMap<Option<String>, u64>) {
    let receipts = (0..recipients as Slot).filter_map(|slot| sheet.get(slot));
    for receipt in receipts.filter(|receipt| receipt.reported == Reported::Undelivered) {
        *by_code.entry(receipt.code.clone()).or_default() += 1;
    }
}
