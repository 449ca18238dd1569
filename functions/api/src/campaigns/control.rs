//! `POST /v1/sms/campaigns/{campaign}/{cancel,pause,resume}/`.
//!
//! Workers read a campaign's state before each group, so after the answer at most the calls already
//! under way finish.

use axum::{Json, extract::State};
use domain::{campaign::CampaignStatus, ids::CampaignId, keys::CampaignKey};
use stores::{
    accounts::api_keys::Scope,
    campaigns::{CampaignHeader, Controlled},
};
use web::{ApiError, Caller};

use super::{
    NamedCampaign,
    status::{self, StatusAnswer},
    unknown,
};
use crate::Api;

/// Stops a campaign for good; what was not handed over is refunded.
pub async fn cancel(
    State(api): State<Api>,
    caller: Caller,
    NamedCampaign(campaign): NamedCampaign,
) -> Result<Json<StatusAnswer>, ApiError> {
    steer(&api, &caller, campaign, Step::Cancel).await
}

/// Holds a campaign; what was not handed over is kept.
pub async fn pause(
    State(api): State<Api>,
    caller: Caller,
    NamedCampaign(campaign): NamedCampaign,
) -> Result<Json<StatusAnswer>, ApiError> {
    steer(&api, &caller, campaign, Step::Pause).await
}

/// Lets a held campaign go on.
pub async fn resume(
    State(api): State<Api>,
    caller: Caller,
    NamedCampaign(campaign): NamedCampaign,
) -> Result<Json<StatusAnswer>, ApiError> {
    steer(&api, &caller, campaign, Step::Resume).await
}

/// What a campaign may be told.
#[derive(Clone, Copy)]
enum Step {
    Cancel,
    Pause,
    Resume,
}

async fn steer(
    api: &Api,
    caller: &Caller,
    campaign: CampaignId,
    step: Step,
) -> Result<Json<StatusAnswer>, ApiError> {
    caller.require(Scope::Send)?;
    let key = CampaignKey { organisation: caller.organisation.id, campaign };
    let (campaigns, now) = (&api.edge.stores.campaigns, api.edge.clock.now());
    let (controlled, word) = match step {
        Step::Cancel => (campaigns.cancel(key, now).await?, "cancelled"),
        Step::Pause => (campaigns.pause(key, None, now).await?, "paused"),
        Step::Resume => (campaigns.resume(key, now).await?, "resumed"),
    };
    let header = allowed(controlled, word)?;
    // Workers go on with a resumed campaign, and close a cancelled one's batches, which refunds them.
    if !matches!(header.state, CampaignStatus::Paused | CampaignStatus::Scheduled) {
        api.ask_for_batches(&header).await;
    }
    status::answer(api, caller, campaign).await
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
