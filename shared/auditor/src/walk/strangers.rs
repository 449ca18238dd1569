//! What belongs to nobody: batches that no campaign names, and campaigns of no organisation.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{keys::partition, organisations::SEGMENTS, side_by_side::in_order};
use crate::{
    error::AuditError,
    forms::{
        Item,
        item::{partition_key, sort_key},
    },
    place::Place,
    report::Rule,
    section::Section,
    tables::{Key, Scan, Table, Tables},
};

type Known = BTreeMap<String, BTreeSet<u64>>;

/// Looks through the keys of all campaigns and plans.
pub async fn look(tables: &Tables, known: &Known) -> Result<Section, AuditError> {
    let segments = (0..SEGMENTS).map(|segment| look_at_segment(tables, known, segment)).collect();
    let mut section = Section::default();
    for segment in in_order(segments, SEGMENTS as usize).await? {
        section.absorb(segment);
    }
    Ok(section)
}

async fn look_at_segment(tables: &Tables, known: &Known, segment: i32) -> Result<Section, AuditError> {
    let mut section = Section::default();
    let mut later = HashMap::new();
    let mut pages = tables.scan(Scan {
        table: Table::Campaigns,
        filter: "sk = :plan OR begins_with(sk, :header)",
        values: vec![(":plan", "PLAN"), (":header", "C#")],
        segment,
        segments: SEGMENTS,
    });
    while let Some(page) = pages.next().await? {
        for item in &page {
            if sort_key(item) != "PLAN" {
                judge_header(item, known, &mut section);
            } else if is_orphan(tables, item, known, &mut later).await? {
                section.seen.orphan_batches += 1;
            }
        }
    }
    Ok(section)
}

fn judge_header(item: &Item, known: &Known, section: &mut Section) {
    let organisation = partition_key(item).trim_start_matches("ORG#");
    if !known.contains_key(organisation) {
        let place = Place::Organisation(organisation.to_owned());
        section.find(Rule::Tenancy, place, "it has a campaign, and there is no such organisation");
    }
}

/// Whether no campaign names a batch. One that was accepted since the headers were read is looked up.
async fn is_orphan(
    tables: &Tables,
    item: &Item,
    known: &Known,
    later: &mut HashMap<(String, u64), bool>,
) -> Result<bool, AuditError> {
    let Some((organisation, campaign)) = campaign_of(partition_key(item)) else { return Ok(true) };
    if known.get(organisation).is_some_and(|numbers| numbers.contains(&campaign)) {
        return Ok(false);
    }
    let key = (organisation.to_owned(), campaign);
    if let Some(is_orphan) = later.get(&key) {
        return Ok(*is_orphan);
    }
    let place = format!("C#{campaign:012}");
    let header = tables.get(&Key::new(Table::Campaigns, partition(organisation), place)).await?;
    later.insert(key, header.is_none());
    Ok(header.is_none())
}

/// Of `ORG#<organisation>#C<campaign>#B<batch>`.
fn campaign_of(partition: &str) -> Option<(&str, u64)> {
    let (organisation, rest) = partition.strip_prefix("ORG#")?.split_once("#C")?;
    Some((organisation, rest.split_once("#B")?.0.parse().ok()?))
}
