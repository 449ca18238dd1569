//! One person in the campaigns of an organisation: finding their messages, and erasing their number.
//!
//! Called by an operator's command alone. An erased recipient keeps its slot and the prefix of its price, so that counts
//! and money stay what they were.

use domain::{
    batch::{Directory, RecipientBatch},
    keys::{BatchKey, CampaignKey},
    msisdn::Msisdn,
};
use serde_bytes::ByteBuf;

use super::{
    batches::{ErasedRecord, PLAN, read_plan},
    header::{CampaignHeader, CampaignText, DIRECTORY, DirectoryRecord},
    keys::{directory_key, plan_key},
    store::Campaigns,
};
use crate::{
    error::StoreError,
    item::{Item, check_refused, from_item},
    retry::{RetryPolicy, Tries},
    table::{Change, Conditional},
};

impl Campaigns {
    /// The batch of a campaign that has, or had, a number among its recipients; `None` if none can have it.
    pub async fn batch_of(
        &self,
        header: &CampaignHeader,
        number: Msisdn,
    ) -> Result<Option<BatchKey>, StoreError> {
        match self.directory(header.key).await? {
            Some(directory) => Ok(directory.batch_of(number).map(|batch| header.key.batch(batch))),
            None => self.search(header, number).await,
        }
    }

    /// A test campaign has no directory, and few recipients: its batches are looked through.
    async fn search(&self, header: &CampaignHeader, number: Msisdn) -> Result<Option<BatchKey>, StoreError> {
        for batch in 0..header.batches() {
            let key = header.key.batch(batch);
            let Some(item) = self.table.get(&plan_key(key)).await? else { continue };
            if read_plan(batch, item)?.slot_of(number).is_some() {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    /// Erases a number from a campaign's plan and directory; says whether it was there. Doing it again does the rest of
    /// what a crash has left.
    pub async fn erase_recipient(
        &self,
        header: &CampaignHeader,
        text: &CampaignText,
        number: Msisdn,
    ) -> Result<bool, StoreError> {
        let Some(batch) = self.batch_of(header, number).await? else { return Ok(false) };
        let prefix = text.tariff.price(number).map(|price| price.prefix.clone()).unwrap_or_default();
        let mut tries = Tries::of("erasing a recipient", RetryPolicy::CONTENTION);
        loop {
            let Some(item) = self.table.get(&plan_key(batch)).await? else { return Ok(false) };
            let plan = read_plan(batch.batch, item.clone())?;
            let Some(erased) = plan.without(number, prefix.clone()) else {
                return self.erase_start(header.key, &plan, number).await;
            };
            match self.table.update(&plan_key(batch), replacement(&item, &erased)?).await? {
                Conditional::Applied => {
                    self.erase_start(header.key, &erased, number).await?;
                    return Ok(true);
                }
                Conditional::Refused(found) => check_refused(PLAN, found.as_ref())?,
            }
            tries.pause().await?;
        }
    }

    /// Erases a number that a batch begins with from the directory; says whether it was there.
    async fn erase_start(
        &self,
        campaign: CampaignKey,
        plan: &RecipientBatch,
        number: Msisdn,
    ) -> Result<bool, StoreError> {
        let mut tries = Tries::of("erasing a recipient", RetryPolicy::CONTENTION);
        loop {
            let Some(item) = self.table.get(&directory_key(campaign)).await? else { return Ok(false) };
            let DirectoryRecord { starts, .. } = from_item(DIRECTORY, item.clone())?;
            let directory = Directory::decode(&starts).map_err(StoreError::packed(DIRECTORY))?;
            let Some(erased) = directory.without(number, plan) else { return Ok(false) };
            let starts = serde_dynamo::to_attribute_value(ByteBuf::from(erased.encode()));
            let change = seen(Change::new("SET starts = :new"), &item, "starts")
                .value(":new", starts.map_err(StoreError::unreadable(DIRECTORY))?);
            match self.table.update(&directory_key(campaign), change).await? {
                Conditional::Applied => return Ok(true),
                Conditional::Refused(found) => check_refused(DIRECTORY, found.as_ref())?,
            }
            tries.pause().await?;
        }
    }
}

fn replacement(item: &Item, plan: &RecipientBatch) -> Result<Change, StoreError> {
    let erased = plan.erased().iter();
    let erased: Vec<ErasedRecord> =
        erased.map(|(slot, prefix)| ErasedRecord { slot: *slot, prefix: prefix.clone() }).collect();
    let unreadable = StoreError::unreadable(PLAN);
    let recipients = serde_dynamo::to_attribute_value(ByteBuf::from(plan.pack()));
    let change = seen(Change::new("SET recipients = :new, erased = :erased"), item, "recipients")
        .value(":new", recipients.map_err(StoreError::unreadable(PLAN))?);
    Ok(change.value(":erased", serde_dynamo::to_attribute_value(erased).map_err(unreadable)?))
}

/// Only if an attribute is as it was read.
fn seen(change: Change, item: &Item, attribute: &str) -> Change {
    let change = change.when(format!("{attribute} = :seen"));
    match item.get(attribute) {
        Some(value) => change.value(":seen", value.clone()),
        None => change,
    }
}
