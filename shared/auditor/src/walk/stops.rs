//! Stops: each names an activity, and all organisations or an existing one.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    error::AuditError,
    forms::{Fields, Item, Unreadable, item::sort_key},
    place::Place,
    report::Rule,
    section::Section,
    tables::{Range, Table, Tables},
};

const WHAT: &str = "a stop";

/// Judges every stop.
pub async fn look(
    tables: &Tables,
    known: &BTreeMap<String, BTreeSet<u64>>,
    section: &mut Section,
) -> Result<(), AuditError> {
    let mut pages = tables.pages(Range::of(Table::Accounts, "STOPS"));
    while let Some(page) = pages.next().await? {
        for item in &page {
            let stopped = section.read(|| Place::Tables, organisation(item)).flatten();
            if let Some(id) = stopped.filter(|id| !known.contains_key(*id)) {
                let place = Place::Organisation(id.to_owned());
                section.find(Rule::Tenancy, place, "it is stopped, but does not exist");
            }
        }
    }
    Ok(())
}

/// The organisation of a stop; `None` for a stop of all, and for a hold of a provider account.
fn organisation(item: &Item) -> Result<Option<&str>, Unreadable> {
    let fields = Fields::of(WHAT, item)?;
    fields.integer("since")?;
    fields.optional_text("reason")?;
    let place = sort_key(item);
    let scope = place.strip_suffix("#ACCEPTING").or_else(|| place.strip_suffix("#DISPATCHING"));
    match scope.map(|scope| (scope, scope.strip_prefix("ORG#"))) {
        None if place.strip_prefix("ACCOUNT#").is_some_and(is_account) => Ok(None),
        Some(("ALL", None)) => Ok(None),
        Some((_, Some(id))) => Ok(Some(id)),
        _ => Err(fields.wrong("its key names no activity, or no organisation")),
    }
}

pub fn is_account(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=20).contains(&name.len()) && name.bytes().all(is_plain)
}
