//! `GET /v1/sms/messages/?mobile=`: the messages of the latest campaigns to a number.
//!
//! The campaigns' directories say in which batch of each the number can be, and the plans of those batches whether it
//! is there: three calls, and one for each message that is found.

use axum::{Json, extract::State};
use domain::{
    ids::Slot,
    keys::BatchKey,
    msisdn::Msisdn,
    number_search::{NumberSearch, NumberSearchError},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use stores::{
    StoreError,
    campaigns::{Campaigns, SearchedCampaign},
};
use web::{ApiError, Caller, FieldError, Guarded, Incoming, Input};

use super::message::{MessageView, view};
use crate::{api::Api, shown};

/// Batches and campaigns that are read at the same time.
const READS_AT_ONCE: usize = 16;

pub struct MessagesToQuery(NumberSearch);

impl Input for MessagesToQuery {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        let mut query = request.query();
        let mobile =
            query.required("mobile", |text| text.parse().map_err(|e: NumberSearchError| e.to_string()));
        query.finish()?;
        let required = || ApiError::invalid(vec![FieldError::new("mobile", "is required")]);
        mobile.map(Self).ok_or_else(required)
    }
}

#[derive(Serialize)]
pub struct MessagesToView {
    /// When the oldest searched campaign was accepted; `None` if all stored campaigns were searched.
    searched_from: Option<String>,
    results: Vec<MessageView>,
}

pub async fn messages_to(
    State(api): State<Api>,
    Guarded { caller, input: MessagesToQuery(search) }: Guarded<MessagesToQuery>,
) -> Result<Json<MessagesToView>, ApiError> {
    let (organisation, now) = (&*caller.organisation, api.backend.clock.now());
    let campaigns = &api.backend.stores.campaigns;
    let (latest, has_more) =
        campaigns.latest(organisation.id, caller.mode(), |header| now < header.kept_until).await?;
    let oldest = latest.last().filter(|_| has_more);
    let searched_from = oldest.map(|campaign| shown::time(organisation, campaign.header.created_at));
    let candidates = candidates(campaigns, latest, &search).await?;
    let numbers: Vec<Msisdn> =
        candidates.iter().flat_map(|candidate| candidate.numbers.iter().copied()).collect();
    let batches = candidates.iter().flat_map(|candidate| candidate.batches.iter().copied()).collect();
    let found = campaigns.batches_that_have(batches, &numbers).await?;
    let mut reads = Vec::new();
    for candidate in &candidates {
        for &batch in candidate.batches.iter().filter(|batch| found.contains(batch)) {
            reads.push(read(&caller, campaigns, candidate, batch));
        }
    }
    let results: Vec<Vec<MessageView>> = stream::iter(reads).buffered(READS_AT_ONCE).try_collect().await?;
    Ok(Json(MessagesToView { searched_from, results: results.into_iter().flatten().collect() }))
}

/// A campaign that may have sent to the number.
struct Candidate {
    campaign: SearchedCampaign,
    /// The numbers that the search can mean in this campaign.
    numbers: Vec<Msisdn>,
    /// The batches that can have them.
    batches: Vec<BatchKey>,
}

async fn candidates(
    campaigns: &Campaigns,
    latest: Vec<SearchedCampaign>,
    search: &NumberSearch,
) -> Result<Vec<Candidate>, StoreError> {
    let mut searches = Vec::new();
    for campaign in latest {
        let Some(text) = &campaign.text else { continue };
        let numbers = search.readings(&text.tariff);
        searches.push(async move {
            let batches = campaigns.batches_with(&campaign, &numbers).await?;
            let batches = batches.into_iter().map(|batch| campaign.header.key.batch(batch)).collect();
            Ok(Candidate { campaign, numbers, batches })
        });
    }
    stream::iter(searches).buffered(READS_AT_ONCE).try_collect().await
}

/// The messages of a batch to the numbers.
async fn read(
    caller: &Caller,
    campaigns: &Campaigns,
    Candidate { campaign, numbers, .. }: &Candidate,
    batch: BatchKey,
) -> Result<Vec<MessageView>, StoreError> {
    let SearchedCampaign { header, text, .. } = campaign;
    let record = campaigns.batch(batch).await?;
    let (Some(record), Some(text)) = (record, text) else { return Ok(Vec::new()) };
    let mut slots: Vec<Slot> = numbers.iter().filter_map(|number| record.plan.slot_of(*number)).collect();
    slots.sort_unstable();
    let view = |slot| view(&caller.organisation, header, text, &record, slot);
    Ok(slots.into_iter().filter_map(view).collect())
}
