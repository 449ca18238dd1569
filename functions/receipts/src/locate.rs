//! Which messages a report may be about, where the provider echoes no reference of ours.
//!
//! A campaign's directory says in which batch a number can be, the batch's plan says at which slot: two
//! small reads, both kept for the next reports, and no index from provider ids to recipients, which would cost
//! a write a recipient. Several campaigns under way may have sent to a number: each is found here, and
//! whoever applies the report ([`crate::apply`]) asks their journals, which are read then anyway.
//!
//! A campaign whose directory or plan cannot be read hides whom it has sent to. It does not stand in the way
//! of the others; but a number that none of them has may be one of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{
    batch::{Directory, RecipientBatch},
    ids::{BatchNumber, MessageId, MessageReference, Slot},
    msisdn::Msisdn,
    timestamp::{Millis, Timestamp},
};
use futures_util::{StreamExt, stream};
use platform::clock::Clock;
use queue::Place;
use stores::{
    StoreError, Stores,
    campaigns::{DUE_SHARDS, DueCampaign},
};

use crate::cache::Cache;

/// How long the list of campaigns under way is kept. A number that is in none of the list has it read
/// anew, and so has a report that none of those found takes.
pub const LIST_KEPT: Millis = Millis::from_secs(1);
/// Campaigns whose plans are looked at at once.
const PLANS_AT_ONCE: usize = 16;
/// Memory for plans: packed they are 2–4 KB, so that those of twenty campaigns of a million fit.
pub const PLAN_BYTES: usize = 56 * 1024 * 1024;
/// Memory for directories; a million recipients' takes 16 KB.
pub const DIRECTORY_BYTES: usize = 8 * 1024 * 1024;

/// What a search has found.
#[derive(Debug)]
pub struct Found<T> {
    /// Messages to the number.
    pub messages: Vec<T>,
    /// Why a campaign could not be searched.
    pub hidden: Option<StoreError>,
}

/// Finds messages by number.
#[derive(Clone, Debug)]
pub struct Locator {
    stores: Stores,
    clock: Clock,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug)]
struct Kept {
    listed_at: Option<Timestamp>,
    under_way: Arc<[DueCampaign]>,
    directories: Cache<DueCampaign, Arc<Directory>>,
    /// Packed, as they are stored.
    plans: Cache<(DueCampaign, BatchNumber), Arc<[u8]>>,
}

impl Locator {
    /// Over the tables.
    pub fn new(stores: Stores, clock: Clock) -> Self {
        let kept = Kept {
            listed_at: None,
            under_way: Arc::default(),
            directories: Cache::new(DIRECTORY_BYTES),
            plans: Cache::new(PLAN_BYTES),
        };
        Self { stores, clock, kept: Arc::new(Mutex::new(kept)) }
    }

    /// The messages to a number, one of each campaign under way that has it; none where it is none of ours.
    pub async fn find(&self, msisdn: Msisdn) -> Result<Vec<MessageReference>, StoreError> {
        let found = self.find_in_list(msisdn).await?;
        if !found.messages.is_empty() {
            return Ok(found.messages);
        }
        self.forget_list();
        let Found { messages, hidden } = self.find_in_list(msisdn).await?;
        // That it is none of ours cannot be said: the provider is to ask again.
        hidden.filter(|_| messages.is_empty()).map_or(Ok(messages), Err)
    }

    /// Those that came up since a report was queued: messages to the number of one of its places, without
    /// its places themselves. For the very latest, [`Self::forget_list`] first.
    pub async fn find_more(&self, places: &[Place]) -> Result<Found<Place>, StoreError> {
        let nothing = Found { messages: Vec::new(), hidden: None };
        let Some(place) = places.first() else { return Ok(nothing) };
        let Some(msisdn) = self.recipient(*place).await? else { return Ok(nothing) };
        let Found { messages, hidden } = self.find_in_list(msisdn).await?;
        let more = messages.into_iter().map(Place::from).filter(|place| !places.contains(place));
        Ok(Found { messages: more.collect(), hidden })
    }

