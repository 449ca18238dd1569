//! `POST /v1/sms/campaigns/{campaign}/{cancel,pause,resume}/`.
//!
//! Workers read a campaign's state before each group, so after the answer at most the calls already
//! under way finish.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::{campaign::CampaignStatus, ids::BatchNumber};
use stores::{
    accounts::api_keys::Scope,
    campaigns::{CampaignHeader, Controlled},
};
use web::{ApiError, Caller};

use super::{
    in_path,
    status::{self, StatusAnswer},
    unknown,
};
use crate::Api;

/// Stops a campaign for good; what was not handed over is refunded.
pub async fn cancel(
    State(api): State<Api>,
    caller: Caller,
    Path(campaign): Path<String>,
) -> Result<Json<StatusAnswer>, ApiError> {
    caller.require(Scope::Send)?;
    let (organisation, campaign) = (caller.organisation.id, in_path(&campaign)?);
    let stopped = api.edge.stores.campaigns.cancel(organisation, campaign, api.edge.clock.now()).await?;
    let header = allowed(stopped, "cancelled")?;
    // Each batch is closed by a worker, which gives its money back.
    ask_for_batches(&api, &header).await;
    status::answer(&api, &caller, campaign).await
}

/// Holds a campaign; what was not handed over is kept.
pub async fn pause(
    State(api): State<Api>,
    caller: Caller,
    Path(campaign): Path<String>,
) -> Result<Json<StatusAnswer>, ApiError> {
    caller.require(Scope::Send)?;
    let (organisation, campaign) = (caller.organisation.id, in_path(&campaign)?);
    let held = api.edge.stores.campaigns.pause(organisation, campaign, None, api.edge.clock.now()).await?;
    allowed(held, "paused")?;
    status::answer(&api, &caller, campaign).await
}

/// Lets a held campaign go on.
pub async fn resume(
    State(api): State<Api>,
    caller: Caller,
    Path(campaign): Path<String>,
) -> Result<Json<StatusAnswer>, ApiError> {
    caller.require(Scope::Send)?;
    let (organisation, campaign) = (caller.organisation.id, in_path(&campaign)?);
    let goes_on = api.edge.stores.campaigns.resume(organisation, campaign, api.edge.clock.now()).await?;
    let header = allowed(goes_on, "resumed")?;
    if header.state != CampaignStatus::Scheduled {
        ask_for_batches(&api, &header).await;
    }
    status::answer(&api, &caller, campaign).await
}

fn allowed(controlled: Controlled, step: &str) -> Result<Box<CampaignHeader>, ApiError> {
    match controlled {
        Controlled::Now(header) => Ok(header),
        Controlled::Unknown => Err(unknown()),
        Controlled::NotAllowed(status) => {
            let detail = format!("A campaign that is {status} cannot be {step}.");
            Err(ApiError::conflict("campaign_state", detail).with("status", status.as_str()))
        }
    }
}

/// Asks for every batch: those that are closed already are no work. Where the queue does not answer, the
/// clock asks.
async fn ask_for_batches(api: &Api, header: &CampaignHeader) {
    let batches = 0..BatchNumber::from(header.batches());
    if let Err(error) = api.queues.enqueue_batches(header.organisation, header.campaign, batches).await {
        tracing::error!(%error, campaign.id = header.campaign.get(), "the clock will enqueue this campaign");
    }
}
