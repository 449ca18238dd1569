//! Items outside of organisations: batches that no campaign names, campaigns without an organisation, the turns of
//! provider accounts, markers of deleted books, and markers of edits.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    keys::{EDITS, REMOVALS, partition},
    organisations::SEGMENTS,
    side_by_side::in_order,
};
use crate::{
    error::AuditError,
    forms::{
        Item,
        item::{partition_key, sort_key},
        turns::Turns,
    },
    judge,
    place::Place,
    report::Rule,
    section::Section,
    tables::{Key, Range, Scan, Table, Tables},
};

type Known = BTreeMap<String, BTreeSet<u64>>;

/// Reads the keys of all campaigns, plans and turns.
pub async fn look(tables: &Tables, known: &Known, now: i64) -> Result<Section, AuditError> {
    let segments = (0..SEGMENTS).map(|segment| look_at_segment(tables, known, now, segment)).collect();
    let mut section = Section::default();
    for segment in in_order(segments, SEGMENTS as usize).await? {
        section.absorb(segment);
    }
    look_at_removals(tables, &mut section).await?;
    look_at_edits(tables, &mut section).await?;
    Ok(section)
}

/// Every marker names a book whose header says that it is deleted: one transaction writes both.
async fn look_at_removals(tables: &Tables, section: &mut Section) -> Result<(), AuditError> {
    let mut pages = tables.pages(Range::of(Table::AddressBooks, REMOVALS));
    while let Some(page) = pages.next().await? {
        for marker in &page {
            let Some((organisation, book)) = sort_key(marker).split_once('#') else {
                section.find(Rule::Readable, Place::Tables, "a marker of a deleted book names no book");
                continue;
            };
            let header = Key::new(Table::AddressBooks, partition(organisation), format!("BOOK#{book}"));
            let is_deleted =
                tables.get(&header).await?.is_some_and(|header| header.contains_key("deleted_at"));
            let key = Key::new(Table::AddressBooks, REMOVALS, sort_key(marker));
            if !is_deleted && tables.get(&key).await?.is_some() {
                let place = Place::Book { organisation: organisation.to_owned(), book: book.to_owned() };
                section.find(Rule::Edit, place, "a marker says that it was deleted, but it was not");
            }
        }
    }
    Ok(())
}

/// Each marker of edits names a time and a book. A marker whose time is over does no harm: a book that needs its repair
/// is judged by its header.
async fn look_at_edits(tables: &Tables, section: &mut Section) -> Result<(), AuditError> {
    let mut pages = tables.pages(Range::of(Table::AddressBooks, EDITS));
    while let Some(page) = pages.next().await? {
        for marker in &page {
            let mut parts = sort_key(marker).splitn(3, '#');
            let until = parts.next().and_then(|until| until.parse::<i64>().ok());
            if until.is_none() || parts.count() < 2 {
                section.find(Rule::Readable, Place::Tables, "a marker of edits names no time and book");
            }
        }
    }
    Ok(())
}

async fn look_at_segment(
    tables: &Tables,
    known: &Known,
    now: i64,
    segment: i32,
) -> Result<Section, AuditError> {
    let mut section = Section::default();
    let mut later = HashMap::new();
    let mut pages = tables.scan(Scan {
        table: Table::Campaigns,
        filter: "sk IN (:plan, :turns) OR begins_with(sk, :header)",
        values: vec![(":plan", "PLAN"), (":turns", "TURNS"), (":header", "C#")],
        segment,
        segments: SEGMENTS,
    });
    while let Some(page) = pages.next().await? {
        for item in &page {
            match sort_key(item) {
                "PLAN" => {
                    let is_orphan = is_orphan(tables, item, known, &mut later).await?;
                    section.seen.orphan_batches += u64::from(is_orphan);
                }
                "TURNS" => judge_turns(tables, partition_key(item), now, &mut section).await?,
                _ => judge_header(item, known, &mut section),
            }
        }
    }
    Ok(section)
}

async fn judge_turns(
    tables: &Tables,
    partition: &str,
    now: i64,
    section: &mut Section,
) -> Result<(), AuditError> {
    let place = Place::Account(partition.trim_start_matches("TURN#").to_owned());
    if let Some(item) = tables.get(&Key::new(Table::Campaigns, partition, "TURNS")).await?
        && let Some(turns) = section.read(|| place.clone(), Turns::read(&item))
    {
        judge::turns::judge(turns, now, &place, section);
    }
    Ok(())
}

fn judge_header(item: &Item, known: &Known, section: &mut Section) {
    let organisation = partition_key(item).trim_start_matches("ORG#");
    if !known.contains_key(organisation) {
        let place = Place::Organisation(organisation.to_owned());
        section.find(Rule::Tenancy, place, "it has a campaign, but no profile");
    }
}

/// Whether no campaign names a batch. The header is read again, because the campaign may have been accepted meanwhile.
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

/// Reads `ORG#<organisation>#C<campaign>#B<batch>`.
fn campaign_of(partition: &str) -> Option<(&str, u64)> {
    let (organisation, rest) = partition.strip_prefix("ORG#")?.split_once("#C")?;
    Some((organisation, rest.split_once("#B")?.0.parse().ok()?))
}
