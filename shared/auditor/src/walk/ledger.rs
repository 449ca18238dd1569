//! A wallet and its whole ledger, line by line.

use super::{
    keys::partition,
    settled::{Judged, settled},
};
use crate::{
    error::AuditError,
    forms::{Item, item::sort_key, ledger::Line},
    judge::wallet::{self, Ledger},
    place::Place,
    report::Rule,
    section::Section,
    tables::{Key, Range, Table, Tables},
};

/// Judges an organisation's money; gives the campaigns that its ledger names.
pub async fn look(tables: &Tables, id: &str, section: &mut Section) -> Result<Ledger, AuditError> {
    let anchor = Key::new(Table::Accounts, partition(id), "WALLET");
    let first = tables.get(&anchor).await?;
    let judged = settled(tables, &anchor, first, async |wallet| judge(tables, id, wallet).await).await?;
    let Some(Judged { section: part, found }) = judged else {
        section.absorb(Section::unsettled());
        return Ok(Ledger::default());
    };
    section.absorb(part);
    Ok(found)
}

async fn judge(tables: &Tables, id: &str, wallet: Option<&Item>) -> Result<Judged<Ledger>, AuditError> {
    let mut section = Section::default();
    let place = || Place::Organisation(id.to_owned());
    let mut ledger = Ledger::default();
    let mut pages = tables.pages(Range::of(Table::Accounts, format!("ORG#{id}#LEDGER")));
    while let Some(page) = pages.next().await? {
        for item in &page {
            let Some(line) = section.read(place, Line::read(item)) else {
                ledger.is_partial = true;
                continue;
            };
            ledger.add(&line);
            if let Some(Some(what)) = section.read(place, line.contradiction(sort_key(item))) {
                let place = line
                    .cause
                    .campaign()
                    .map_or_else(place, |campaign| Place::Campaign { organisation: id.to_owned(), campaign });
                section.find(Rule::Posting, place, format!("a ledger line: {what}"));
            }
        }
    }
    for campaign in ledger.moved_for.difference(&ledger.reserved_for).filter(|_| !ledger.is_partial) {
        let place = Place::Campaign { organisation: id.to_owned(), campaign: *campaign };
        section.find(Rule::Accept, place, "money was moved for it that nobody reserved");
    }
    let wrong = section.read(place, wallet::judge(wallet, &ledger)).unwrap_or_default();
    wrong.into_iter().for_each(|what| section.find(Rule::Wallet, place(), what));
    section.seen.ledger_lines = ledger.lines;
    Ok(Judged { section, found: ledger })
}
