//! The answers: 202 with the seed's six fields and what was added; 200 for a dry run.

use domain::{
    api_key::KeyMode,
    audience::Skipped,
    campaign::CampaignStatus,
    ids::{BookId, CampaignId},
    money::Money,
    organisation::Organisation,
    tariff::Quote,
    text::{Encoding, MessageText},
    timestamp::Timestamp,
    wallet::Wallet,
};
use serde::Serialize;
use web::Caller;

use super::{request::SendGroup, resolve::Resolved};
use crate::{
    Api,
    account::{shown, time},
};

/// Segments a second that are assumed where the provider account has no agreed rate: five workers, the
/// number that Lambda's queue polling starts with, each through a batch of a thousand a second.
const ASSUMED_SEGMENTS_PER_SECOND: u32 = 5_000;

/// What every answer has.
#[derive(Serialize)]
pub struct SendAnswer {
    /// Absent in a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign_id: Option<u64>,
    status: &'static str,
    recipients_count: u64,
    group_names: Vec<String>,
    sender_id: String,
    estimated_cost: String,
    message_parts: u8,
    encoding: String,
    scheduled_at: Option<String>,
    skipped: Skipped,
    unknown_group_ids: Vec<BookId>,
}

/// What a dry run adds.
#[derive(Serialize)]
pub struct Estimate {
    #[serde(flatten)]
    send: SendAnswer,
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

/// What makes a text UCS-2, and what it would save to leave that out.
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

impl SendAnswer {
    /// The answer for a campaign, or for none yet.
    pub fn new(
        organisation: &Organisation,
        campaign: Option<CampaignId>,
        request: &SendGroup,
        resolved: &Resolved,
        quote: &Quote,
    ) -> Self {
        Self {
            campaign_id: campaign.map(CampaignId::get),
            status: status_of(request.scheduled_at).as_str(),
            recipients_count: resolved.audience.recipients().len() as u64,
            group_names: resolved.books.iter().map(|book| book.name.clone()).collect(),
            sender_id: request.sender.to_string(),
            estimated_cost: shown(organisation, quote.cost),
            message_parts: request.message.segments().get(),
            encoding: request.message.encoding().to_string(),
            scheduled_at: request.scheduled_at.map(|at| time(organisation, at)),
            skipped: resolved.audience.skipped(),
            unknown_group_ids: resolved.unknown.clone(),
        }
    }
}

/// The state that a campaign begins in.
pub const fn status_of(scheduled_at: Option<Timestamp>) -> CampaignStatus {
    match scheduled_at {
        Some(_) => CampaignStatus::Scheduled,
        None => CampaignStatus::Queued,
    }
}

/// The answer of a dry run.
pub fn estimate(
    api: &Api,
    caller: &Caller,
    request: &SendGroup,
    resolved: &Resolved,
    quote: &Quote,
    wallet: Wallet,
) -> Estimate {
    let organisation = &*caller.organisation;
    let charged = if caller.mode() == KeyMode::Live { quote.cost } else { Money::ZERO };
    let after = wallet.available.checked_sub(charged).unwrap_or_default();
    let lines = quote.lines.iter().map(|line| PriceLine {
        prefix: line.prefix.clone(),
        recipients: line.recipients,
        unit_price: shown(organisation, line.unit_price),
        cost: shown(organisation, line.cost),
    });
    let recipients = resolved.audience.recipients().len() as u64;
    let segments = recipients * u64::from(request.message.segments().get());
    let rate = api.pace.map_or(ASSUMED_SEGMENTS_PER_SECOND, domain::pacing::Pace::segments_per_second);
    Estimate {
        send: SendAnswer::new(organisation, None, request, resolved, quote),
        dry_run: true,
        balance_after: after.to_string(),
        currency: organisation.currency.to_string(),
        price_breakdown: lines.collect(),
        estimated_duration_seconds: segments.div_ceil(rate.into()),
        ucs2: advice(organisation, &request.message, resolved, quote),
    }
}

fn advice(
    organisation: &Organisation,
    message: &MessageText,
    resolved: &Resolved,
    quote: &Quote,
) -> Option<Ucs2Advice> {
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
        gsm7_saving: shown(organisation, saving),
    })
}
