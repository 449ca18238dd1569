//! An organisation's opt-outs: in order, each in its leaf, and counted.

use super::settled::{Judged, settled};
use crate::{
    error::AuditError,
    forms::{Fields, Item, book::Leaf},
    judge::roster::judge_opt_outs,
    place::Place,
    report::Rule,
    section::Section,
    tables::{Key, Range, Table, Tables},
};

/// Judges the opt-outs.
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
    let mut pages = tables.pages(Range::of(Table::Accounts, partition(id)).beginning_with("L#"));
    while let Some(page) = pages.next().await? {
        for item in &page {
            let Some((leaf, phones)) = section.read(place, Leaf::read_opt_outs(item)) else { continue };
            total += phones.len() as i64;
            if let Some(what) = judge_opt_outs(leaf, &phones) {
                section.find(Rule::OptOuts, place(), what);
            }
        }
    }
    let counted = match head {
        Some(head) => Fields::of("the opt-outs' head", head).and_then(|head| head.integer("phone_total")),
        None => Ok(0),
    };
    if let Some(counted) = section.read(place, counted)
        && counted != total
    {
        section.find(Rule::OptOuts, place(), format!("{counted} opt-outs are counted, there are {total}"));
    }
    Ok(Judged { section, found: () })
}

fn partition(id: &str) -> String {
    format!("ORG#{id}#OPTOUT")
}
