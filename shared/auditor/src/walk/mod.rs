//! The way through the tables: organisation by organisation, then what belongs to none.

mod answers;
mod books;
mod campaign;
mod campaigns;
mod contacts;
mod ledger;
mod opt_outs;
mod organisations;
mod senders;
mod settled;
mod strangers;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, future::try_join4, stream};

use crate::{
    Options,
    error::AuditError,
    evidence::ProviderTruth,
    judge::{calls, evidence},
    place::Place,
    report::Report,
    report::Rule,
    section::Section,
    tables::Tables,
};

/// Organisations, campaigns of one, or books of one, that are looked at side by side.
const SIDE_BY_SIDE: usize = 4;
/// Calls of one campaign or book under way at once.
const CALLS_AT_ONCE: usize = 16;

/// What an organisation's part of the tables came to.
struct Organisation {
    section: Section,
    /// Numbers of its campaigns.
    campaigns: BTreeSet<u64>,
}

/// What every part of the way needs.
#[derive(Clone, Copy)]
struct Walk<'a> {
    tables: &'a Tables,
    now: i64,
    provider: Option<&'a ProviderTruth>,
}

/// Audits what the options name.
pub async fn walk(tables: &Tables, options: &Options) -> Result<Report, AuditError> {
    let walk = Walk { tables, now: options.now_millis, provider: options.provider.as_ref() };
    let mut whole = Section::default();
    let ids = match &options.organisation {
        Some(id) => vec![organisations::known(tables, id).await?],
        None => organisations::all(tables, &mut whole).await?,
    };
    let mut campaigns = BTreeMap::new();
    let reads: Vec<_> = ids.iter().map(|id| walk.organisation(id)).collect();
    let mut organisations = stream::iter(ids.iter()).zip(stream::iter(reads).buffered(SIDE_BY_SIDE));
    while let Some((id, organisation)) = organisations.next().await {
        let Organisation { section, campaigns: numbers } = organisation?;
        whole.absorb(section);
        campaigns.insert(id.clone(), numbers);
    }
    if options.organisation.is_none() {
        whole.absorb(strangers::look(tables, &campaigns).await?);
    }
    if let Some(provider) = &options.provider {
        judge_provider(provider, &campaigns, options.organisation.as_deref(), &mut whole);
    }
    if let Some(log) = &options.calls {
        calls::judge(log, &mut whole);
    }
    Ok(whole.into_report())
}

impl Walk<'_> {
    async fn organisation(&self, id: &str) -> Result<Organisation, AuditError> {
        let mut section = Section::default();
        section.seen.organisations = 1;
        // The ledger first: whatever it names then, the campaigns that are read later have.
        let ledger = ledger::look(self.tables, id, &mut section).await?;
        let campaigns = campaigns::look(self, id, &mut section).await?;
        let missing = ledger.reserved_for.difference(&campaigns);
        for campaign in missing {
            let place = Place::Campaign { organisation: id.to_owned(), campaign: *campaign };
            section.find(Rule::Accept, place, "money was reserved for it, and it is not there");
        }
        let (answers, books, opt_outs, senders) = try_join4(
            answers::look(self.tables, id),
            books::look(self, id),
            opt_outs::look(self.tables, id),
            senders::look(self.tables, id),
        )
        .await?;
        [answers, books, opt_outs, senders].into_iter().for_each(|part| section.absorb(part));
        Ok(Organisation { section, campaigns })
    }
}

/// What of the provider's truth no single campaign can be judged by.
fn judge_provider(
    provider: &ProviderTruth,
    campaigns: &BTreeMap<String, BTreeSet<u64>>,
    only: Option<&str>,
    whole: &mut Section,
) {
    let known = |organisation: &str, campaign: u64| {
        campaigns.get(organisation).is_some_and(|numbers| numbers.contains(&campaign))
    };
    for (organisation, campaign) in provider.campaigns() {
        if only.is_none_or(|only| only == organisation) && !known(organisation, campaign) {
            let place = Place::Campaign { organisation: organisation.to_owned(), campaign };
            whole.find(Rule::TakenIsShown, place, "the provider took messages of it, and it is not there");
        }
    }
    if !provider.has_references() {
        let claims = std::mem::take(&mut whole.claims);
        evidence::judge_numbers(provider.numbers(), &claims, whole);
    }
    let unknowns = whole.seen.unknowns;
    if provider.unknown_limit().is_some_and(|limit| unknowns > limit) {
        let what = format!("{unknowns} recipients are unknown, more than lost answers explain");
        whole.find(Rule::Unknowns, Place::Tables, what);
    }
}

/// Runs futures some at a time and gives their results in order, or the first error.
async fn in_order<T>(
    futures: Vec<impl Future<Output = Result<T, AuditError>>>,
    at_once: usize,
) -> Result<Vec<T>, AuditError> {
    stream::iter(futures).buffered(at_once).try_collect().await
}
