//! Finds the messages that a delivery report may be about, if the provider echoes no reference of ours.
//!
//! A campaign's directory says in which batch a number can be, and the batch's plan says at which slot. Both are small
//! reads and are cached for the next reports. An index from provider ids to recipients would cost a write for each
//! recipient, so it does not exist. Several campaigns under way may have sent to a number: the locator returns the
//! messages of all of them, and the function `receipts` compares the provider's id with their journals, which it reads
//! anyway.
//!
//! Only campaigns whose recipients the reporting account can have are looked through: those under way, and finished ones
//! whose header names the account. They are looked through by when their last text can have gone out, newest first, and
//! no further than [`MOST_CAMPAIGNS`]; a search ends with the first of them that have the number. A report that none of
//! their journals knows is then looked for in all. A number that is found in none while there are older campaigns is
//! counted.
//!
//! If a campaign's directory or plan cannot be read, its recipients cannot be found. The other campaigns are still
//! searched, but a number that none of them has may be a recipient of the unreadable one.
//!
//! Called by `callbacks` for a new report, and by `receipts` for a report that no message has taken.

mod cache;
#[cfg(test)]
mod scale;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{
    batch::{Directory, RecipientBatch},
    ids::AccountName,
    keys::{BatchKey, CampaignKey, MessageKey},
    msisdn::Msisdn,
    timestamp::{Millis, Timestamp},
};
use futures_util::{StreamExt, stream};
use platform::{clock::Clock, telemetry};
use stores::{StoreError, Stores, campaigns::ReportableCampaign};

use cache::Cache;

/// How long the list of campaigns is cached. The list is read again earlier if no campaign of it has the number, or if
/// none of the messages that were found takes the report.
pub const LIST_KEPT: Millis = Millis::from_secs(1);
/// Most campaigns that a search looks through, those whose texts can have gone out last. Each takes at most two reads,
/// of a directory and a plan.
pub const MOST_CAMPAIGNS: usize = 1_000;
/// Campaigns that are looked through before it is asked whether one of them has the number.
const CAMPAIGNS_TOGETHER: usize = 50;
/// Campaigns whose plans are looked at at once.
const PLANS_AT_ONCE: usize = 16;
/// Bytes of cached plans. A packed plan has 2–4 KB, so the plans of twenty campaigns of a million recipients fit.
pub const PLAN_BYTES: usize = 56 * 1024 * 1024;
/// Bytes of cached directories. The directory of a million recipients has 16 KB.
pub const DIRECTORY_BYTES: usize = 8 * 1024 * 1024;

/// The result of a search.
#[derive(Debug, Default)]
pub struct Found {
    pub messages: Vec<MessageKey>,
    /// Why a campaign could not be searched, if one could not.
    pub hidden: Option<StoreError>,
    /// Older campaigns that were not looked through, since they are more than [`MOST_CAMPAIGNS`].
    pub beyond: usize,
}

impl Found {
    /// An error if nothing was found and a campaign is hidden: it may have sent to the number, and the provider is to
    /// report again.
    fn unless_hidden(mut self) -> Result<Self, StoreError> {
        match self.hidden.take().filter(|_| self.messages.is_empty()) {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }
}

/// How far a search goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Until some campaigns have the number.
    First,
    /// Through all that are listed.
    All,
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
    /// By when their last text can have gone out, newest first.
    list: Arc<[ReportableCampaign]>,
    directories: Cache<CampaignKey, Arc<Directory>>,
    /// Packed, as they are stored.
    plans: Cache<BatchKey, Arc<[u8]>>,
}

impl Locator {
    pub fn new(stores: Stores, clock: Clock) -> Self {
        let caches = Caches {
            listed_at: None,
            list: Arc::default(),
            directories: Cache::new(DIRECTORY_BYTES),
            plans: Cache::new(PLAN_BYTES),
        };
        Self { stores, clock, caches: Arc::new(Mutex::new(caches)) }
    }

    /// Messages of an account to any of these numbers, which are the readings of one, of the campaigns whose texts can
    /// have gone out last. Older campaigns may have sent to it too: see [`Self::find_more`].
    pub async fn find(&self, account: AccountName, numbers: &[Msisdn]) -> Result<Found, StoreError> {
        let (list, is_new) = self.list().await?;
        let found = self.find_in(&campaigns_of(account, &list), numbers, Depth::First).await?;
        if !found.messages.is_empty() || is_new {
            return found.unless_hidden();
        }
        self.forget_list();
        let (list, _) = self.list().await?;
        self.find_in(&campaigns_of(account, &list), numbers, Depth::First).await?.unless_hidden()
    }

    /// Messages to the same numbers beside `known`: of campaigns that came up since, and of older ones. For the very
    /// latest, [`Self::forget_list`] first.
    pub async fn find_more(&self, account: AccountName, known: &[MessageKey]) -> Result<Found, StoreError> {
        let mut numbers = Vec::new();
        for message in known {
            numbers.extend(self.recipient(*message).await?.filter(|number| !numbers.contains(number)));
        }
        let (list, _) = self.list().await?;
        let mut found = self.find_in(&campaigns_of(account, &list), &numbers, Depth::All).await?;
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

    async fn find_in(
        &self,
        campaigns: &[CampaignKey],
        numbers: &[Msisdn],
        depth: Depth,
    ) -> Result<Found, StoreError> {
        let looked_through = &campaigns[..campaigns.len().min(MOST_CAMPAIGNS)];
        let mut found = Found { beyond: campaigns.len() - looked_through.len(), ..Found::default() };
        for campaigns in looked_through.chunks(CAMPAIGNS_TOGETHER) {
            self.look_through(campaigns, numbers, &mut found).await?;
            if depth == Depth::First && !found.messages.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    async fn look_through(
        &self,
        campaigns: &[CampaignKey],
        numbers: &[Msisdn],
        found: &mut Found,
    ) -> Result<(), StoreError> {
        let searches = campaigns.iter().map(|campaign| self.messages_in(*campaign, numbers));
        let results: Vec<Result<Vec<MessageKey>, StoreError>> =
            stream::iter(searches.collect::<Vec<_>>()).buffered(PLANS_AT_ONCE).collect().await;
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
        Ok(())
    }

    /// The list, and whether it was read for this call.
    async fn list(&self) -> Result<(Arc<[ReportableCampaign]>, bool), StoreError> {
        let now = self.clock.now();
        {
            let caches = self.caches();
            if caches.listed_at.is_some_and(|at| now.since(at) < LIST_KEPT) {
                return Ok((caches.list.clone(), false));
            }
        }
        let mut reported = self.stores.campaigns.reported_about(now).await?;
        reported.sort_unstable_by(|one, other| other.cmp(one));
        let mut caches = self.caches();
        caches.listed_at = Some(now);
        caches.list = reported.into();
        Ok((caches.list.clone(), true))
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

/// The campaigns of which the account can have a recipient, in their order.
fn campaigns_of(account: AccountName, list: &[ReportableCampaign]) -> Vec<CampaignKey> {
    list.iter().filter(|reported| reported.may_be_of(account)).map(|reported| reported.key).collect()
}

/// Bytes of a directory in memory, where an entry takes about twice its packed size.
fn directory_bytes(directory: &Directory) -> usize {
    directory.encode().len() * 2
}
