//! `GET /v1/sms/campaigns/{campaign}/timeline/`: the progress of the hand-over over time.
//!
//! Nothing is written for it. The journals of a small campaign have the time of each recipient's outcome; the heads of
//! a larger one have the time and the counts of each batch's close.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use domain::{
    campaign::Counts,
    ids::{BatchNumber, Slot},
    keys::CampaignKey,
    organisation::Organisation,
    timestamp::Timestamp,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use stores::{
    StoreError,
    campaigns::{BatchRecord, CampaignHeader, Campaigns, HeadState},
};
use web::{ApiError, Guarded};

use super::named::{CampaignPath, of_own_mode};
use crate::{api::Api, shown};

/// Up to this many batches are read recipient by recipient.
const MOST_BATCHES_READ: BatchNumber = 10;
/// Points of an answer: more than a plot can show.
const MOST_POINTS: usize = 200;

/// Changes of the counts, by the second.
type Steps = BTreeMap<i64, Counts>;

#[derive(Serialize)]
pub struct TimelineView {
    campaign_id: u64,
    resolution: &'static str,
    results: Vec<PointView>,
}

/// Recipients until a moment, that moment included.
#[derive(Serialize)]
struct PointView {
    at: String,
    sent_count: i64,
    failed_count: i64,
    unconfirmed_count: i64,
    cancelled_count: i64,
}

pub async fn timeline(
    State(api): State<Api>,
    CampaignPath(campaign): CampaignPath,
    Guarded { caller, input: () }: Guarded<()>,
) -> Result<Json<TimelineView>, ApiError> {
    let organisation = &*caller.organisation;
    let campaigns = &api.backend.stores.campaigns;
    let key = CampaignKey { organisation: organisation.id, campaign };
    let header = of_own_mode(&caller, campaigns.header(key).await?)?;
    let (resolution, steps) = match header.batches() {
        ..=MOST_BATCHES_READ => ("second", of_batches(campaigns, &header).await?),
        _ => ("batch", of_heads(campaigns, &header).await?),
    };
    Ok(Json(TimelineView { campaign_id: key.number(), resolution, results: points(organisation, &steps) }))
}

/// The outcome of each recipient at the time of its hand-over.
async fn of_batches(campaigns: &Campaigns, header: &CampaignHeader) -> Result<Steps, StoreError> {
    let reads: Vec<_> = (0..header.batches()).map(|batch| campaigns.batch(header.key.batch(batch))).collect();
    let records: Vec<Option<BatchRecord>> =
        stream::iter(reads).buffered(MOST_BATCHES_READ as usize).try_collect().await?;
    let mut steps = Steps::new();
    for record in records.iter().flatten() {
        for (state, slot) in record.progress.slots().iter().zip(0..) {
            let Some(at) = state.since else { continue };
            add(&mut steps, at, Counts::of(record.status(slot as Slot)));
        }
    }
    Ok(steps)
}

async fn of_heads(campaigns: &Campaigns, header: &CampaignHeader) -> Result<Steps, StoreError> {
    let heads = campaigns.heads(header.key, 0..header.batches()).await?;
    let mut steps = Steps::new();
    for HeadState { counts, closed_at, .. } in heads.read.values() {
        if let Some((counts, at)) = counts.zip(*closed_at) {
            add(&mut steps, at, counts);
        }
    }
    Ok(steps)
}

fn add(steps: &mut Steps, at: Timestamp, counts: Counts) {
    let step = steps.entry(at.secs()).or_default();
    *step = step.plus(counts);
}

/// The steps added up, at most [`MOST_POINTS`] of them, the last among them.
fn points(organisation: &Organisation, steps: &Steps) -> Vec<PointView> {
    let mut sum = Counts::default();
    let every = steps.len().div_ceil(MOST_POINTS).max(1);
    let last = steps.len().saturating_sub(1);
    let mut points = Vec::new();
    for (place, (second, counts)) in steps.iter().enumerate() {
        sum = sum.plus(*counts);
        if place % every == every - 1 || place == last {
            points.push(PointView {
                at: shown::time(organisation, Timestamp::from_secs(*second)),
                sent_count: sum.sent,
                failed_count: sum.failed,
                unconfirmed_count: sum.unconfirmed,
                cancelled_count: sum.cancelled,
            });
        }
    }
    points
}
