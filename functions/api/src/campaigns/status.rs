//! `POST /v1/sms/campaigns/status/` and `GET /v1/sms/campaigns/{campaign}/`.

use axum::{Json, extract::State};
use domain::{ids::CampaignId, keys::CampaignKey};
use web::{ApiError, Caller, Guarded};

use super::{
    named::{CampaignBody, CampaignPath, of_own_mode},
    view::StatusView,
    waiting::{Causes, Waiting},
};
use crate::api::Api;

pub async fn by_body(
    State(api): State<Api>,
    Guarded { caller, input: CampaignBody(campaign) }: Guarded<CampaignBody>,
) -> Result<Json<StatusView>, ApiError> {
    answer(&api, &caller, campaign).await
}

pub async fn by_path(
    State(api): State<Api>,
    CampaignPath(campaign): CampaignPath,
    Guarded { caller, input: () }: Guarded<()>,
) -> Result<Json<StatusView>, ApiError> {
    answer(&api, &caller, campaign).await
}

/// The stored status of a campaign, with counts that equal its messages.
pub async fn answer(api: &Api, caller: &Caller, campaign: CampaignId) -> Result<Json<StatusView>, ApiError> {
    let organisation = &*caller.organisation;
    let campaigns = &api.backend.stores.campaigns;
    let key = CampaignKey { organisation: organisation.id, campaign };
    let (header, text) = tokio::join!(campaigns.header(key), campaigns.text(key));
    let header = of_own_mode(caller, header?)?;
    let text = text?;
    let causes = Causes::read(api, [&header].into_iter()).await;
    let waiting = Waiting::of(organisation, &header, &causes, api.backend.clock.now());
    let followed = campaigns.follow(header).await?;
    Ok(Json(StatusView::new(organisation, &followed, text, waiting)))
}
