//! A campaign against its batches: the audience, the counts, the price.

use super::{
    batch::Summary,
    header::batches,
    money::{CampaignPostings, shown},
};
use crate::{
    forms::{
        batch::{Directory, Stage, Start},
        campaign::Header,
        counts::Counts,
    },
    place::CampaignKey,
    report::Rule,
    section::Section,
};

/// The sums of a campaign's batches, gathered in their order.
#[derive(Clone, Default)]
pub struct CampaignSums {
    recipients: u64,
    open: i64,
    set_aside: i64,
    /// Batches that are not closed and have journal records.
    begun: Vec<u64>,
    counts: Counts,
    /// The state of each batch, and its counts if it is closed; `None` if they cannot be read.
    batches: Vec<(Option<Stage>, Option<Counts>)>,
    price: i128,
    /// First recipients, in the order of the batches.
    starts: Vec<Option<Start>>,
    last: Option<Start>,
    is_disordered: bool,
    /// Whether a batch could not be read completely, so that the sums cannot be used.
    is_partial: bool,
    is_unpriced: bool,
}

impl CampaignSums {
    pub fn add(&mut self, summary: &Summary) {
        self.recipients += summary.recipients;
        if summary.is_begun && summary.stage != Some(Stage::Closed) {
            self.begun.push(self.batches.len() as u64);
        }
        self.batches.push((summary.stage, summary.counts));
        self.starts.push(summary.span.map(|(first, _)| first));
        if let Some((first, last)) = summary.span {
            self.is_disordered |= self.last.is_some_and(|before| before >= first);
            self.last = Some(last);
        }
        self.set_aside += i64::from(summary.stage == Some(Stage::SetAside));
        match (summary.stage, summary.counts) {
            (Some(Stage::Closed), Some(counts)) => self.counts = self.counts.plus(counts),
            (Some(Stage::Open | Stage::Untouched | Stage::SetAside), _) => self.open += 1,
            _ => self.is_partial = true,
        }
        match summary.price {
            Some(price) => self.price += price,
            None => self.is_unpriced = true,
        }
    }

    pub fn batches(&self) -> &[(Option<Stage>, Option<Counts>)] {
        &self.batches
    }

    /// Judges the header and the directory by the sums of the batches.
    pub fn judge(
        &self,
        key: &CampaignKey,
        header: &Header,
        directory: Option<&Directory>,
        section: &mut Section,
    ) {
        let mut find = |rule, what: String| section.find(rule, key.place(), what);
        if self.is_disordered {
            find(Rule::Audience, "its batches overlap: a number may be in two of them".to_owned());
        }
        if let Some(directory) = directory
            && self.starts.iter().all(Option::is_some)
            && !self.starts.iter().flatten().eq(&directory.starts)
        {
            find(Rule::Audience, "its directory does not say where its batches begin".to_owned());
        }
        if let Some(batch) = self.begun.iter().find(|batch| !header.begun.contains(batch)) {
            find(
                Rule::Counts,
                format!(
                    "batch {batch} is begun, but the header does not name it, so its recipients are not counted"
                ),
            );
        }
        if !self.is_partial {
            if self.counts != header.counts {
                let (found, expected) = (header.counts, self.counts);
                find(Rule::Counts, format!("its counts are {found}; its closed batches give {expected}"));
            }
            if self.open != header.open_batches {
                let (found, expected) = (header.open_batches, self.open);
                find(Rule::Counts, format!("it counts {found} open batches, but has {expected}"));
            }
            if self.set_aside != header.set_aside {
                let (found, expected) = (header.set_aside, self.set_aside);
                find(Rule::Counts, format!("it counts {found} batches set aside, but has {expected}"));
            }
        }
        if !self.is_unpriced && self.price != i128::from(header.estimated_cost) {
            let (found, expected) = (shown(header.estimated_cost.into()), shown(self.price));
            find(Rule::CampaignMoney, format!("its cost is {found}; its recipients cost {expected}"));
        }
    }
}

/// Judges a header by the postings for its campaign.
pub fn judge_postings(
    key: &CampaignKey,
    header: &Header,
    postings: &CampaignPostings,
    section: &mut Section,
) {
    if postings.is_partial {
        return;
    }
    let mut find = |rule, what: String| section.find(rule, key.place(), what);
    match (header.is_live, postings.reserved) {
        (true, None) => find(Rule::Accept, "it was accepted, but no money was reserved for it".to_owned()),
        (false, Some(_)) => {
            find(Rule::Accept, "it is a test campaign, but money was reserved for it".to_owned())
        }
        (true, Some(reserved)) if reserved != i128::from(header.estimated_cost) => {
            let (reserved, cost) = (shown(reserved), shown(header.estimated_cost.into()));
            find(Rule::CampaignMoney, format!("{reserved} was reserved for it, but it costs {cost}"));
        }
        _ => {}
    }
    let parts =
        [("charged", header.charged, postings.settled()), ("refunded", header.refunded, postings.released())];
    for (name, found, expected) in parts {
        if i128::from(found) != expected {
            let (found, expected) = (shown(found.into()), shown(expected));
            find(
                Rule::CampaignMoney,
                format!("its header says {found} {name}; its ledger lines say {expected}"),
            );
        }
    }
    if let Some(unknown) = postings.batches.keys().find(|batch| **batch >= batches(header)) {
        find(Rule::Posting, format!("money was moved for batch {unknown}, which it does not have"));
    }
}
