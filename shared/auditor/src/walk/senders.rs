//! Sender ids: each leads exactly to the organisations that may use it.

use std::collections::BTreeSet;

use super::{
    keys::partition,
    settled::{Judged, settled},
};
use crate::{
    error::AuditError,
    forms::{Fields, Item, Unreadable},
    place::Place,
    report::Rule,
    section::Section,
    tables::{Key, Table, Tables},
};

/// An item that leads from a sender id to an organisation, by its key.
pub struct Lead {
    sender: String,
    organisation: String,
}

impl Lead {
    /// Reads the key `SENDER#<sender>`, `ORG#<organisation>`; `None` for any other key.
    pub fn of(pk: &str, sk: &str) -> Option<Self> {
        let (sender, organisation) = (pk.strip_prefix("SENDER#")?, sk.strip_prefix("ORG#")?);
        Some(Self { sender: sender.to_owned(), organisation: organisation.to_owned() })
    }
}

/// Judges that an organisation's sender ids lead to it. Otherwise an opt-out at the network would be lost.
pub async fn look(tables: &Tables, id: &str) -> Result<Section, AuditError> {
    beside_the_profile(tables, id, async |profile| {
        let mut section = Section::default();
        let place = || Place::Organisation(id.to_owned());
        for sender in section.read(place, senders(profile)).unwrap_or_default() {
            let lead = tables.get(&key(&sender, id)).await?;
            let form = lead
                .as_ref()
                .map(|lead| Fields::of("a sender id's organisation", lead)?.text("organisation"));
            match form.map(|named| section.read(place, named)) {
                Some(Some(named)) if named != id => {
                    section.find(
                        Rule::Tenancy,
                        place(),
                        "the item of one of its sender ids names another organisation",
                    );
                }
                Some(_) => {}
                None => {
                    section.find(Rule::Senders, place(), "one of its sender ids has no item that leads to it")
                }
            }
        }
        Ok(section)
    })
    .await
}

/// Judges that a sender id leads to an organisation that may use it. Otherwise the organisation would get another one's
/// opt-outs.
pub async fn judge(tables: &Tables, lead: &Lead) -> Result<Section, AuditError> {
    let id = &lead.organisation;
    beside_the_profile(tables, id, async |profile| {
        let mut section = Section::default();
        let place = || Place::Organisation(id.clone());
        let known = section.read(place, senders(profile)).unwrap_or_default();
        if !known.contains(&lead.sender) && tables.get(&key(&lead.sender, id)).await?.is_some() {
            section.find(
                Rule::Tenancy,
                place(),
                "an item leads to it from a sender id that it does not have",
            );
        }
        Ok(section)
    })
    .await
}

/// Judges between two reads of the profile, which every change of sender ids writes too.
async fn beside_the_profile(
    tables: &Tables,
    id: &str,
    judge: impl AsyncFn(Option<&Item>) -> Result<Section, AuditError>,
) -> Result<Section, AuditError> {
    let anchor = Key::new(Table::Accounts, partition(id), "PROFILE");
    let first = tables.get(&anchor).await?;
    let judged =
        async |profile: Option<&Item>| judge(profile).await.map(|section| Judged { section, found: () });
    let judged = settled(tables, &anchor, first, judged).await?;
    Ok(judged.map_or_else(Section::unsettled, |judged| judged.section))
}

/// The sender ids of a profile; empty if the profile is missing.
fn senders(profile: Option<&Item>) -> Result<BTreeSet<String>, Unreadable> {
    let Some(profile) = profile else { return Ok(BTreeSet::new()) };
    let profile = Fields::of("an organisation", profile)?;
    let mut senders: BTreeSet<String> = profile.texts("senders")?.into_iter().map(str::to_owned).collect();
    senders.insert(profile.text("default_sender")?.to_owned());
    Ok(senders)
}

fn key(sender: &str, id: &str) -> Key {
    Key::new(Table::Accounts, format!("SENDER#{sender}"), partition(id))
}