    /// Has the list of campaigns under way read anew for the next who asks.
    pub fn forget_list(&self) {
        self.kept().listed_at = None;
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn find_in_list(&self, msisdn: Msisdn) -> Result<Found<MessageReference>, StoreError> {
        let campaigns = self.under_way().await?;
        let places = campaigns.iter().map(|campaign| self.place_in(*campaign, msisdn));
        let places: Vec<Result<Option<MessageReference>, StoreError>> =
            stream::iter(places.collect::<Vec<_>>()).buffered(PLANS_AT_ONCE).collect().await;
        let mut found = Found { messages: Vec::new(), hidden: None };
        for (due, place) in campaigns.iter().zip(places) {
            match place {
                Ok(place) => found.messages.extend(place),
                Err(error) if error.is_about_an_item() => {
                    tracing::warn!(%error, campaign.id = due.campaign.get(), "a campaign hides its numbers");
                    found.hidden = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    async fn under_way(&self) -> Result<Arc<[DueCampaign]>, StoreError> {
        let now = self.clock.now();
        {
            let kept = self.kept();
            if kept.listed_at.is_some_and(|at| now.since(at) < LIST_KEPT) {
                return Ok(kept.under_way.clone());
            }
        }
        let mut under_way = Vec::new();
        for shard in 0..DUE_SHARDS {
            under_way.extend(self.stores.campaigns.under_way(shard).await?);
        }
        let mut kept = self.kept();
        kept.listed_at = Some(now);
        kept.under_way = under_way.into();
        Ok(kept.under_way.clone())
    }

    async fn place_in(
        &self,
        due: DueCampaign,
        msisdn: Msisdn,
    ) -> Result<Option<MessageReference>, StoreError> {
        let Some(directory) = self.directory(due).await? else { return Ok(None) };
        let Some(batch) = directory.batch_of(msisdn) else { return Ok(None) };
        let DueCampaign { organisation, campaign } = due;
        let slot = self.plan(due, batch).await?.and_then(|plan| plan.slot_of(msisdn));
        let reference =
            |slot: Slot| MessageReference { organisation, message: MessageId { campaign, batch, slot } };
        Ok(slot.map(reference))
    }

    async fn recipient(&self, place: Place) -> Result<Option<Msisdn>, StoreError> {
        let Place { organisation, campaign, batch, slot } = place;
        let plan = self.plan(DueCampaign { organisation, campaign }, batch).await?;
        Ok(plan.and_then(|plan| plan.recipient(slot)))
    }

    async fn plan(&self, due: DueCampaign, batch: BatchNumber) -> Result<Option<RecipientBatch>, StoreError> {
        let kept = self.kept().plans.get(&(due, batch));
        if let Some(packed) = kept {
            let unreadable =
                |error| StoreError::Unreadable { what: "a batch", reason: format!("{error}, in memory") };
            return RecipientBatch::unpack(batch, &packed).map(Some).map_err(unreadable);
        }
        let plan = self.stores.campaigns.plan(due.organisation, due.campaign, batch).await?;
        if let Some(plan) = &plan {
            let packed: Arc<[u8]> = plan.pack().into();
            let bytes = packed.len();
            self.kept().plans.keep((due, batch), packed, bytes);
        }
        Ok(plan)
    }

    async fn directory(&self, due: DueCampaign) -> Result<Option<Arc<Directory>>, StoreError> {
        let kept = self.kept().directories.get(&due);
        if kept.is_some() {
            return Ok(kept);
        }
        let directory = self.stores.campaigns.directory(due.organisation, due.campaign).await?.map(Arc::new);
        if let Some(directory) = &directory {
            // In memory an entry is about twice what it is packed.
            self.kept().directories.keep(due, directory.clone(), directory.encode().len() * 2);
        }
        Ok(directory)
    }
}
