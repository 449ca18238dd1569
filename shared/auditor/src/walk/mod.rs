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
    picture::{self, Picture},
    place::Place,
    report::{Report, Rule},
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
    campaigns: Vec<picture::Campaign>,
}

/// What the caller of an audit wants to have of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// The report alone.
    Report,
    /// The report, and the campaigns with their recipients.
    ReportAndPicture,
}

/// What every part of the way needs.
#[derive(Clone, Copy)]
struct Walk<'a> {
    tables: &'a Tables,
    now: i64,
    keep: Keep,
}

/// Audits what the options name.
pub async fn walk(tables: &Tables, options: &Options, keep: Keep) -> Result<(Report, Picture), AuditError> {
    let walk = Walk { tables, now: options.now_millis, keep };
    let mut whole = Section::default();
    let ids = match &options.organisation {
        Some(id) => vec![organisations::known(tables, id).await?],
        None => organisations::all(tables, &mut whole).await?,
    };
    let (mut known, mut picture) = (BTreeMap::new(), Picture::default());
    let reads: Vec<_> = ids.iter().map(|id| walk.organisation(id)).collect();
    let mut organisations = stream::iter(ids.iter()).zip(stream::iter(reads).buffered(SIDE_BY_SIDE));
    while let Some((id, organisation)) = organisations.next().await {
        let Organisation { section, campaigns } = organisation?;
        whole.absorb(section);
        known.insert(id.clone(), numbers(&campaigns));
        picture.campaigns.extend(campaigns);
    }
    if options.organisation.is_none() {
        whole.absorb(strangers::look(tables, &known).await?);
    }
    Ok((whole.into_report(), picture))
}

impl Walk<'_> {
    async fn organisation(&self, id: &str) -> Result<Organisation, AuditError> {
        let mut section = Section::default();
        section.seen.organisations = 1;
        // The ledger first: whatever it names then, the campaigns that are read later have.
        let ledger = ledger::look(self.tables, id, &mut section).await?;
        let campaigns = campaigns::look(self, id, &mut section).await?;
        for campaign in ledger.reserved_for.difference(&numbers(&campaigns)) {
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

fn numbers(campaigns: &[picture::Campaign]) -> BTreeSet<u64> {
    campaigns.iter().map(|campaign| campaign.campaign).collect()
}

/// Runs futures some at a time and gives their results in order, or the first error.
async fn in_order<T>(
    futures: Vec<impl Future<Output = Result<T, AuditError>>>,
    at_once: usize,
) -> Result<Vec<T>, AuditError> {
    stream::iter(futures).buffered(at_once).try_collect().await
}
