//! One campaign: its header, its terms, its postings, and its batches in their order.

use futures_util::{StreamExt, future::try_join, stream};

use super::{
    keys::partition,
    scope::{Keep, Scope},
    settled::Judged,
    side_by_side::CALLS_AT_ONCE,
};
use crate::{
    error::AuditError,
    forms::{
        Fields, Item,
        batch::Directory,
        campaign::{Header, Terms},
        kept::Kept,
        ledger::Line,
    },
    judge::{
        batch::{self, Frame},
        campaign::{CampaignSums, judge_postings},
        header::{self, batches},
        kept,
        money::CampaignPostings,
    },
    place::CampaignKey,
    report::Rule,
    section::Section,
    stored_campaigns,
    tables::{Key, Range, Table, Tables},
};

/// Judges a campaign by the header that was read.
pub async fn judge(
    scope: &Scope<'_>,
    key: &CampaignKey,
    header: Option<&Item>,
) -> Result<Judged<stored_campaigns::Campaign>, AuditError> {
    let mut section = Section::default();
    section.seen.campaigns = 1;
    let mut found = unread(key);
    if let Some(header) = header.and_then(|item| section.read(|| key.place(), Header::read(item))) {
        found.is_live = header.is_live;
        found.batches = judge_read(scope, key, &header, &mut section).await?;
    }
    Ok(Judged { section, found })
}

/// A campaign of which only the key is known.
pub fn unread(key: &CampaignKey) -> stored_campaigns::Campaign {
    let CampaignKey { organisation, campaign } = key.clone();
    stored_campaigns::Campaign { organisation, campaign, is_live: false, batches: Vec::new() }
}

async fn judge_read(
    scope: &Scope<'_>,
    key: &CampaignKey,
    header: &Header,
    section: &mut Section,
) -> Result<Vec<stored_campaigns::Batch>, AuditError> {
    if (&header.organisation, header.campaign) != (&key.organisation, key.campaign) {
        section.find(Rule::Tenancy, key.place(), "its header names another campaign");
    }
    for (rule, what) in header::judge(header, scope.now) {
        section.find(rule, key.place(), what);
    }
    let (terms, postings) = try_join(terms(scope.tables, key), postings(scope.tables, key)).await?;
    let terms = match terms {
        Some(item) => {
            judge_text(key, header, &item, section);
            section.read(|| key.place(), Terms::read(&item))
        }
        // After its retention the text may be deleted.
        None if scope.now >= header.kept_until => None,
        None => {
            section.find(Rule::Accept, key.place(), "it was accepted, but its text is missing");
            None
        }
    };
    judge_postings(key, header, &postings, section);
    // After their retention all or some of the batches may be deleted.
    if scope.now >= header.kept_until {
        return Ok(Vec::new());
    }
    section.seen.recipients = header.recipients;
    judge_batches(scope, key, header, terms.as_ref(), &postings, section).await
}

/// Judges that a text expires with its recipients.
fn judge_text(key: &CampaignKey, header: &Header, text: &Item, section: &mut Section) {
    let expires_at = Fields::of("a campaign's text", text).and_then(|text| text.integer("expires_at"));
    if let Some(expires_at) = section.read(|| key.place(), expires_at)
        && expires_at != header.kept_until.div_euclid(1_000)
    {
        section.find(Rule::Retention, key.place(), "its text expires at another time than its recipients");
    }
}

