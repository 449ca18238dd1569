//! `GET /v1/sms/campaigns/`: newest first.

use axum::{Json, extract::State};
use domain::campaign::CampaignStatus;
use stores::Page;
use web::{
    ApiError, Guarded, Incoming, Input,
    paging::{Envelope, Paging, Query},
};

use super::view::CampaignView;
use crate::api::Api;

/// Which campaigns are asked for.
pub struct Listing {
    status: Option<CampaignStatus>,
    paging: Paging,
}

impl Input for Listing {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        let mut query = Query::of(request.uri);
        let paging = query.paging();
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
    let found = api.backend.stores.campaigns.list(organisation.id, status, paging.page).await?;
    let results = found.results.iter().map(|header| CampaignView::followed(organisation, header)).collect();
    Ok(Json(paging.envelope(Page { total: found.total, results })))
}
