//! The counts that are kept beside a large campaign, against those of its batches.

use std::collections::BTreeMap;

use super::campaign::Whole;
use crate::{
    forms::{batch::Stage, campaign::Header, counts::Counts, kept::Kept},
    limits::{BATCHES_OF_KEPT_COUNTS, SMALL_CAMPAIGN_BATCHES},
    place::CampaignKey,
    report::Rule,
    section::Section,
};

/// Judges what is kept by what was found of each batch.
pub fn judge(key: &CampaignKey, header: &Header, whole: &Whole, kept: &[Kept], section: &mut Section) {
    let expected = header.kept_until.div_euclid(1_000);
    if kept.iter().any(|kept| kept.expires_at != Some(expected)) {
        section.find(Rule::Retention, key.place(), "counts are not kept as long as its batches");
    }
    let mut entries = BTreeMap::new();
    for Kept { number, entries: of_item, .. } in kept {
        if of_item.iter().any(|(batch, _)| Some(batch / BATCHES_OF_KEPT_COUNTS) != *number) {
            section.find(Rule::Counts, key.place(), "counts are kept where nobody looks for them");
        }
        entries.extend(of_item.iter().copied());
    }
    let batches = whole.batches();
    if let Some((batch, _)) = entries.iter().find(|(batch, _)| **batch as usize >= batches.len()) {
        section.find(
            Rule::Counts,
            key.place(),
            format!("counts are kept of batch {batch}, which it does not have"),
        );
    }
    let is_large = batches.len() > SMALL_CAMPAIGN_BATCHES;
    for (number, (stage, counts)) in (0..).zip(batches) {
        if let Some(wrong) = wrong(*stage, *counts, entries.get(&number).copied(), is_large) {
            section.find(Rule::Counts, key.batch(number), wrong);
        }
    }
}

/// What is wrong with a batch's entry. Of a batch that could not be read, nobody can say.
fn wrong(
    stage: Option<Stage>,
    counts: Option<Counts>,
    kept: Option<Counts>,
    is_large: bool,
) -> Option<String> {
    match (stage?, counts, kept) {
        (Stage::Closed, Some(counts), Some(kept)) if kept != counts => {
            Some(format!("{kept} is kept of it, of its recipients {counts}"))
        }
        (Stage::Closed, _, None) if is_large => Some("it is closed, and its counts are not kept".to_owned()),
        (Stage::Open | Stage::Untouched | Stage::SetAside, _, Some(_)) => {
            Some("counts are kept of it, and it is not closed".to_owned())
        }
        _ => None,
    }
}
