//! The wallet's ledger line by line, and a month's statement with one line a campaign.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::{
    api_key::KeyMode, campaign::CampaignReport, ids::CampaignId, organisation::Organisation,
    timestamp::Timestamp, wallet::PostingKind,
};
use serde::Serialize;
use stores::{
    ListPage, ListRequest, Position,
    accounts::wallets::{LedgerFilter, LedgerLine},
    campaigns::CampaignHeader,
};
use web::{
    ApiError, FieldError, Guarded, Incoming, Input,
    cursor::ListPaging,
    envelope::Envelope,
    export::{self, Cell, CsvRow, ListForm, MAX_BODY_BYTES},
    paging::Query,
};

use crate::{api::Api, period::Period, shown};

/// Rows of one answer in CSV. The largest has 2,000 bytes: 1,020 of a payment's reference (255 characters, each up to four
/// bytes), 800 of a correction's reason, and the rest.
const MAX_CSV_ROWS: u64 = MAX_BODY_BYTES / 2_000;

pub struct LedgerQuery {
    filter: LedgerFilter,
    paging: ListPaging,
}

impl Input for LedgerQuery {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        let mut query = request.query();
        let paging = query.list_paging();
        let kind = query.optional("kind", |word| word.parse::<PostingKind>().map_err(|e| e.to_string()));
        let campaign = query.optional("campaign_id", campaign_number);
        let Period { from, until } = Period::in_query(&mut query, request.caller.organisation.offset);
        query.finish()?;
        Ok(Self { filter: LedgerFilter { kind, campaign, from, until }, paging })
    }
}

fn campaign_number(text: &str) -> Result<CampaignId, String> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| is_digits).and_then(CampaignId::new);
    number.ok_or_else(|| "must be a campaign's number".to_owned())
}

/// A line of the ledger.
#[derive(Serialize)]
pub struct EntryView {
    id: String,
    kind: &'static str,
    amount: String,
    currency: String,
    campaign_id: Option<u64>,
    reason: Option<String>,
    created_at: String,
}

/// `GET /v1/wallet/entries/`
pub async fn entries(
    State(api): State<Api>,
    Guarded { caller, input: LedgerQuery { filter, paging } }: Guarded<LedgerQuery>,
) -> Result<Json<Envelope<EntryView>>, ApiError> {
    let organisation = &caller.organisation;
    let page = paging.of(&format!("ledger {} {filter:?}", organisation.id))?;
    let wallets = &api.backend.stores.accounts.wallets;
    let found = match filter == LedgerFilter::default() {
        true => Some(wallets.ledger(organisation.id, page.request.clone()).await?),
        false => wallets.filtered(organisation.id, &filter, &page.request).await?,
    };
    let found = found.ok_or_else(|| {
        let message = "has too many entries: choose a shorter period, or one campaign";
        ApiError::invalid(vec![FieldError::new("from", message)])
    })?;
    Ok(Json(page.envelope(found.map(|line| entry(organisation, line)))))
}

fn entry(organisation: &Organisation, line: LedgerLine) -> EntryView {
    EntryView {
        kind: line.kind.as_str(),
        amount: shown::decimal(organisation, line.amount),
        currency: organisation.currency.to_string(),
        campaign_id: line.campaign.map(|campaign| campaign.get()),
        reason: line.reason,
        created_at: shown::time(organisation, line.posted_at),
        id: line.id,
    }
}

/// The month of a statement.
pub struct Month {
    text: String,
    period: Period,
    form: ListForm,
    paging: ListPaging,
}

impl Input for Month {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        let offset = request.caller.organisation.offset;
        let mut query = request.query();
        let (form, paging) = ListForm::of(request.headers, &mut query, MAX_CSV_ROWS);
        let this_month = || request.now.day(offset).get(..7).unwrap_or_default().to_owned();
        let text = query.optional("month", |text| Ok(text.to_owned())).unwrap_or_else(this_month);
        let period = month(&mut query, &text, |day| Timestamp::parse_day(day, offset));
        query.finish()?;
        Ok(Self { text, period, form, paging })
    }
}

fn month(query: &mut Query, text: &str, start_of: impl Fn(&str) -> Option<Timestamp>) -> Period {
    let parts = text.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2);
    let parts = parts.and_then(|(year, month)| Some((year.parse::<u16>().ok()?, month.parse::<u8>().ok()?)));
    let next = parts.map(|(year, month)| if month == 12 { (year + 1, 1) } else { (year, month + 1) });
    let from = parts.and_then(|_| start_of(&format!("{text}-01")));
    let until = next.and_then(|(year, month)| start_of(&format!("{year:04}-{month:02}-01")));
    if from.is_none() || until.is_none() {
        query.reject("month", "must be a month, such as 2027-01");
    }
    Period { from, until }
}

