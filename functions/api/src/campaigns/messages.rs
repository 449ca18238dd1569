//! `POST /v1/sms/campaigns/messages/` and `GET /v1/sms/campaigns/{campaign}/messages/`.

use axum::{
    Json,
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::{delivery::DeliveryStatus, ids::CampaignId, keys::CampaignKey};
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use stores::{
    Page, PageRequest,
    accounts::api_keys::Scope,
    campaigns::{CampaignHeader, CampaignText, CountedCampaign},
};
use web::{
    ApiError, Caller, body,
    fields::{self, Fields, Wrong},
    paging::{Envelope, Query},
};

use super::{
    NamedCampaign, export, in_body,
    page::{self, Found},
    row::{MessageRow, row},
    unknown,
};
use crate::Api;

/// How many recipients could not be looked at, where their batch is damaged: a page without their rows must
/// not pass for a whole one.
const UNREADABLE_COUNT: HeaderName = HeaderName::from_static("x-unreadable-count");

/// By body.
pub async fn by_body(
    State(api): State<Api>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    caller.require(Scope::Read)?;
    let body = body::read_json(&headers, body).await?;
    let mut query = Query::of(&uri);
    let request = requested(&mut query, &headers);
    let (campaign, status) = in_body(Fields::parse_beside(query, &body)?, |fields| {
        fields.optional("status", |value| {
            let word: DeliveryStatus =
                fields::text(value)?.parse().map_err(|error| Wrong::from(format!("{error}")))?;
            Ok(word)
        })
    })?;
    answer(&api, &caller, campaign, status, request, &uri, &headers).await
}

/// By path.
pub async fn by_path(
    State(api): State<Api>,
    caller: Caller,
    NamedCampaign(campaign): NamedCampaign,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    caller.require(Scope::Read)?;
    let mut query = Query::of(&uri);
    let status =
        query.optional("status", |word| word.parse::<DeliveryStatus>().map_err(|error| error.to_string()));
    let request = requested(&mut query, &headers);
    query.finish()?;
    answer(&api, &caller, campaign, status, request, &uri, &headers).await
}

fn requested(query: &mut Query, headers: &HeaderMap) -> PageRequest {
    if export::is_wanted(headers) { query.page_up_to(export::MAX_ROWS) } else { query.page() }
}

async fn answer(
    api: &Api,
    caller: &Caller,
    campaign: CampaignId,
    status: Option<DeliveryStatus>,
    request: PageRequest,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let key = CampaignKey { organisation: caller.organisation.id, campaign };
    let (campaigns, now) = (&api.edge.stores.campaigns, api.edge.clock.now());
    let read = match status {
        Some(_) => campaigns.with_counts(key).await?,
        None => {
            campaigns.with_text(key).await?.map(|(header, text)| CountedCampaign::uncounted(header, text))
        }
    };
    let CountedCampaign { header, text, counts } = read.ok_or_else(unknown)?;
    let found = if header.kept_until() <= now {
        Found::FORGOTTEN
    } else {
        page::find(campaigns, &header, counts.as_deref(), status, request).await?
    };
    let unreadable = found.unreadable;
    let envelope = envelope(caller, &header, &text, found, request, uri);
    let mut response =
        if export::is_wanted(headers) { export::respond(envelope)? } else { Json(envelope).into_response() };
    if unreadable > 0 {
        response.headers_mut().insert(UNREADABLE_COUNT, HeaderValue::from(unreadable));
    }
    Ok(response)
}

fn envelope(
    caller: &Caller,
    header: &CampaignHeader,
    text: &CampaignText,
    found: Found,
    request: PageRequest,
    uri: &Uri,
) -> Envelope<MessageRow> {
    let rows = found.parts.iter().flat_map(|part| {
        part.slots.iter().filter_map(|slot| row(&caller.organisation, header, text, &part.record, *slot))
    });
    Envelope::new(uri, request, Page { total: found.total, results: rows.collect() })
}
