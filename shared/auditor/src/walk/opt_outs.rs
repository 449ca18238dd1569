//! An organisation's opt-outs: in order, each in its leaf with its origin, and counted.

use std::collections::BTreeMap;

use super::settled::{Judged, settled};
use crate::{
    error::AuditError,
    forms::{
        Fields, Item,
        opt_outs::{Leaf, Origins},
    },
    judge::roster::judge_opt_outs,
    place::Place,
    report::Rule,
    section::Section,
    tables::{Key, Range, Table, Tables},
};

pub async fn look(tables: &Tables, id: &str) -> Result<Section, AuditError> {
    let anchor = Key::new(Table::Accounts, partition(id), "HEAD");
    let first = tables.get(&anchor).await?;
    let judged = settled(tables, &anchor, first, async |head| judge(tables, id, head).await).await?;
    Ok(judged.map_or_else(Section::unsettled, |judged| judged.section))
}

async fn judge(tables: &Tables, id: &str, head: Option<&Item>) -> Result<Judged<()>, AuditError> {
    let mut section = Section::default();
    let place = || Place::Organisation(id.to_owned());
    let mut total = 0i64;
    let mut origins = origins(tables, id, &mut section).await?;
    let mut pages = tables.pages(Range::of(Table::Accounts, partition(id)).beginning_with("L#"));
    while let Some(page) = pages.next().await? {
        for item in &page {
            let Some((number, leaf)) = section.read(place, Leaf::read(item)) else { continue };
            total += leaf.phones.len() as i64;
            if let Some(what) = judge_opt_outs(number, &leaf, origins.remove(&number)) {
                section.find(Rule::OptOuts, place(), what);
            }
        }
    }
    if !origins.is_empty() {
        section.find(
            Rule::OptOuts,
            place(),
            "the origins of a leaf of opt-outs exist, but the leaf does not",
        );
    }
    let counted = match head {
        Some(head) => Fields::of("the opt-outs' head", head).and_then(|head| head.integer("phone_total")),
        None => Ok(0),
    };
    if let Some(counted) = section.read(place, counted)
        && counted != total
    {
        section.find(
            Rule::OptOuts,
            place(),
            format!("the head counts {counted} opt-outs; the leaves have {total}"),
        );
    }
    Ok(Judged { section, found: () })
}

/// The origins of every leaf.
async fn origins(
    tables: &Tables,
    id: &str,
    section: &mut Section,
) -> Result<BTreeMap<u8, Origins>, AuditError> {
    let range = Range::of(Table::Accounts, partition(id)).beginning_with("O#");
    let items = tables.pages(range).all().await?;
    let place = || Place::Organisation(id.to_owned());
    Ok(items.iter().filter_map(|item| section.read(place, Origins::read(item))).collect())
}

fn partition(id: &str) -> String {
    format!("ORG#{id}#OPTOUT")
}
