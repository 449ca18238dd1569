//! The result of an audit, for an operator and for a test.

use std::fmt;

use crate::place::Place;

/// The rules that hold at every instant. Each finding names the one that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Every item can be read: form, version, checksum.
    Readable,
    /// A key leads to what says it belongs there, and to an organisation that exists.
    Tenancy,
    /// Answer under an idempotency key, reservation, header, text, batches and directory: all or none.
    Accept,
    /// The batches are the audience, cut in its order: each recipient once, every batch but the last full.
    Audience,
    /// Personal data carry the end of their time, and an outcome goes no sooner than its recipient.
    Retention,
    /// A journal folds: outcomes match intents, no recipient is taken twice, the outcome of another worker's call is
    /// unknown.
    Journal,
    /// Reports moved states up, and only of those that were handed over.
    Reports,
    /// Counts of closed batches and of the campaign are those of the recipients.
    Counts,
    /// A campaign's state fits its times, its batches and its counts.
    State,
    /// What has a time came to its end by then, and the clock still sees what has not.
    Deadline,
    /// No worker holds a closed batch, and an expired lease is taken over.
    Lease,
    /// No batch is damaged and waits for an operator.
    SetAside,
    /// The ledger sums to the wallet, and no part is negative.
    Wallet,
    /// A posting is what its id says, once.
    Posting,
    /// A campaign's price and its header's money are those of its recipients and its postings.
    CampaignMoney,
    /// A batch's postings are the price of what became of its recipients.
    BatchMoney,
    /// After the wait for reports nothing is held.
    Held,
    /// A roster, its header's counts and the contacts say the same.
    Roster,
    /// No edit of a book is left unfinished.
    Edit,
    /// The opt-outs are in order and counted.
    OptOuts,
    /// Every sender id of an organisation leads to it, so that no opt-out at the network is lost.
    Senders,
    /// A provider account is booked and held no further ahead than it can be.
    Turns,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Self; 22] = [
        Self::Readable,
        Self::Tenancy,
        Self::Accept,
        Self::Audience,
        Self::Retention,
        Self::Journal,
        Self::Reports,
        Self::Counts,
        Self::State,
        Self::Deadline,
        Self::Lease,
        Self::SetAside,
        Self::Wallet,
        Self::Posting,
        Self::CampaignMoney,
        Self::BatchMoney,
        Self::Held,
        Self::Roster,
        Self::Edit,
        Self::OptOuts,
        Self::Senders,
        Self::Turns,
    ];

    /// The word that an operator reads and a script matches.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Readable => "readable",
            Self::Tenancy => "tenancy",
            Self::Accept => "accept",
            Self::Audience => "audience",
            Self::Retention => "retention",
            Self::Journal => "journal",
            Self::Reports => "reports",
            Self::Counts => "counts",
            Self::State => "state",
            Self::Deadline => "deadline",
            Self::Lease => "lease",
            Self::SetAside => "set_aside",
            Self::Wallet => "wallet",
            Self::Posting => "posting",
            Self::CampaignMoney => "campaign_money",
            Self::BatchMoney => "batch_money",
            Self::Held => "held",
            Self::Roster => "roster",
            Self::Edit => "edit",
            Self::OptOuts => "opt_outs",
            Self::Senders => "senders",
            Self::Turns => "turns",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Something that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The rule that is broken.
    pub rule: Rule,
    /// Where.
    pub place: Place,
    /// The contradiction. Never personal: amounts, counts, states.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<14}  {}: {}", self.rule, self.place, self.what)
    }
}

/// The result of an audit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Organisations looked at.
    pub organisations: u64,
    /// Campaigns looked at.
    pub campaigns: u64,
    /// Recipients whose stored state was recomputed; those past their retention are gone.
    pub recipients: u64,
    /// Address books looked at.
    pub books: u64,
    /// Contacts held against their rosters.
    pub contacts: u64,
    /// Ledger lines summed.
    pub ledger_lines: u64,
    /// Batches that no campaign names: accepts that crashed before their transaction. They are harmless and
    /// expire. Looked for only if all organisations are audited.
    pub orphan_batches: u64,
    /// Campaigns, wallets and books that changed during every attempt to judge them.
    pub unsettled: u64,
    /// The findings, sorted by rule and place; the first thousand.
    pub findings: Vec<Finding>,
    /// Findings beyond those.
    pub further_findings: u64,
}

impl Report {
    /// Whether nothing was found.
    pub const fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { organisations, campaigns, recipients, books, contacts, ledger_lines, .. } = self;
        writeln!(f, "{organisations} organisations, {campaigns} campaigns, {recipients} recipients,")?;
        writeln!(f, "{books} address books, {contacts} contacts, {ledger_lines} ledger lines")?;
        if self.orphan_batches > 0 {
            writeln!(
                f,
                "{} batches of sends that were not accepted; they expire by themselves",
                self.orphan_batches
            )?;
        }
        if self.unsettled > 0 {
            writeln!(f, "{} items changed during the whole audit and were not checked", self.unsettled)?;
        }
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        match self.findings.len() as u64 + self.further_findings {
            0 => f.write_str("clean"),
            1 => f.write_str("1 finding"),
            count => write!(f, "{count} findings, {} shown", self.findings.len()),
        }
    }
}
