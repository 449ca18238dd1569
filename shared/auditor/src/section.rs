//! The result of auditing one part of the tables, before it is added to the report.

use crate::{
    forms::Unreadable,
    place::Place,
    report::{Finding, Report, Rule},
};

/// Findings that are kept; further ones are only counted, so that an audit of a broken table does not fill the memory.
const MOST_FINDINGS: usize = 1_000;

/// The result of auditing one part of the tables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Section {
    pub findings: Vec<Finding>,
    pub further: u64,
    pub seen: Seen,
}

/// How many items were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub organisations: u64,
    pub campaigns: u64,
    pub recipients: u64,
    pub books: u64,
    pub contacts: u64,
    pub ledger_lines: u64,
    pub orphan_batches: u64,
    pub unsettled: u64,
}

impl Section {
    pub fn find(&mut self, rule: Rule, place: Place, what: impl Into<String>) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(Finding { rule, place, what: what.into() });
        } else {
            self.further += 1;
        }
    }

    /// The value, or a finding if it cannot be read.
    pub fn read<T>(&mut self, place: impl FnOnce() -> Place, read: Result<T, Unreadable>) -> Option<T> {
        read.map_err(|unreadable| self.find(Rule::Readable, place(), unreadable.to_string())).ok()
    }

    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    pub fn unsettled() -> Self {
        Self { seen: Seen { unsettled: 1, ..Seen::default() }, ..Self::default() }
    }

    pub fn absorb(&mut self, other: Self) {
        for Finding { rule, place, what } in other.findings {
            self.find(rule, place, what);
        }
        self.further += other.further;
        self.seen = self.seen.plus(other.seen);
    }

    pub fn into_report(mut self) -> Report {
        self.findings.sort();
        let Seen { organisations, campaigns, recipients, books, contacts, ledger_lines, .. } = self.seen;
        Report {
            organisations,
            campaigns,
            recipients,
            books,
            contacts,
            ledger_lines,
            orphan_batches: self.seen.orphan_batches,
            unsettled: self.seen.unsettled,
            findings: self.findings,
            further_findings: self.further,
        }
    }
}

impl Seen {
    const fn plus(self, other: Self) -> Self {
        Self {
            organisations: self.organisations + other.organisations,
            campaigns: self.campaigns + other.campaigns,
            recipients: self.recipients + other.recipients,
            books: self.books + other.books,
            contacts: self.contacts + other.contacts,
            ledger_lines: self.ledger_lines + other.ledger_lines,
            orphan_batches: self.orphan_batches + other.orphan_batches,
            unsettled: self.unsettled + other.unsettled,
        }
    }
}
