//! Answers stored under idempotency keys: if an answer names a campaign, the campaign exists and matches it.

use std::collections::BTreeSet;

use super::{
    keys::partition,
    side_by_side::{CALLS_AT_ONCE, in_order},
};
use crate::{
    error::AuditError,
    forms::{Fields, Item, Unreadable, campaign::Header},
    judge::money::shown,
    place::{CampaignKey, Place},
    report::Rule,
    section::Section,
    tables::{Key, Range, Table, Tables},
};

const WHAT: &str = "an idempotency record";
const ACCEPTED: i64 = 202;

/// An answer to a send that was accepted.
struct Accepted {
    campaign: u64,
    recipients: u64,
    /// Code and amount, as `KES 1248.00`.
    cost: String,
}

/// Judges the stored answers of an organisation.
pub async fn look(tables: &Tables, id: &str) -> Result<Section, AuditError> {
    let mut section = Section::default();
    let mut answered = BTreeSet::new();
    let mut pages = tables.pages(Range::of(Table::Accounts, format!("ORG#{id}#IDEMPOTENCY")));
    while let Some(page) = pages.next().await? {
        let place = || Place::Organisation(id.to_owned());
        let accepted: Vec<Accepted> =
            page.iter().filter_map(|item| section.read(place, accepted(item)).flatten()).collect();
        let headers = accepted.iter().map(|answer| header(tables, id, answer.campaign)).collect();
        let headers = in_order(headers, CALLS_AT_ONCE).await?;
        for (answer, header) in accepted.iter().zip(headers) {
            let key = CampaignKey { organisation: id.to_owned(), campaign: answer.campaign };
            if !answered.insert(answer.campaign) {
                section.find(Rule::Accept, key.place(), "two idempotency records answer with it");
            }
            if let Some(what) = contradiction(answer, header.as_ref()) {
                section.find(Rule::Accept, key.place(), what);
            }
        }
    }
    Ok(section)
}

/// The first contradiction between an answer and its campaign. A header that cannot be read is a finding of its
/// campaign.
fn contradiction(answer: &Accepted, header: Option<&Item>) -> Option<&'static str> {
    let Some(header) = header else {
        return Some("an idempotency record answers with it, but it does not exist");
    };
    let header = Header::read(header).ok()?;
    if header.recipients != answer.recipients {
        return Some("an idempotency record answers with another number of recipients");
    }
    let amount = answer.cost.rsplit(' ').next().unwrap_or_default();
    let is_cost = four_decimals(amount) == shown(header.estimated_cost.into());
    (!is_cost).then_some("an idempotency record answers with another cost")
}

/// `1248.5` as `1248.5000`.
fn four_decimals(amount: &str) -> String {
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    format!("{whole}.{fraction:0<4}")
}

fn accepted(item: &Item) -> Result<Option<Accepted>, Unreadable> {
    let fields = Fields::of(WHAT, item)?;
    let Some(answer) = fields.optional_map("answer")? else { return Ok(None) };
    if answer.integer("status")? != ACCEPTED {
        return Ok(None);
    }
    let wrong = || fields.wrong("the answer of an idempotency record cannot be read");
    let body: serde_json::Value = serde_json::from_str(answer.text("body")?).map_err(|_| wrong())?;
    let number = |name: &str| body[name].as_u64().ok_or_else(wrong);
    Ok(Some(Accepted {
        campaign: number("campaign_id")?,
        recipients: number("recipients_count")?,
        cost: body["estimated_cost"].as_str().ok_or_else(wrong)?.to_owned(),
    }))
}

async fn header(tables: &Tables, id: &str, campaign: u64) -> Result<Option<Item>, AuditError> {
    tables.get(&Key::new(Table::Campaigns, partition(id), format!("C#{campaign:012}"))).await
}
