//! `GET /v1/sms/campaigns/`: the campaigns of the key's mode, newest first.

use std::collections::HashMap;

use axum::{Json, extract::State};
use domain::{campaign::CampaignStatus, ids::CampaignId};
use futures_util::{StreamExt, TryStreamExt, stream};
use stores::{
    ListPage, StoreError,
    campaigns::{CampaignHeader, CampaignText, FollowedCampaign},
};
use web::{ApiError, Caller, Guarded, Incoming, Input, cursor::ListPaging, envelope::Envelope};

use super::{
    text_search::TextSearch,
    view::StatusView,
    waiting::{Causes, Waiting},
};
use crate::{api::Api, period::Period};

/// Campaigns under way whose batches are read at the same time.
const CAMPAIGNS_AT_ONCE: usize = 4;

/// The query of the list.
pub struct Listing {
    status: Option<CampaignStatus>,
    search: Option<TextSearch>,
    created: Period,
    paging: ListPaging,
}

impl Input for Listing {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        let mut query = request.query();
        let paging = query.list_paging();
        let status = query
            .optional("status", |word| word.parse::<CampaignStatus>().map_err(|error| error.to_string()));
        let search = query.optional("q", TextSearch::parse);
        let created = Period::in_query(&mut query, request.caller.organisation.offset);
        query.finish()?;
        Ok(Self { status, search, created, paging })
    }
}

impl Listing {
    /// The name of the list, which its cursors are tagged with.
    fn name(&self, caller: &Caller) -> String {
        let Self { status, search, created, .. } = self;
        let status = status.map_or("any", CampaignStatus::as_str);
        let mode = caller.mode();
        format!("campaigns {} {mode:?} {status} {created:?} {search:?}", caller.organisation.id)
    }
}

pub async fn campaigns(
    State(api): State<Api>,
    Guarded { caller, input: listing }: Guarded<Listing>,
) -> Result<Json<Envelope<StatusView>>, ApiError> {
    let organisation = &*caller.organisation;
    let campaigns = &api.backend.stores.campaigns;
    let name = listing.name(&caller);
    let Listing { status, search, created, paging } = listing;
    let page = paging.of(&name)?;
    // A search by words needs every text. Without one, only the texts of the page are read, with their campaigns.
    let all_texts = match &search {
        Some(_) => Some(campaigns.all_texts(organisation.id).await?),
        None => None,
    };
    let is_sought = |header: &CampaignHeader| {
        let text = all_texts.as_ref().and_then(|texts| texts.get(&header.key.campaign));
        search.as_ref().is_none_or(|search| search.is_in(header, text))
    };
    let is_wanted = |header: &CampaignHeader| {
        status.is_none_or(|status| header.state == status)
            && created.has(header.created_at)
            && is_sought(header)
    };
    let found = campaigns.list(organisation.id, caller.mode(), is_wanted, page.request).await?;
    let results = views(&api, &caller, found.results, all_texts).await?;
    Ok(Json(page.envelope(ListPage { total: found.total, results, next: found.next })))
}

/// The campaigns of a page as their statuses show them.
async fn views(
    api: &Api,
    caller: &Caller,
    headers: Vec<CampaignHeader>,
    texts: Option<HashMap<CampaignId, CampaignText>>,
) -> Result<Vec<StatusView>, StoreError> {
    let organisation = &*caller.organisation;
    let campaigns = &api.backend.stores.campaigns;
    let read_texts = async {
        let of_page = headers.iter().map(|header| header.key.campaign);
        match texts {
            Some(texts) => Ok(texts),
            None => campaigns.texts(organisation.id, of_page).await,
        }
    };
    let (causes, texts) = tokio::join!(Causes::read(api, headers.iter()), read_texts);
    let (mut texts, now) = (texts?, api.backend.clock.now());
    let follow = headers.into_iter().map(|header| campaigns.follow(header));
    let followed: Vec<FollowedCampaign> =
        stream::iter(follow).buffered(CAMPAIGNS_AT_ONCE).try_collect().await?;
    let view = |campaign: &FollowedCampaign| {
        let waiting = Waiting::of(organisation, &campaign.header, &causes, now);
        StatusView::new(organisation, campaign, texts.remove(&campaign.header.key.campaign), waiting)
    };
    Ok(followed.iter().map(view).collect())
}
