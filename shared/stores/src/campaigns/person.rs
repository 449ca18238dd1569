//! One person in the campaigns of an organisation: finds their messages, and erases their number.
//!
//! Called only by the operator's commands. An erased recipient keeps its slot and the prefix of its price, so that
//! counts and money do not change. Batches that no campaign names are searched too: those of sends that were refused,
//! that crashed, or that are being accepted.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    batch::{Directory, RecipientBatch},
    ids::{CampaignId, OrganisationId},
    keys::{BatchKey, CampaignKey},
    msisdn::Msisdn,
};
use serde_bytes::ByteBuf;

use super::{
    batches::{ErasedRecord, PLAN, read_plan},
    header::{CampaignHeader, DIRECTORY, DirectoryRecord},
    keys::{DIRECTORY_SORT_KEY, PLAN_SORT_KEY, directory_key, part_of, parts_prefix, plan_key},
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
        let batches = (0..header.batches()).map(|batch| header.key.batch(batch));
        self.batch_among(header.key, batches, number).await
    }

    /// The batches that have, or had, a number among their recipients and that no accepted campaign names. Reads the
    /// whole table.
    pub async fn unaccepted_batches_of(
        &self,
        organisation: OrganisationId,
        accepted: &BTreeSet<CampaignId>,
        number: Msisdn,
    ) -> Result<Vec<BatchKey>, StoreError> {
        let values = [
            (":parts", parts_prefix(organisation)),
            (":plan", PLAN_SORT_KEY.to_owned()),
            (":directory", DIRECTORY_SORT_KEY.to_owned()),
        ];
        let keys = self.table.keys_where("begins_with(pk, :parts) AND sk IN (:plan, :directory)", &values);
        let mut unaccepted: BTreeMap<CampaignKey, Vec<BatchKey>> = BTreeMap::new();
        for (campaign, batch) in keys.await?.iter().filter_map(part_of) {
            if !accepted.contains(&campaign.campaign) {
                unaccepted.entry(campaign).or_default().extend(batch.map(|batch| campaign.batch(batch)));
            }
        }
        let mut found = Vec::new();
        for (campaign, batches) in unaccepted {
            found.extend(self.batch_among(campaign, batches, number).await?);
        }
        Ok(found)
    }

    /// A test campaign has no directory and few recipients, so all its batches are searched.
    async fn batch_among(
        &self,
        campaign: CampaignKey,
        batches: impl IntoIterator<Item = BatchKey>,
        number: Msisdn,
    ) -> Result<Option<BatchKey>, StoreError> {
        if let Some(directory) = self.directory(campaign).await? {
            return Ok(directory.batch_of(number).map(|batch| campaign.batch(batch)));
        }
        for key in batches {
            if self.plan(key).await?.is_some_and(|plan| plan.slot_of(number).is_some()) {
                return Ok(Some(key));
            }
        }
        Ok(None)
    }

    /// Erases a number from a batch and from its campaign's directory; returns whether it was there. The slot keeps the
    /// prefix of its price. Repeating it finishes an erasure that crashed.
    pub async fn erase_recipient(
        &self,
        batch: BatchKey,
        prefix: &str,
        number: Msisdn,
    ) -> Result<bool, StoreError> {
        let mut tries = Tries::of("erasing a recipient", RetryPolicy::CONTENTION);
        loop {
            let Some(item) = self.table.get(&plan_key(batch)).await? else {
                return self.erase_start(batch.campaign, &RecipientBatch::empty(batch.batch), number).await;
            };
            let plan = read_plan(batch.batch, item.clone())?;
            let Some(erased) = plan.without(number, prefix.to_owned()) else {
                return self.erase_start(batch.campaign, &plan, number).await;
            };
            match self.table.update(&plan_key(batch), replacement(&item, &erased)?).await? {
                Conditional::Applied => {
                    self.erase_start(batch.campaign, &erased, number).await?;
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

/// Adds the condition that an attribute has the value that was read.
fn seen(change: Change, item: &Item, attribute: &str) -> Change {
    let change = change.when(format!("{attribute} = :seen"));
    match item.get(attribute) {
        Some(value) => change.value(":seen", value.clone()),
        None => change,
    }
}
