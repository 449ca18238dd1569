//! The answers of a send: 202 with the campaign, or 200 for a dry run.

use domain::{
    audience::Skipped,
    ids::{BookId, CampaignId},
    organisation::Organisation,
    text::Encoding,
    wallet::Wallet,
};
use serde::Serialize;
use web::{ApiError, Backend, Caller};

use super::{campaign, duration, price::Priced};
use crate::{api::Api, campaigns::view::CampaignView, shown};

/// The campaign, and the result of resolving the request.
#[derive(Serialize)]
pub struct SendView {
    #[serde(flatten)]
    campaign: CampaignView,
    group_names: Vec<String>,
    message_parts: u8,
    encoding: String,
    skipped: Skipped,
    unknown_group_ids: Vec<BookId>,
}

/// The fields that a dry run adds.
#[derive(Serialize)]
pub struct Estimate {
    #[serde(flatten)]
    send: SendView,
    dry_run: bool,
    balance_after: String,
    currency: String,
    price_breakdown: Vec<PriceLine>,
    estimated_duration_seconds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ucs2: Option<Ucs2Advice>,
}

#[derive(Serialize)]
struct PriceLine {
    prefix: String,
    recipients: u64,
    unit_price: String,
    cost: String,
}

/// The characters that make a text UCS-2, and the segments saved without them.
#[derive(Serialize)]
struct Ucs2Advice {
    characters: Vec<Ucs2Character>,
    gsm7_message_parts: u8,
    gsm7_saving: String,
}

#[derive(Serialize)]
struct Ucs2Character {
    character: char,
    position: usize,
}

impl SendView {
    /// A send that makes this campaign.
    pub fn new(campaign: CampaignView, send: &Priced) -> Self {
        let Priced { request, resolved, .. } = send;
        Self {
            campaign,
            group_names: resolved.books.iter().map(|book| book.name.clone()).collect(),
            message_parts: request.message.segments().get(),
            encoding: request.message.encoding().to_string(),
            skipped: resolved.audience.skipped(),
            unknown_group_ids: resolved.unknown.clone(),
        }
    }
}

/// The answer of a dry run.
pub async fn estimate(
    api: &Api,
    caller: &Caller,
    send: &Priced,
    wallet: Wallet,
) -> Result<Estimate, ApiError> {
    let Backend { stores, clock } = &api.backend;
    let stops = stores.accounts.stops.current(clock).await?;
    let Priced { request, resolved, quote, .. } = send;
    let organisation = &*caller.organisation;
    // A dry run uses and shows no campaign number.
    let begins = campaign::begin(api, caller, send);
    let header = campaign::header(caller, send, CampaignId::FIRST, &begins);
    let after = wallet.available.checked_sub(begins.reserved).unwrap_or_default();
    let lines = quote.lines.iter().map(|line| PriceLine {
        prefix: line.prefix.clone(),
        recipients: line.recipients,
        unit_price: shown::money(organisation, line.unit_price),
        cost: shown::money(organisation, line.cost),
    });
    let routing = &resolved.routing;
    let seconds = duration::seconds(
        &routing.routes,
        resolved.audience.recipients(),
        request.message.segments(),
        |leg| routing.takes_sender(leg, &request.sender) && stops.hold(leg.account).is_none(),
        |leg| routing.rates(leg, &request.sender),
    );
    Ok(Estimate {
        send: SendView::new(CampaignView::of_dry_run(organisation, &header), send),
        dry_run: true,
        balance_after: shown::decimal(organisation, after),
        currency: organisation.currency.to_string(),
        price_breakdown: lines.collect(),
        estimated_duration_seconds: seconds,
        ucs2: advice(organisation, send),
    })
}

fn advice(organisation: &Organisation, send: &Priced) -> Option<Ucs2Advice> {
    let Priced { request, resolved, quote, .. } = send;
    let message = &request.message;
    if message.encoding() == Encoding::Gsm7 {
        return None;
    }
    let segments = message.gsm7_alternative_segments();
    let cheaper = organisation.tariff.quote(resolved.audience.recipients(), segments).ok()?;
    let saving = quote.cost.checked_sub(cheaper.cost).ok()?;
    let characters =
        message.forcing_ucs2().map(|(position, character)| Ucs2Character { character, position });
    Some(Ucs2Advice {
        characters: characters.collect(),
        gsm7_message_parts: segments.get(),
        gsm7_saving: shown::money(organisation, saving),
    })
}
