//! A wallet and its whole ledger, line by line.

use super::settled::{Judged, settled};
use crate::{
    error::AuditError,
    forms::{Item, item::sort_key, ledger::Line},
    judge::wallet::{self, Ledger},
    place::Place,
    report::Rule,
    section::Section,
    tables::{Key, Range, Table, Tables},
};

/// The partition of top-ups and corrections, which an operator alone may write.
const TOP_UPS: &str = "TOPUPS";
/// The partition of all lines except top-ups and corrections.
const MOVES: &str = "LEDGER";

/// Judges an organisation's money; returns the campaigns that its ledger names.
pub async fn look(tables: &Tables, id: &str, section: &mut Section) -> Result<Ledger, AuditError> {
    let anchor = Key::new(Table::Accounts, format!("ORG#{id}#WALLET"), "WALLET");
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
    for partition in [TOP_UPS, MOVES] {
        let mut pages = tables.pages(Range::of(Table::Accounts, format!("ORG#{id}#{partition}")));
        while let Some(page) = pages.next().await? {
            page.iter().for_each(|item| judge_line(id, item, partition, &mut ledger, &mut section));
        }
    }
    for campaign in ledger.moved_for.difference(&ledger.reserved_for).filter(|_| !ledger.is_partial) {
        let place = Place::Campaign { organisation: id.to_owned(), campaign: *campaign };
        section.find(Rule::Accept, place, "money was moved for it that was not reserved");
    }
    let wrong = section.read(place, wallet::judge(wallet, &ledger)).unwrap_or_default();
    wrong.into_iter().for_each(|what| section.find(Rule::Wallet, place(), what));
    section.seen.ledger_lines = ledger.lines;
    Ok(Judged { section, found: ledger })
}

fn judge_line(id: &str, item: &Item, partition: &str, ledger: &mut Ledger, section: &mut Section) {
    let place = || Place::Organisation(id.to_owned());
    let Some(line) = section.read(place, Line::read(item)) else {
        ledger.is_partial = true;
        return;
    };
    ledger.add(&line);
    let contradiction =
        section.read(place, line.contradiction(sort_key(item), &format!("ORG#{id}#{MOVES}"))).flatten();
    let is_top_up = line.cause.campaign().is_none();
    let misplaced = (is_top_up != (partition == TOP_UPS))
        .then_some("it is in the wrong partition: top-ups and corrections have one, all other lines another");
    for what in contradiction.into_iter().chain(misplaced) {
        let campaign = |campaign| Place::Campaign { organisation: id.to_owned(), campaign };
        let place = line.cause.campaign().map_or_else(place, campaign);
        section.find(Rule::Posting, place, format!("a ledger line: {what}"));
    }
}
