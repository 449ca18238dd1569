//! The way through the tables: organisation by organisation, then items of no organisation.

mod answers;
mod books;
mod campaign;
mod campaigns;
mod contacts;
mod keys;
mod ledger;
mod opt_outs;
mod organisations;
mod providers;
mod scope;
mod senders;
mod settled;
mod side_by_side;
mod stops;
mod unowned;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, future::try_join4, stream};
pub use scope::Keep;
use scope::Scope;
use side_by_side::SIDE_BY_SIDE;

use crate::{
    error::AuditError,
    options::Options,
    place::Place,
    report::{Report, Rule},
    section::Section,
    stored_campaigns::{self, StoredCampaigns},
    tables::Tables,
};

/// The judgement of an organisation's items, and its campaigns.
struct Organisation {
    section: Section,
    campaigns: Vec<stored_campaigns::Campaign>,
}

/// Audits the organisations of the options.
pub async fn walk(
    tables: &Tables,
    options: &Options,
    keep: Keep,
) -> Result<(Report, StoredCampaigns), AuditError> {
    let scope = Scope { tables, now: options.now_millis, keep };
    let mut whole = Section::default();
    let ids = match &options.organisation {
        Some(id) => vec![organisations::known(tables, id).await?],
        None => organisations::all(tables, &mut whole).await?,
    };
    let (mut known, mut picture) = (BTreeMap::new(), StoredCampaigns::default());
    let reads: Vec<_> = ids.iter().map(|id| scope.organisation(id)).collect();
    let mut organisations = stream::iter(ids.iter()).zip(stream::iter(reads).buffered(SIDE_BY_SIDE));
    while let Some((id, organisation)) = organisations.next().await {
        let Organisation { section, campaigns } = organisation?;
        whole.absorb(section);
        known.insert(id.clone(), numbers(&campaigns));
        picture.campaigns.extend(campaigns);
    }
    if options.organisation.is_none() {
        stops::look(tables, &known, &mut whole).await?;
        providers::look(tables, &known, &mut whole).await?;
        whole.absorb(unowned::look(tables, &known, options.now_millis).await?);
    }
    Ok((whole.into_report(), picture))
}

impl Scope<'_> {
    async fn organisation(&self, id: &str) -> Result<Organisation, AuditError> {
        let mut section = Section::default();
        section.seen.organisations = 1;
        // The ledger is read first, so that every campaign that it names exists when campaigns are read.
        let ledger = ledger::look(self.tables, id, &mut section).await?;
        let campaigns = campaigns::look(self, id, &mut section).await?;
        for campaign in ledger.reserved_for.difference(&numbers(&campaigns)) {
            let place = Place::Campaign { organisation: id.to_owned(), campaign: *campaign };
            section.find(Rule::Accept, place, "money was reserved for it, but it does not exist");
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

fn numbers(campaigns: &[stored_campaigns::Campaign]) -> BTreeSet<u64> {
    campaigns.iter().map(|campaign| campaign.campaign).collect()
}
