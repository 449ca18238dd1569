//! `POST /v1/sms/campaigns/status/` and `GET /v1/sms/campaigns/{campaign}/`.

use axum::{Json, body::Body, extract::State};
use domain::{
    api_key::KeyMode, campaign::CampaignReport, ids::CampaignId, keys::CampaignKey,
    organisation::Organisation,
};
use http::HeaderMap;
use serde::Serialize;
use stores::{
    accounts::api_keys::Scope,
    campaigns::{CampaignHeader, CampaignText},
};
use web::{ApiError, Caller, body, fields::Fields};

use super::{NamedCampaign, in_body, unknown};
use crate::{
    Api,
    account::{shown, time},
};

/// A campaign as the status answer shows it.
#[derive(Serialize)]
pub struct StatusAnswer {
    campaign_id: u64,
    status: &'static str,
    message: String,
    sender_id: String,
    recipients_count: u64,
    sent_count: i64,
    failed_count: i64,
    delivery_rate: f64,
    created_at: String,
    started_at: Option<String>,
    finished_at: Option<String>,
    delivered_count: i64,
    undelivered_count: i64,
    unconfirmed_count: i64,
    cancelled_count: i64,
    queued_count: i64,
    estimated_cost: String,
    charged: String,
    refunded: String,
    scheduled_at: Option<String>,
    group_names: Vec<String>,
    pause_reason: Option<String>,
    test: bool,
    messages_kept_until: String,
    /// Batches of up to 1,000 recipients that are damaged and wait for an operator: nobody in them is handed
    /// over, and their money stays reserved.
    batches_set_aside: i64,
}

/// By body.
pub async fn by_body(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<StatusAnswer>, ApiError> {
    caller.require(Scope::Read)?;
    let body = body::read_json(&headers, body).await?;
    let (campaign, ()) = in_body(Fields::parse(&body)?, |_| ())?;
    answer(&api, &caller, campaign).await
}

/// By path.
pub async fn by_path(
    State(api): State<Api>,
    caller: Caller,
    NamedCampaign(campaign): NamedCampaign,
) -> Result<Json<StatusAnswer>, ApiError> {
    caller.require(Scope::Read)?;
    answer(&api, &caller, campaign).await
}

/// The answer about a campaign as it stands.
pub async fn answer(
    api: &Api,
    caller: &Caller,
    campaign: CampaignId,
) -> Result<Json<StatusAnswer>, ApiError> {
    let organisation = &*caller.organisation;
    let campaigns = &api.edge.stores.campaigns;
    let key = CampaignKey { organisation: organisation.id, campaign };
    let (header, text) = tokio::join!(campaigns.header(key), campaigns.text(key));
    let (Some(header), Some(text)) = (header?, text?) else { return Err(unknown()) };
    Ok(Json(status(organisation, &header, text)))
}

/// The same of a campaign already read.
pub fn status(organisation: &Organisation, header: &CampaignHeader, text: CampaignText) -> StatusAnswer {
    let report = header.report();
    let CampaignReport { recipients, counts, estimated_cost, charged, refunded } = report;
    StatusAnswer {
        campaign_id: header.campaign.get(),
        status: header.state.as_str(),
        message: text.message.as_str().to_owned(),
        sender_id: header.sender.to_string(),
        recipients_count: recipients,
        sent_count: counts.sent,
        failed_count: counts.failed,
        delivery_rate: report.delivery_rate(),
        created_at: time(organisation, header.created_at),
        started_at: header.started_at.map(|at| time(organisation, at)),
        finished_at: header.finished_at.map(|at| time(organisation, at)),
        delivered_count: counts.delivered,
        undelivered_count: counts.undelivered,
        unconfirmed_count: counts.unconfirmed,
        cancelled_count: counts.cancelled,
        queued_count: report.queued(),
        estimated_cost: shown(organisation, estimated_cost),
        charged: shown(organisation, charged),
        refunded: shown(organisation, refunded),
        scheduled_at: header.scheduled_at.map(|at| time(organisation, at)),
        group_names: text.group_names,
        pause_reason: header.pause_reason.clone(),
        test: header.mode == KeyMode::Test,
        messages_kept_until: time(organisation, header.kept_until()),
        batches_set_aside: header.set_aside,
    }
}