async fn judge_batches(
    scope: &Scope<'_>,
    key: &CampaignKey,
    header: &Header,
    terms: Option<&Terms>,
    postings: &CampaignPostings,
    section: &mut Section,
) -> Result<Vec<stored_campaigns::Batch>, AuditError> {
    let frame = Frame { key, header, terms, now: scope.now };
    // A test campaign has no directory, because no report is ever about it.
    let directory = if header.is_live { directory(scope.tables, key, header, section).await? } else { None };
    let read = |number| async move { (number, items(scope.tables, key, number).await) };
    let mut reads = stream::iter(0..batches(header)).map(read).buffered(CALLS_AT_ONCE);
    let (mut whole, mut kept_batches) = (CampaignSums::default(), Vec::new());
    while let Some((number, items)) = reads.next().await {
        let items = items?;
        let summary = batch::judge(frame, number, &items, postings.of_batch(number), section);
        whole.add(&summary);
        if scope.keep == Keep::ReportAndPicture {
            let (items, recipients) = (items.len() as u64, summary.states);
            kept_batches.push(stored_campaigns::Batch { number, items, recipients });
        }
    }
    whole.judge(key, header, directory.as_ref(), section);
    if let Some(kept) = kept_counts(scope.tables, key, section).await? {
        kept::judge(key, header, &whole, &kept, section);
    }
    Ok(kept_batches)
}

async fn items(tables: &Tables, key: &CampaignKey, batch: u32) -> Result<Vec<Item>, AuditError> {
    let CampaignKey { organisation, campaign } = key;
    tables.pages(Range::of(Table::Campaigns, format!("ORG#{organisation}#C{campaign}#B{batch}"))).all().await
}

async fn terms(tables: &Tables, key: &CampaignKey) -> Result<Option<Item>, AuditError> {
    let place = format!("T#{:012}", key.campaign);
    tables.get(&Key::new(Table::Campaigns, partition(&key.organisation), place)).await
}

async fn directory(
    tables: &Tables,
    key: &CampaignKey,
    header: &Header,
    section: &mut Section,
) -> Result<Option<Directory>, AuditError> {
    let CampaignKey { organisation, campaign } = key;
    let place = Key::new(Table::Campaigns, format!("ORG#{organisation}#C{campaign}"), "DIR");
    let Some(item) = tables.get(&place).await? else {
        section.find(Rule::Accept, key.place(), "it was accepted, but its directory is missing");
        return Ok(None);
    };
    let directory = section.read(|| key.place(), Directory::read(&item));
    let expected = header.kept_until.div_euclid(1_000);
    if directory.as_ref().is_some_and(|directory| directory.expires_at != Some(expected)) {
        section.find(Rule::Retention, key.place(), "its directory expires at another time than its batches");
    }
    Ok(directory)
}

/// Reads the counts items; `None` if one of them cannot be read.
async fn kept_counts(
    tables: &Tables,
    key: &CampaignKey,
    section: &mut Section,
) -> Result<Option<Vec<Kept>>, AuditError> {
    let CampaignKey { organisation, campaign } = key;
    let partition = format!("ORG#{organisation}#C{campaign}");
    let range = Range::of(Table::Campaigns, partition).beginning_with("COUNTS#");
    let items = tables.pages(range).all().await?;
    let read: Vec<_> = items.iter().map(|item| section.read(|| key.place(), Kept::read(item))).collect();
    Ok(read.into_iter().collect())
}

/// The campaign's postings. Lines that cannot be read are findings of the ledger's own judgement.
async fn postings(tables: &Tables, key: &CampaignKey) -> Result<CampaignPostings, AuditError> {
    let CampaignKey { organisation, campaign } = key;
    let ledger = format!("ORG#{organisation}#LEDGER");
    let mut postings = CampaignPostings::default();
    let mut add = |item: &Item| match Line::read(item) {
        Ok(line) => postings.add(&line),
        Err(_) => postings.is_partial = true,
    };
    let reserve = Key::new(Table::Accounts, &ledger, format!("reserve:{campaign}"));
    tables.get(&reserve).await?.iter().for_each(&mut add);
    for kind in ["settle", "release"] {
        let range = Range::of(Table::Accounts, &ledger).beginning_with(format!("{kind}:{campaign}:"));
        let mut pages = tables.pages(range);
        while let Some(page) = pages.next().await? {
            page.iter().for_each(&mut add);
        }
    }
    Ok(postings)
}
