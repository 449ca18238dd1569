//! `POST /v1/sms/campaigns/messages/` and `GET /v1/sms/campaigns/{campaign}/messages/`.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::{
    delivery::DeliveryStatus,
    ids::CampaignId,
    keys::CampaignKey,
    number_search::{NumberSearch, NumberSearchError},
};
use http::{HeaderName, HeaderValue};
use stores::{
    ListPage,
    campaigns::{CampaignHeader, CampaignText, CountedCampaign},
};
use web::{
    ApiError, Caller, Guarded, Incoming, Input,
    cursor::{ListPaging, ListedPage},
    export::{self as csv, ListForm},
    fields::{self, Fields, InvalidValue},
};

use super::{
    export,
    named::{CampaignPath, in_body, of_own_mode, unknown},
    page::{self, Found},
    row::{MessageRow, row},
};
use crate::api::Api;

/// How many recipients are missing from an answer because their batch is damaged. Without it a page without their rows
/// would look complete.
const UNREADABLE_COUNT: HeaderName = HeaderName::from_static("x-unreadable-count");

/// The query of a campaign's messages.
pub struct MessagesQuery {
    status: Option<DeliveryStatus>,
    mobile: Option<NumberSearch>,
    paging: ListPaging,
    form: ListForm,
}

/// A list request whose body names the campaign.
pub struct MessagesOfCampaign(CampaignId, MessagesQuery);

impl Input for MessagesQuery {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        let mut query = request.query();
        let status = query
            .optional("status", |word| word.parse::<DeliveryStatus>().map_err(|error| error.to_string()));
        let mobile = query
            .optional("mobile", |text| text.parse().map_err(|error: NumberSearchError| error.to_string()));
        let (form, paging) = ListForm::of(request.headers, &mut query, export::MAX_ROWS);
        query.finish()?;
        Ok(Self { status, mobile, paging, form })
    }
}

impl Input for MessagesOfCampaign {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        let mut query = request.query();
        let (form, paging) = ListForm::of(request.headers, &mut query, export::MAX_ROWS);
        let fields = Fields::parse_beside(query, request.body)?;
        let (campaign, (status, mobile)) = in_body(fields, |fields| {
            let status = fields.optional("status", |value| {
                let word = fields::text(value)?;
                word.parse::<DeliveryStatus>().map_err(|error| InvalidValue::from(error.to_string()))
            });
            let mobile = fields.optional("mobile", |value| {
                let text = fields::text(value)?;
                text.parse().map_err(|error: NumberSearchError| InvalidValue::from(error.to_string()))
            });
            (status, mobile)
        })?;
        Ok(Self(campaign, MessagesQuery { status, mobile, paging, form }))
    }
}

pub async fn by_body(
    State(api): State<Api>,
    Guarded { caller, input: MessagesOfCampaign(campaign, query) }: Guarded<MessagesOfCampaign>,
) -> Result<Response, ApiError> {
    answer(&api, &caller, campaign, query).await
}

pub async fn by_path(
    State(api): State<Api>,
    CampaignPath(campaign): CampaignPath,
    Guarded { caller, input: query }: Guarded<MessagesQuery>,
) -> Result<Response, ApiError> {
    answer(&api, &caller, campaign, query).await
}

async fn answer(
    api: &Api,
    caller: &Caller,
    campaign: CampaignId,
    query: MessagesQuery,
) -> Result<Response, ApiError> {
    let key = CampaignKey { organisation: caller.organisation.id, campaign };
    let (campaigns, now) = (&api.backend.stores.campaigns, api.backend.clock.now());
    let MessagesQuery { status, mobile, paging, form } = query;
    if let Some(search) = &mobile {
        return search_answer(api, caller, key, search, MessagesQuery { status, mobile: None, paging, form })
            .await;
    }
    let read = match status {
        Some(_) => campaigns.with_counts(key).await?,
        None => {
            campaigns.with_text(key).await?.map(|(header, text)| CountedCampaign::uncounted(header, text))
        }
    };
    let CountedCampaign { header, text, counts } = read.ok_or_else(unknown)?;
    let header = of_own_mode(caller, Some(header))?;
    let page = paging.of(&list_name(key, status))?;
    // After the retention DynamoDB may have deleted the items in part, so none is shown.
    let text = text.filter(|_| now < header.kept_until);
    let found = match &text {
        None => Found::FORGOTTEN,
        Some(_) => page::find(campaigns, &header, counts.as_deref(), status, page.request).await?,
    };
    shown_in(form, &page, caller, &header, text.as_ref(), &found)
}

/// The messages to a number. A number in its national form may be the number of several recipients, in different
/// countries.
async fn search_answer(
    api: &Api,
    caller: &Caller,
    key: CampaignKey,
    search: &NumberSearch,
    MessagesQuery { status, paging, form, .. }: MessagesQuery,
) -> Result<Response, ApiError> {
    let (campaigns, now) = (&api.backend.stores.campaigns, api.backend.clock.now());
    let campaign = campaigns.with_directory(key).await?.ok_or_else(unknown)?;
    let header = of_own_mode(caller, Some(campaign.header.clone()))?;
    let page = paging.of(&format!("{} {}", list_name(key, status), search.digits()))?;
    let text = campaign.text.as_ref().filter(|_| now < header.kept_until);
    let found = match text {
        None => Found::FORGOTTEN,
        Some(text) => {
            let numbers = search.readings(&text.tariff);
            let batches = campaigns.batches_with(&campaign, &numbers).await?;
            page::search(campaigns, &header, batches, &numbers, status, page.request).await?
        }
    };
    shown_in(form, &page, caller, &header, text, &found)
}

fn shown_in(
    form: ListForm,
    page: &ListedPage,
    caller: &Caller,
    header: &CampaignHeader,
    text: Option<&CampaignText>,
    found: &Found,
) -> Result<Response, ApiError> {
    let mut response = respond(form, page, rows(caller, header, text, found))?;
    if found.unreadable > 0 {
        response.headers_mut().insert(UNREADABLE_COUNT, HeaderValue::from(found.unreadable));
    }
    Ok(response)
}

/// The name of the list, which its cursors are tagged with.
fn list_name(key: CampaignKey, status: Option<DeliveryStatus>) -> String {
    let status = status.map_or("any", DeliveryStatus::as_str);
    format!("messages {} {} {status}", key.organisation, key.number())
}

fn rows(
    caller: &Caller,
    header: &CampaignHeader,
    text: Option<&CampaignText>,
    found: &Found,
) -> ListPage<MessageRow> {
    let mut rows = Vec::new();
    for (text, part) in text.into_iter().flat_map(|text| found.parts.iter().map(move |part| (text, part))) {
        let row = |slot| row(&caller.organisation, header, text, &part.record, slot);
        rows.extend(part.slots.iter().copied().filter_map(row));
    }
    ListPage { total: found.total, results: rows, next: found.next }
}

fn respond(form: ListForm, page: &ListedPage, rows: ListPage<MessageRow>) -> Result<Response, ApiError> {
    let envelope = page.envelope(rows);
    match form {
        ListForm::Csv => csv::respond(envelope),
        ListForm::Json => Ok(Json(envelope).into_response()),
    }
}
