//! Finds the messages that a delivery report may be about, if the provider echoes no reference of ours.
//!
//! A campaign's directory says in which batch a number can be, and the batch's plan says at which slot. Both are small
//! reads and are cached for the next reports. An index from provider ids to recipients would cost a write for each
//! recipient, so there is none. Several campaigns under way may have sent to a number: the locator returns the messages
//! of all of them, and the function `receipts` compares the provider's id with their journals, which it reads anyway.
//!
//! If a campaign's directory or plan cannot be read, its recipients cannot be found. The other campaigns are searched
//! all the same, but a number that none of them has may be a recipient of the unreadable one.
//!
//! Called by `callbacks` for a new report, and by `receipts` for a report that no message has taken.

mod cache;
#[cfg(test)]
mod scale;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{
    batch::{Directory, RecipientBatch},
    keys::{BatchKey, CampaignKey, MessageKey},
    msisdn::Msisdn,
    timestamp::{Millis, Timestamp},
};
use futures_util::{StreamExt, stream};
use platform::{clock::Clock, telemetry};
use stores::{StoreError, Stores, campaigns::DUE_SHARDS};

use cache::Cache;

/// How long the list of campaigns under way is cached. The list is read again earlier if no campaign of it has the
/// number, or if none of the messages that were found takes the report.
pub const LIST_KEPT: Millis = Millis::from_secs(1);
/// Campaigns whose plans are read at the same time.
const PLANS_AT_ONCE: usize = 16;
/// Bytes of cached plans. A packed plan has 2–4 KB, so the plans of twenty campaigns of a million recipients fit.
pub const PLAN_BYTES: usize = 56 * 1024 * 1024;
/// Bytes of cached directories. The directory of a million recipients has 16 KB.
pub const DIRECTORY_BYTES: usize = 8 * 1024 * 1024;

/// The result of a search.
#[derive(Debug)]
pub struct Found {
    pub messages: Vec<MessageKey>,
    /// Why a campaign could not be searched, if one could not.
    pub hidden: Option<StoreError>,
}

#[derive(Clone, Debug)]
pub struct Locator {
    stores: Stores,
    clock: Clock,
    caches: Arc<Mutex<Caches>>,
}

#[derive(Debug)]
struct Caches {
    listed_at: Option<Timestamp>,
    under_way: Arc<[CampaignKey]>,
    directories: Cache<CampaignKey, Arc<Directory>>,
    /// Packed, as they are stored.
    plans: Cache<BatchKey, Arc<[u8]>>,
}

impl Locator {
    pub fn new(stores: Stores, clock: Clock) -> Self {
        let caches = Caches {
            listed_at: None,
            under_way: Arc::default(),
            directories: Cache::new(DIRECTORY_BYTES),
            plans: Cache::new(PLAN_BYTES),
        };
        Self { stores, clock, caches: Arc::new(Mutex::new(caches)) }
    }

    /// The messages to any of these numbers, which are the possible readings of one reported number. Empty if no
    /// campaign under way has sent to them.
    pub async fn find(&self, numbers: &[Msisdn]) -> Result<Vec<MessageKey>, StoreError> {
        let found = self.find_in_list(numbers).await?;
        if !found.messages.is_empty() {
            return Ok(found.messages);
        }
        self.forget_list();
        let Found { messages, hidden } = self.find_in_list(numbers).await?;
        // A campaign that could not be searched may have sent to the number: the provider must report again.
        hidden.filter(|_| messages.is_empty()).map_or(Ok(messages), Err)
    }

    /// Messages to the same numbers of campaigns that started after a report about `known` was queued. Call
    /// [`Self::forget_list`] before it to include the newest campaigns.
    pub async fn find_more(&self, known: &[MessageKey]) -> Result<Found, StoreError> {
        let mut numbers = Vec::new();
        for message in known {
            numbers.extend(self.recipient(*message).await?.filter(|number| !numbers.contains(number)));
        }
        let mut found = self.find_in_list(&numbers).await?;
        found.messages.retain(|message| !known.contains(message));
        Ok(found)
    }

