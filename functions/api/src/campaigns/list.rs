//! `GET /v1/sms/campaigns/`: newest first.

use axum::{Json, extract::State};
use domain::{campaign::CampaignStatus, organisation::Organisation};
use http::Uri;
use serde::Serialize;
use stores::{Page, accounts::api_keys::Scope, campaigns::CampaignHeader};
use web::{
    ApiError, Caller,
    paging::{Envelope, Query},
};

use crate::{
    Api,
    account::{shown, time},
};

/// A campaign as the list shows it.
#[derive(Serialize)]
pub struct CampaignLine {
    campaign_id: u64,
    status: &'static str,
    sender_id: String,
    recipients_count: u64,
    sent_count: i64,
    failed_count: i64,
    delivery_rate: f64,
    estimated_cost: String,
    created_at: String,
    scheduled_at: Option<String>,
    finished_at: Option<String>,
}

/// The handler.
pub async fn campaigns(
    State(api): State<Api>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Envelope<CampaignLine>>, ApiError> {
    caller.require(Scope::Read)?;
    let mut query = Query::of(&uri);
    let page = query.page();
    let status =
        query.optional("status", |word| word.parse::<CampaignStatus>().map_err(|error| error.to_string()));
    query.finish()?;
    let list = api.edge.stores.campaigns.list(caller.organisation.id, status, page).await?;
    let results = list.results.iter().map(|header| line(&caller.organisation, header)).collect();
    Ok(Json(Envelope::new(&uri, page, Page { total: list.total, results })))
}

fn line(organisation: &Organisation, header: &CampaignHeader) -> CampaignLine {
    let report = header.report();
    CampaignLine {
        campaign_id: header.campaign.get(),
        status: header.state.as_str(),
        sender_id: header.sender.to_string(),
        recipients_count: header.recipients,
        sent_count: report.counts.sent,
        failed_count: report.counts.failed,
        delivery_rate: report.delivery_rate(),
        estimated_cost: shown(organisation, header.estimated_cost),
        created_at: time(organisation, header.created_at),
        scheduled_at: header.scheduled_at.map(|at| time(organisation, at)),
        finished_at: header.finished_at.map(|at| time(organisation, at)),
    }
}
