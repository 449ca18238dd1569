//! An organisation's campaigns, by their headers.

use futures_util::{StreamExt, stream};

use super::{
    campaign,
    keys::partition,
    scope::Scope,
    settled::{Judged, settled},
    side_by_side::SIDE_BY_SIDE,
};
use crate::{
    error::AuditError,
    forms::{Item, item::sort_key},
    place::{CampaignKey, Place},
    report::Rule,
    section::Section,
    stored_campaigns,
    tables::{Key, Range, Table},
};

const PREFIX: &str = "C#";

/// Judges every campaign.
pub async fn look(
    scope: &Scope<'_>,
    id: &str,
    section: &mut Section,
) -> Result<Vec<stored_campaigns::Campaign>, AuditError> {
    let mut campaigns = Vec::new();
    let mut pages = scope.tables.pages(Range::of(Table::Campaigns, partition(id)).beginning_with(PREFIX));
    while let Some(page) = pages.next().await? {
        let mut looks = Vec::new();
        for header in page {
            match number(&header) {
                Some(campaign) => {
                    looks.push(one(scope, CampaignKey { organisation: id.to_owned(), campaign }, header));
                }
                None => section.find(
                    Rule::Tenancy,
                    Place::Organisation(id.to_owned()),
                    "the key of a campaign's header names no campaign",
                ),
            }
        }
        let mut looks = stream::iter(looks).buffer_unordered(SIDE_BY_SIDE);
        while let Some(look) = looks.next().await {
            let Judged { section: part, found } = look?;
            section.absorb(part);
            campaigns.push(found);
        }
    }
    Ok(campaigns)
}

async fn one(
    scope: &Scope<'_>,
    key: CampaignKey,
    header: Item,
) -> Result<Judged<stored_campaigns::Campaign>, AuditError> {
    let anchor = Key::new(Table::Campaigns, partition(&key.organisation), sort_key(&header));
    let judge = async |header: Option<&Item>| campaign::judge(scope, &key, header).await;
    let judged = settled(scope.tables, &anchor, Some(header), judge).await?;
    Ok(judged.unwrap_or_else(|| Judged { section: Section::unsettled(), found: campaign::unread(&key) }))
}

/// Sort keys have twelve digits, so that they sort like their numbers.
fn number(header: &Item) -> Option<u64> {
    sort_key(header).strip_prefix(PREFIX).filter(|digits| digits.len() == 12)?.parse().ok()
}
