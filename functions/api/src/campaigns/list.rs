//! `GET /v1/sms/campaigns/`: the campaigns of the key's mode, newest first.

use axum::{Json, extract::State};
use domain::campaign::CampaignStatus;
use futures_util::{StreamExt, TryStreamExt, stream};
use stores::{ListPage, campaigns::FollowedCampaign};
use web::{ApiError, Guarded, Incoming, Input, cursor::ListPaging, paging::Envelope};

use super::{
    view::CampaignView,
    waiting::{Causes, Waiting},
};
use crate::api::Api;

/// Campaigns under way whose batches are read at once.
const CAMPAIGNS_AT_ONCE: usize = 4;

/// Which campaigns are asked for.
pub struct Listing {
    status: Option<CampaignStatus>,
    paging: ListPaging,
}

impl Input for Listing {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        let mut query = request.query();
        let paging = query.list_paging();
        let status = query
            .optional("status", |word| word.parse::<CampaignStatus>().map_err(|error| error.to_string()));
        query.finish()?;
        Ok(Self { status, paging })
    }
}

/// The handler.
pub async fn campaigns(
    State(api): State<Api>,
    Guarded { caller, input: Listing { status, paging } }: Guarded<Listing>,
) -> Result<Json<Envelope<CampaignView>>, ApiError> {
    let organisation = &*caller.organisation;
    let campaigns = &api.backend.stores.campaigns;
    let filter = status.map_or("any", CampaignStatus::as_str);
    let list = format!("campaigns {} {:?} {filter}", organisation.id, caller.mode());
    let page = paging.of(&list)?;
    let ListPage { total, results, next } =
        campaigns.list(organisation.id, caller.mode(), status, page.request).await?;
    let (causes, now) = (Causes::read(&api, results.iter()).await, api.backend.clock.now());
    let follow = results.into_iter().map(|header| campaigns.follow(header));
    let followed: Vec<_> = stream::iter(follow).buffered(CAMPAIGNS_AT_ONCE).try_collect().await?;
    let view = |campaign: &FollowedCampaign| {
        let waiting = Waiting::of(organisation, &campaign.header, &causes, now);
        CampaignView::followed(organisation, campaign).waiting_for(waiting)
    };
    let results = followed.iter().map(view).collect();
    Ok(Json(page.envelope(ListPage { total, results, next })))
}
