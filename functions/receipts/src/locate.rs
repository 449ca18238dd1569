//! Which message a report is about, where the provider echoes no reference of ours.
//!
//! A campaign's directory says in which batch a number can be, the batch's plan says at which slot: two
//! small reads, both kept for the next reports, and no index from provider ids to recipients, which would cost
//! a write a recipient. A number that several campaigns under way sent to is told apart by the
//! provider's message id; an id that nobody knows belongs to the one hand-over of that number whose
//! answer was lost, if there is exactly one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{
    batch::{Directory, RecipientBatch},
    delivery::DeliveryStatus,
    ids::{BatchNumber, MessageId, MessageReference, Slot},
    msisdn::Msisdn,
    timestamp::{Millis, Timestamp},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use platform::clock::Clock;
use stores::{
    StoreError, Stores,
    campaigns::{DUE_SHARDS, DueCampaign},
};

/// How long the list of campaigns under way is kept: no network reports on a message of a campaign that
/// was accepted less than this ago. A number that is in none of the list has it read anew.
const LIST_KEPT: Millis = Millis::from_secs(1);
/// Campaigns whose plans are looked at at once.
const PLANS_AT_ONCE: usize = 16;
/// Directories kept; a million recipients' is 9 KB.
const MAX_DIRECTORIES: usize = 1_000;
/// Plans kept, of 8 KB each: more than the batches that are being handed over at once, whose reports come
/// together.
const MAX_PLANS: usize = 500;

/// Finds messages by number and provider id.
#[derive(Clone, Debug)]
pub struct Locator {
    stores: Stores,
    clock: Clock,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    listed_at: Option<Timestamp>,
    under_way: Vec<DueCampaign>,
    directories: HashMap<DueCampaign, Arc<Directory>>,
    plans: HashMap<(DueCampaign, BatchNumber), Arc<RecipientBatch>>,
}

/// How well a message fits a report.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// It has the report's id.
    Same,
    /// It was handed over, and has no id: its answer was lost, or is on its way.
    Orphan,
    /// It has another id, or was never handed over.
    Other,
}

impl Locator {
    /// Over the tables.
    pub fn new(stores: Stores, clock: Clock) -> Self {
        Self { stores, clock, kept: Arc::default() }
    }

    /// The message that a report is about; `None` where it is none of ours.
    pub async fn find(
        &self,
        msisdn: Msisdn,
        provider_message_id: &str,
    ) -> Result<Option<MessageReference>, StoreError> {
        let mut candidates = self.candidates(msisdn).await?;
        if candidates.is_empty() {
            self.forget_list();
            candidates = self.candidates(msisdn).await?;
        }
        // One candidate needs no look at its journal: whoever applies the report compares the ids.
        if candidates.len() < 2 {
            return Ok(candidates.pop());
        }
        let mut orphans = Vec::new();
        for candidate in candidates {
            match self.fit(candidate, provider_message_id).await? {
                Fit::Same => return Ok(Some(candidate)),
                Fit::Orphan => orphans.push(candidate),
                Fit::Other => {}
            }
        }
        Ok(if orphans.len() == 1 { orphans.pop() } else { None })
    }

    async fn candidates(&self, msisdn: Msisdn) -> Result<Vec<MessageReference>, StoreError> {
        let places = self.under_way().await?.into_iter().map(|campaign| self.place_in(campaign, msisdn));
        let places: Vec<Option<MessageReference>> =
            stream::iter(places.collect::<Vec<_>>()).buffered(PLANS_AT_ONCE).try_collect().await?;
        Ok(places.into_iter().flatten().collect())
    }

    fn forget_list(&self) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).listed_at = None;
    }

    async fn under_way(&self) -> Result<Vec<DueCampaign>, StoreError> {
        let now = self.clock.now();
        {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.listed_at.is_some_and(|at| now.since(at) < LIST_KEPT) {
                return Ok(kept.under_way.clone());
            }
        }
        let mut under_way = Vec::new();
        for shard in 0..DUE_SHARDS {
            under_way.extend(self.stores.campaigns.under_way(shard).await?);
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.listed_at = Some(now);
        kept.directories.retain(|campaign, _| under_way.contains(campaign));
        kept.plans.retain(|(campaign, _), _| under_way.contains(campaign));
        kept.under_way.clone_from(&under_way);
        Ok(under_way)
    }

    async fn place_in(
        &self,
        due: DueCampaign,
        msisdn: Msisdn,
    ) -> Result<Option<MessageReference>, StoreError> {
        let Some(directory) = self.directory(due).await? else { return Ok(None) };
        let Some(batch) = directory.batch_of(msisdn) else { return Ok(None) };
        let DueCampaign { organisation, campaign } = due;
        let plan = self.plan(due, batch).await?;
        let slot = plan.and_then(|plan| plan.slot_of(msisdn));
        let reference =
            |slot: Slot| MessageReference { organisation, message: MessageId { campaign, batch, slot } };
        Ok(slot.map(reference))
    }

    async fn plan(
        &self,
        due: DueCampaign,
        batch: BatchNumber,
    ) -> Result<Option<Arc<RecipientBatch>>, StoreError> {
        if let Some(plan) = self.kept.lock().unwrap_or_else(PoisonError::into_inner).plans.get(&(due, batch))
        {
            return Ok(Some(plan.clone()));
        }
        let Some(plan) = self.stores.campaigns.plan(due.organisation, due.campaign, batch).await? else {
            return Ok(None);
        };
        let plan = Arc::new(plan);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.plans.len() >= MAX_PLANS {
            kept.plans.clear();
        }
        kept.plans.insert((due, batch), plan.clone());
        Ok(Some(plan))
    }

    async fn directory(&self, due: DueCampaign) -> Result<Option<Arc<Directory>>, StoreError> {
        if let Some(directory) =
            self.kept.lock().unwrap_or_else(PoisonError::into_inner).directories.get(&due)
        {
            return Ok(Some(directory.clone()));
        }
        let Some(directory) = self.stores.campaigns.directory(due.organisation, due.campaign).await? else {
            return Ok(None);
        };
        let directory = Arc::new(directory);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.directories.len() < MAX_DIRECTORIES {
            kept.directories.insert(due, directory.clone());
        }
        Ok(Some(directory))
    }

    async fn fit(&self, candidate: MessageReference, provider_message_id: &str) -> Result<Fit, StoreError> {
        let MessageReference { organisation, message } = candidate;
        let batch = self.stores.campaigns.batch(organisation, message.campaign, message.batch).await?;
        let Some(batch) = batch else { return Ok(Fit::Other) };
        let Some(state) = batch.progress.slots().get(usize::from(message.slot)) else {
            return Ok(Fit::Other);
        };
        let in_flight = batch.progress.in_flight().contains(&message.slot);
        Ok(match (&state.provider_message_id, state.status) {
            (Some(id), _) if id == provider_message_id => Fit::Same,
            (None, DeliveryStatus::Unconfirmed | DeliveryStatus::Sent) => Fit::Orphan,
            (None, DeliveryStatus::Queued) if in_flight => Fit::Orphan,
            _ => Fit::Other,
        })
    }
}
