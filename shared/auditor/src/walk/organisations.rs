//! Which organisations there are.

use std::collections::BTreeSet;

use super::{
    keys::partition,
    senders::{self, Lead},
    side_by_side::{CALLS_AT_ONCE, in_order},
};
use crate::{
    error::AuditError,
    forms::item::{partition_key, sort_key},
    place::Place,
    report::Rule,
    section::Section,
    tables::{Key, Scan, Table, Tables},
};

/// Segments of a table that are scanned side by side.
pub const SEGMENTS: i32 = 4;

/// The id of an organisation, or an error if it does not exist.
pub async fn known(tables: &Tables, id: &str) -> Result<String, AuditError> {
    let profile = tables.get(&Key::new(Table::Accounts, partition(id), "PROFILE")).await?;
    profile.map(|_| id.to_owned()).ok_or(AuditError::NoSuchOrganisation)
}

/// All organisations, in order. A wallet without an organisation is a finding, and so is a sender id that leads to an
/// organisation that may not use it.
pub async fn all(tables: &Tables, section: &mut Section) -> Result<Vec<String>, AuditError> {
    let segments =
        in_order((0..SEGMENTS).map(|segment| profiles(tables, segment)).collect(), SEGMENTS as usize);
    let (mut profiles, mut wallets, mut leads) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for found in segments.await? {
        profiles.extend(found.profiles);
        wallets.extend(found.wallets);
        leads.extend(found.leads);
    }
    let judged = leads.iter().map(|lead| senders::judge(tables, lead)).collect();
    in_order(judged, CALLS_AT_ONCE).await?.into_iter().for_each(|part| section.absorb(part));
    for id in wallets.difference(&profiles) {
        let place = Place::Organisation(id.clone());
        section.find(Rule::Tenancy, place, "it has a wallet, but no profile");
    }
    Ok(profiles.into_iter().collect())
}

/// The organisations' items of a segment.
#[derive(Default)]
struct Found {
    profiles: Vec<String>,
    wallets: Vec<String>,
    leads: Vec<Lead>,
}

async fn profiles(tables: &Tables, segment: i32) -> Result<Found, AuditError> {
    let mut pages = tables.scan(Scan {
        table: Table::Accounts,
        filter: "sk = :profile OR sk = :wallet OR begins_with(pk, :sender)",
        values: vec![(":profile", "PROFILE"), (":wallet", "WALLET"), (":sender", "SENDER#")],
        segment,
        segments: SEGMENTS,
    });
    let mut found = Found::default();
    while let Some(page) = pages.next().await? {
        for item in &page {
            found.leads.extend(Lead::of(partition_key(item), sort_key(item)));
            let Some(id) = partition_key(item).strip_prefix("ORG#") else { continue };
            match sort_key(item) {
                "PROFILE" => found.profiles.push(id.to_owned()),
                _ => found.wallets.extend(id.strip_suffix("#WALLET").map(str::to_owned)),
            }
        }
    }
    Ok(found)
}
