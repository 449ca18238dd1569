//! Which organisations there are.

use std::collections::BTreeSet;

use super::in_order;
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

/// An organisation that is there, by its id.
pub async fn known(tables: &Tables, id: &str) -> Result<String, AuditError> {
    let profile = tables.get(&Key::new(Table::Accounts, partition(id), "PROFILE")).await?;
    profile.map(|_| id.to_owned()).ok_or(AuditError::NoSuchOrganisation)
}

/// All of them, in order. A wallet of none is a finding.
pub async fn all(tables: &Tables, section: &mut Section) -> Result<Vec<String>, AuditError> {
    let segments =
        in_order((0..SEGMENTS).map(|segment| profiles(tables, segment)).collect(), SEGMENTS as usize);
    let (mut profiles, mut wallets) = (BTreeSet::new(), BTreeSet::new());
    for (some_profiles, some_wallets) in segments.await? {
        profiles.extend(some_profiles);
        wallets.extend(some_wallets);
    }
    for id in wallets.difference(&profiles) {
        let place = Place::Organisation(id.clone());
        section.find(Rule::Tenancy, place, "it has a wallet, and there is no such organisation");
    }
    Ok(profiles.into_iter().collect())
}

async fn profiles(tables: &Tables, segment: i32) -> Result<(Vec<String>, Vec<String>), AuditError> {
    let mut pages = tables.scan(Scan {
        table: Table::Accounts,
        filter: "sk = :profile OR sk = :wallet",
        values: vec![(":profile", "PROFILE"), (":wallet", "WALLET")],
        segment,
        segments: SEGMENTS,
    });
    let (mut profiles, mut wallets) = (Vec::new(), Vec::new());
    while let Some(page) = pages.next().await? {
        for item in &page {
            let Some(id) = partition_key(item).strip_prefix("ORG#") else { continue };
            let list = if sort_key(item) == "PROFILE" { &mut profiles } else { &mut wallets };
            list.push(id.to_owned());
        }
    }
    Ok((profiles, wallets))
}

/// The partition of what an organisation has one of, in every table.
pub fn partition(id: &str) -> String {
    format!("ORG#{id}")
}
