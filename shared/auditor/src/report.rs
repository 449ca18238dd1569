//! The result of an audit, for an operator and for a test.

use std::fmt;

use crate::place::Place;

/// The rules that hold at every instant. Each finding names the one that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Every item can be read: form, version, checksum.
    Readable,
    /// Every key leads to an existing organisation, and to an item that confirms it.
    Tenancy,
    /// An accepted campaign has its idempotency answer, reservation, header, text, batches and directory.
    Accept,
    /// The batches are the audience, cut in its order: each recipient once, every batch but the last full.
    Audience,
    /// Personal data expire, and no outcome expires before its recipient.
    Retention,
    /// A journal folds: outcomes match intents, and the outcome of another worker's call is unknown. Of all hand-overs
    /// of a recipient at most one can have been taken, and no other follows it. An account that has declined a recipient
    /// does not get it again.
    Journal,
    /// Reports only moved statuses up, and only of recipients that were handed over. A campaign names every account that
    /// may report about a closed batch.
    Reports,
    /// Counts of closed batches and of the campaign are those of the recipients.
    Counts,
    /// A campaign's state fits its times, its batches and its counts.
    State,
    /// A deadline was met, and the clock still finds campaigns with a later one.
    Deadline,
    /// No worker holds a closed batch, and an expired lease is taken over.
    Lease,
    /// No batch is damaged and waits for an operator.
    SetAside,
    /// The ledger sums to the wallet, and no part is negative.
    Wallet,
    /// A posting matches its id, which is written once.
    Posting,
    /// A campaign's price and its header's money are those of its recipients and its postings.
    CampaignMoney,
    /// A batch's postings are the cost of its recipients by their outcomes.
    BatchMoney,
    /// After the wait for reports no money is held.
    Held,
    /// A roster, its header's counts and the contacts agree.
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

/// A contradiction in the stored data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The rule that is broken.
    pub rule: Rule,
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
    /// Organisations that were read.
    pub organisations: u64,
    /// Campaigns that were read.
    pub campaigns: u64,
    /// Recipients whose stored status was recomputed; those past their retention are deleted.
    pub recipients: u64,
    /// Address books that were read.
    pub books: u64,
    /// Contacts that were compared with their rosters.
    pub contacts: u64,
    /// Ledger lines summed.
    pub ledger_lines: u64,
    /// Batches that no campaign names: from sends that crashed before their transaction. They are harmless and expire.
    /// Searched only if all organisations are audited.
    pub orphan_batches: u64,
    /// Campaigns, wallets and books that changed during every attempt to judge them.
    pub unsettled: u64,
    /// The findings, sorted by rule and place; the first thousand.
    pub findings: Vec<Finding>,
    /// Findings beyond those.
    pub further_findings: u64,
}

impl Report {
    /// Whether there are no findings.
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