/// A line of a statement: a top-up, a correction, or a campaign.
#[derive(Serialize)]
pub struct StatementView {
    kind: &'static str,
    id: String,
    campaign_id: Option<u64>,
    /// The change of the balance; for a campaign the charged amount.
    amount: String,
    /// For a campaign, the amount that is neither charged nor refunded yet.
    reserved: String,
    currency: String,
    reason: Option<String>,
    created_at: String,
}

impl CsvRow for StatementView {
    const COLUMNS: &'static [&'static str] =
        &["created_at", "kind", "campaign_id", "amount", "reserved", "currency", "reason", "id"];

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            Cell::plain(&self.created_at),
            Cell::plain(self.kind),
            Cell::plain(self.campaign_id.map(|campaign| campaign.to_string()).unwrap_or_default()),
            // A minus and digits are not a formula.
            Cell::plain(&self.amount),
            Cell::plain(&self.reserved),
            Cell::plain(&self.currency),
            Cell::text(self.reason.as_deref().unwrap_or_default()),
            Cell::text(&self.id),
        ]
    }
}

/// A line with its time, by which statements are sorted.
struct Line {
    at: Timestamp,
    view: StatementView,
}

/// `GET /v1/wallet/statement/`: a campaign counts in the month of its acceptance, with all that it has cost.
pub async fn statement(
    State(api): State<Api>,
    Guarded { caller, input: Month { text, period, form, paging } }: Guarded<Month>,
) -> Result<Response, ApiError> {
    let organisation = &*caller.organisation;
    let page = paging.of(&format!("statement {} {text}", organisation.id))?;
    let (accounts, campaigns) = (&api.backend.stores.accounts, &api.backend.stores.campaigns);
    let of_month = |header: &CampaignHeader| period.has(header.created_at);
    let all = ListRequest::page(1, u64::from(u32::MAX));
    let (payments, headers) = tokio::try_join!(
        accounts.wallets.payments(organisation.id),
        campaigns.list(organisation.id, KeyMode::Live, of_month, all),
    )?;
    let payments = payments.into_iter().filter(|line| period.has(line.posted_at));
    let mut lines: Vec<Line> = payments.map(|line| payment(organisation, line)).collect();
    lines.extend(headers.results.iter().map(|header| campaign(organisation, header)));
    lines.sort_by(|one, other| (other.at, &other.view.id).cmp(&(one.at, &one.view.id)));
    // Numbered from the oldest, so that a line that is added between two pages does not move the others.
    let count = lines.len() as u128;
    let numbered: Vec<(u128, Line)> = (0..count).zip(lines).collect();
    let position = |(place, _): &(u128, Line)| Position(u128::MAX - (count - place));
    let ListPage { total, results, next } = ListPage::of(numbered, &page.request, position);
    let results = results.into_iter().map(|(_, line)| line.view).collect();
    let page = page.envelope(ListPage { total, results, next });
    match form {
        ListForm::Csv => export::respond(page),
        ListForm::Json => Ok(Json(page).into_response()),
    }
}

fn payment(organisation: &Organisation, line: LedgerLine) -> Line {
    let amount = shown::decimal(organisation, line.amount);
    let is_taken = line.kind == PostingKind::Correction;
    Line {
        at: line.posted_at,
        view: StatementView {
            kind: line.kind.as_str(),
            id: line.id,
            campaign_id: None,
            amount: if is_taken { format!("-{amount}") } else { amount },
            reserved: shown::decimal(organisation, domain::money::Money::ZERO),
            currency: organisation.currency.to_string(),
            reason: line.reason,
            created_at: shown::time(organisation, line.posted_at),
        },
    }
}

fn campaign(organisation: &Organisation, header: &CampaignHeader) -> Line {
    let CampaignReport { charged, .. } = header.report(header.counts);
    let amount = shown::decimal(organisation, charged);
    Line {
        at: header.created_at,
        view: StatementView {
            kind: "campaign",
            id: format!("campaign:{}", header.key.campaign),
            campaign_id: Some(header.key.number()),
            amount: if charged.is_positive() { format!("-{amount}") } else { amount },
            reserved: shown::decimal(organisation, header.held()),
            currency: organisation.currency.to_string(),
            reason: None,
            created_at: shown::time(organisation, header.created_at),
        },
    }
}
