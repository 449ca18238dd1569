//! Compares the counts items of a large campaign with the counts of its batches.

use std::collections::BTreeMap;

use super::campaign::CampaignSums;
use crate::{
    forms::{batch::Stage, campaign::Header, counts::Counts, kept::Kept},
    limits::{BATCHES_OF_KEPT_COUNTS, SMALL_CAMPAIGN_BATCHES},
    place::CampaignKey,
    report::Rule,
    section::Section,
};

/// Judges the counts items by the batches.
pub fn judge(key: &CampaignKey, header: &Header, whole: &CampaignSums, kept: &[Kept], section: &mut Section) {
    let expected = header.kept_until.div_euclid(1_000);
    if kept.iter().any(|kept| kept.expires_at != Some(expected)) {
        section.find(
            Rule::Retention,
            key.place(),
            "its counts items expire at another time than its batches",
        );
    }
    let mut entries = BTreeMap::new();
    for Kept { number, entries: of_item, .. } in kept {
        if of_item.iter().any(|(batch, _)| Some(batch / BATCHES_OF_KEPT_COUNTS) != *number) {
            section.find(
                Rule::Counts,
                key.place(),
                "its counts items have a number that no reader looks for",
            );
        }
        entries.extend(of_item.iter().copied());
    }
    let batches = whole.batches();
    if let Some((batch, _)) = entries.iter().find(|(batch, _)| **batch as usize >= batches.len()) {
        section.find(
            Rule::Counts,
            key.place(),
            format!("a counts item has an entry for batch {batch}, which the campaign does not have"),
        );
    }
    let is_large = batches.len() > SMALL_CAMPAIGN_BATCHES;
    for (number, (stage, counts)) in (0..).zip(batches) {
        if let Some(wrong) = wrong(*stage, *counts, entries.get(&number).copied(), is_large) {
            section.find(Rule::Counts, key.batch(number), wrong);
        }
    }
}

/// The error of a batch's entry; `None` for a batch that could not be read.
fn wrong(
    stage: Option<Stage>,
    counts: Option<Counts>,
    kept: Option<Counts>,
    is_large: bool,
) -> Option<String> {
    match (stage?, counts, kept) {
        (Stage::Closed, Some(counts), Some(kept)) if kept != counts => {
            Some(format!("its counts item says {kept}; its recipients give {counts}"))
        }
        (Stage::Closed, _, None) if is_large => {
            Some("it is closed, but its counts item has no entry for it".to_owned())
        }
        (Stage::Open | Stage::Untouched | Stage::SetAside, _, Some(_)) => {
            Some("its counts item has an entry for it, but it is not closed".to_owned())
        }
        _ => None,
    }
}
