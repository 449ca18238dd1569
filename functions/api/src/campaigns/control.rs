//! `POST /v1/sms/campaigns/{campaign}/{cancel,pause,resume}/`.
//!
//! Workers read a campaign's state before each group, so after the answer at most the calls already
//! under way finish.

use axum::{Json, extract::State};
use domain::{campaign::CampaignStatus, ids::CampaignId, keys::CampaignKey};
use stores::campaigns::{CampaignHeader, Controlled};
use web::{ApiError, Caller, ErrorCode, Guarded};

use super::{
    named::{CampaignPath, of_own_mode, unknown},
    status,
    view::StatusView,
};
use crate::api::Api;

/// Stops a campaign for good; recipients who were not handed over are refunded.
pub async fn cancel(
    State(api): State<Api>,
    CampaignPath(campaign): CampaignPath,
    Guarded { caller, input: () }: Guarded<()>,
) -> Result<Json<StatusView>, ApiError> {
    steer(&api, &caller, campaign, Step::Cancel).await
}

/// Holds a campaign; the money of recipients who were not handed over stays reserved.
pub async fn pause(
    State(api): State<Api>,
    CampaignPath(campaign): CampaignPath,
    Guarded { caller, input: () }: Guarded<()>,
) -> Result<Json<StatusView>, ApiError> {
    steer(&api, &caller, campaign, Step::Pause).await
}

/// Lets a held campaign go on.
pub async fn resume(
    State(api): State<Api>,
    CampaignPath(campaign): CampaignPath,
    Guarded { caller, input: () }: Guarded<()>,
) -> Result<Json<StatusView>, ApiError> {
    steer(&api, &caller, campaign, Step::Resume).await
}

#[derive(Clone, Copy)]
enum Step {
    Cancel,
    Pause,
    Resume,
}

impl Step {
    const fn participle(self) -> &'static str {
        match self {
            Self::Cancel => "cancelled",
            Self::Pause => "paused",
            Self::Resume => "resumed",
        }
    }
}

async fn steer(
    api: &Api,
    caller: &Caller,
    campaign: CampaignId,
    step: Step,
) -> Result<Json<StatusView>, ApiError> {
    let key = CampaignKey { organisation: caller.organisation.id, campaign };
    let (campaigns, now) = (&api.backend.stores.campaigns, api.backend.clock.now());
    // A campaign's mode never changes, so that the step below needs no condition on it.
    of_own_mode(caller, campaigns.header(key).await?)?;
    let controlled = match step {
        Step::Cancel => campaigns.cancel(key, now).await?,
        Step::Pause => campaigns.pause(key, None, now).await?,
        Step::Resume => campaigns.resume(key, now).await?,
    };
    let header = allowed(controlled, step)?;
    // Workers go on with a resumed campaign, and close a cancelled one's batches, which refunds them.
    if !matches!(header.state, CampaignStatus::Paused | CampaignStatus::Scheduled) {
        api.ask_for_batches(&header).await;
    }
    status::answer(api, caller, campaign).await
}

fn allowed(controlled: Controlled, step: Step) -> Result<Box<CampaignHeader>, ApiError> {
    match controlled {
        Controlled::Now(header) => Ok(header),
        Controlled::Unknown => Err(unknown()),
        Controlled::NotAllowed(status) => {
            let detail = format!("A campaign that is {status} cannot be {}.", step.participle());
            Err(ApiError::new(ErrorCode::CampaignState, detail).with("status", status.as_str()))
        }
    }
}