    /// Makes the next search read the list of campaigns under way again.
    pub fn forget_list(&self) {
        self.caches().listed_at = None;
    }

    fn caches(&self) -> MutexGuard<'_, Caches> {
        self.caches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn find_in_list(&self, numbers: &[Msisdn]) -> Result<Found, StoreError> {
        let campaigns = self.under_way().await?;
        let searches = campaigns.iter().map(|campaign| self.messages_in(*campaign, numbers));
        let results: Vec<Result<Vec<MessageKey>, StoreError>> =
            stream::iter(searches.collect::<Vec<_>>()).buffered(PLANS_AT_ONCE).collect().await;
        let mut found = Found { messages: Vec::new(), hidden: None };
        for (campaign, result) in campaigns.iter().zip(results) {
            match result {
                Ok(messages) => found.messages.extend(messages),
                Err(error) if error.is_about_an_item() => {
                    telemetry::campaign(*campaign)
                        .in_scope(|| tracing::warn!(%error, "a campaign could not be searched for a number"));
                    found.hidden = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    async fn under_way(&self) -> Result<Arc<[CampaignKey]>, StoreError> {
        let now = self.clock.now();
        {
            let caches = self.caches();
            if caches.listed_at.is_some_and(|at| now.since(at) < LIST_KEPT) {
                return Ok(caches.under_way.clone());
            }
        }
        let mut under_way = Vec::new();
        for shard in 0..DUE_SHARDS {
            under_way.extend(self.stores.campaigns.under_way(shard).await?);
        }
        let mut caches = self.caches();
        caches.listed_at = Some(now);
        caches.under_way = under_way.into();
        Ok(caches.under_way.clone())
    }

    async fn messages_in(
        &self,
        campaign: CampaignKey,
        numbers: &[Msisdn],
    ) -> Result<Vec<MessageKey>, StoreError> {
        let Some(directory) = self.directory(campaign).await? else { return Ok(Vec::new()) };
        let mut messages = Vec::new();
        for msisdn in numbers {
            let Some(batch) = directory.batch_of(*msisdn) else { continue };
            let batch = campaign.batch(batch);
            let slot = self.plan(batch).await?.and_then(|plan| plan.slot_of(*msisdn));
            messages.extend(slot.map(|slot| batch.message(slot)));
        }
        Ok(messages)
    }

    async fn recipient(&self, message: MessageKey) -> Result<Option<Msisdn>, StoreError> {
        let plan = self.plan(message.batch).await?;
        Ok(plan.and_then(|plan| plan.recipient(message.slot)))
    }

    async fn plan(&self, batch: BatchKey) -> Result<Option<RecipientBatch>, StoreError> {
        let kept = self.caches().plans.get(&batch);
        if let Some(packed) = kept {
            let unreadable =
                |error| StoreError::Unreadable { what: "a batch", reason: format!("{error}, in memory") };
            return RecipientBatch::unpack(batch.batch, &packed).map(Some).map_err(unreadable);
        }
        let plan = self.stores.campaigns.plan(batch).await?;
        // A packed plan has no erased slots, so a plan with erased slots is not cached.
        if let Some(plan) = plan.as_ref().filter(|plan| plan.erased().is_empty()) {
            let packed: Arc<[u8]> = plan.pack().into();
            let bytes = packed.len();
            self.caches().plans.keep(batch, packed, bytes);
        }
        Ok(plan)
    }

    async fn directory(&self, campaign: CampaignKey) -> Result<Option<Arc<Directory>>, StoreError> {
        let kept = self.caches().directories.get(&campaign);
        if kept.is_some() {
            return Ok(kept);
        }
        let directory = self.stores.campaigns.directory(campaign).await?.map(Arc::new);
        if let Some(directory) = &directory {
            self.caches().directories.keep(campaign, directory.clone(), directory_bytes(directory));
        }
        Ok(directory)
    }
}

/// Bytes of a directory in memory, where an entry takes about twice its packed size.
fn directory_bytes(directory: &Directory) -> usize {
    directory.encode().len() * 2
}
