//! `POST /v1/sms/campaigns/{campaign}/{cancel,pause,resume,reschedule}/`.
//!
//! Workers read a campaign's state before each group, so after the answer at most the calls already
//! under way finish.

use axum::{Json, extract::State};
use domain::{
    campaign::{CampaignStatus, deadlines::latest_start},
    ids::CampaignId,
    keys::CampaignKey,
    timestamp::Timestamp,
};
use stores::campaigns::{CampaignHeader, Controlled};
use web::{ApiError, Caller, ErrorCode, FieldError, Guarded, Incoming, Input};

use super::{
    named::{CampaignPath, of_own_mode, unknown},
    status,
    view::StatusView,
};
use crate::{api::Api, send::scheduled_at, shown};

/// Cancels a campaign; recipients who were not handed over are refunded.
pub async fn cancel(
    State(api): State<Api>,
    CampaignPath(campaign): CampaignPath,
    Guarded { caller, input: () }: Guarded<()>,
) -> Result<Json<StatusView>, ApiError> {
    steer(&api, &caller, campaign, Step::Cancel).await
}

/// Pauses a campaign; the money of recipients who were not handed over stays reserved.
pub async fn pause(
    State(api): State<Api>,
    CampaignPath(campaign): CampaignPath,
    Guarded { caller, input: () }: Guarded<()>,
) -> Result<Json<StatusView>, ApiError> {
    steer(&api, &caller, campaign, Step::Pause).await
}

/// Resumes a paused campaign.
pub async fn resume(
    State(api): State<Api>,
    CampaignPath(campaign): CampaignPath,
    Guarded { caller, input: () }: Guarded<()>,
) -> Result<Json<StatusView>, ApiError> {
    steer(&api, &caller, campaign, Step::Resume).await
}

/// The new start of a scheduled campaign.
pub struct NewStart(Timestamp);

impl Input for NewStart {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        let mut fields = request.fields()?;
        let read = |value| scheduled_at(value, request.now);
        let start =
            fields.required_or("scheduled_at", "must not be null: give a time, or cancel the campaign", read);
        fields.finish()?;
        start.map(Self).ok_or_else(ApiError::internal)
    }
}

/// Moves the start of a campaign that is scheduled.
pub async fn reschedule(
    State(api): State<Api>,
    CampaignPath(campaign): CampaignPath,
    Guarded { caller, input: NewStart(start) }: Guarded<NewStart>,
) -> Result<Json<StatusView>, ApiError> {
    let key = CampaignKey { organisation: caller.organisation.id, campaign };
    let (campaigns, now) = (&api.backend.stores.campaigns, api.backend.clock.now());
    let header = of_own_mode(&caller, campaigns.header(key).await?)?;
    let latest = latest_start(header.kept_until);
    if start > latest {
        let latest = shown::time(&caller.organisation, latest);
        let message = format!("must not be after {latest}, since the recipients are kept for some time only");
        let error = FieldError::new("scheduled_at", message).code(ErrorCode::ScheduledAtTooFar);
        return Err(ApiError::invalid(vec![error]));
    }
    allowed(campaigns.reschedule(key, start, now).await?, "rescheduled")?;
    status::answer(&api, &caller, campaign).await
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
    // A campaign's mode never changes, so the step below needs no condition on it.
    of_own_mode(caller, campaigns.header(key).await?)?;
    let controlled = match step {
        Step::Cancel => campaigns.cancel(key, now).await?,
        Step::Pause => campaigns.pause(key, None, now).await?,
        Step::Resume => campaigns.resume(key, now).await?,
    };
    let header = allowed(controlled, step.participle())?;
    // Workers go on with a resumed campaign, and close a cancelled one's batches, which refunds them.
    if !matches!(header.state, CampaignStatus::Paused | CampaignStatus::Scheduled) {
        api.ask_for_batches(&header).await;
    }
    status::answer(api, caller, campaign).await
}

fn allowed(controlled: Controlled, participle: &str) -> Result<Box<CampaignHeader>, ApiError> {
    match controlled {
        Controlled::Now(header) => Ok(header),
        Controlled::Unknown => Err(unknown()),
        Controlled::NotAllowed(status) => {
            let detail = format!("A campaign that is {status} cannot be {participle}.");
            Err(ApiError::new(ErrorCode::CampaignState, detail).with("status", status.as_str()))
        }
    }
}
