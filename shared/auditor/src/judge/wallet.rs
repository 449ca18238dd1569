//! A wallet against its ledger, and the ledger against itself.
//!
//! ```text
//! available = top-ups − corrections − reserves + releases
//! reserved  = reserves − settles − releases
//! charged   = settles
//! ```

use std::collections::BTreeSet;

use super::money::shown;
use crate::forms::{
    Fields, Item, Unreadable,
    ledger::{Cause, Line},
};

/// The sum of a ledger.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub lines: u64,
    /// Whether a line could not be read, so that the sums cannot be used.
    pub is_partial: bool,
    top_ups: i128,
    corrections: i128,
    reserves: i128,
    settles: i128,
    releases: i128,
    /// Campaigns that money is reserved for.
    pub reserved_for: BTreeSet<u64>,
    /// Campaigns for which money was charged or refunded.
    pub moved_for: BTreeSet<u64>,
}

impl Ledger {
    pub fn add(&mut self, line: &Line<'_>) {
        let amount = i128::from(line.amount);
        self.lines += 1;
        match line.cause {
            Cause::TopUp => self.top_ups += amount,
            Cause::Correction => self.corrections += amount,
            Cause::Reserve { campaign } => {
                self.reserves += amount;
                self.reserved_for.insert(campaign);
            }
            Cause::Settle { campaign, .. } => {
                self.settles += amount;
                self.moved_for.insert(campaign);
            }
            Cause::Release { campaign, .. } => {
                self.releases += amount;
                self.moved_for.insert(campaign);
            }
        }
    }
}

/// The contradictions of a wallet; a wallet without an item is empty.
pub fn judge(item: Option<&Item>, ledger: &Ledger) -> Result<Vec<String>, Unreadable> {
    if ledger.is_partial {
        return Ok(Vec::new());
    }
    let fields = item.map(|item| Fields::of("a wallet", item)).transpose()?;
    let part = |name: &str| match fields {
        Some(fields) => fields.integer(name).map(i128::from),
        None => Ok(0),
    };
    let Ledger { top_ups, corrections, reserves, settles, releases, lines, .. } = ledger;
    let parts = [
        ("available", part("available")?, top_ups - corrections - reserves + releases),
        ("reserved", part("reserved")?, reserves - settles - releases),
        ("charged", part("charged")?, *settles),
    ];
    let mut wrong = Vec::new();
    for (name, found, expected) in parts {
        if found != expected {
            wrong.push(format!("{name} is {}; the ledger gives {}", shown(found), shown(expected)));
        }
        if found < 0 {
            wrong.push(format!("{name} is below zero"));
        }
    }
    let counted = part("line_count")?;
    if counted != i128::from(*lines) {
        wrong.push(format!("it counts {counted} ledger lines, but has {lines}"));
    }
    Ok(wrong)
}
