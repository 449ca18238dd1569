//! Accounts at SMS providers that an operator added, and the routes to them: each can be read, its key names it, and every
//! route leads to an account that exists.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;

use super::stops::is_account;
use crate::{
    error::AuditError,
    forms::{Fields, Item, Unreadable, item::sort_key},
    place::Place,
    report::Rule,
    section::Section,
    tables::{Range, Table, Tables},
};

const ACCOUNT: &str = "a provider account";
const ROUTES: &str = "routes";

/// Judges every account and all routes.
pub async fn look(
    tables: &Tables,
    known: &BTreeMap<String, BTreeSet<u64>>,
    section: &mut Section,
) -> Result<(), AuditError> {
    let mut accounts: BTreeSet<String> = BTreeSet::new();
    let mut pages = tables.pages(Range::of(Table::Accounts, "PROVIDERS"));
    // Accounts come before routes in the order of their keys.
    while let Some(page) = pages.next().await? {
        for item in &page {
            match sort_key(item).strip_prefix("ROUTES") {
                None => accounts.extend(section.read(|| Place::Tables, account(item)).map(str::to_owned)),
                Some(owner) => judge_routes(item, owner, &accounts, known, section),
            }
        }
    }
    Ok(())
}

fn account(item: &Item) -> Result<&str, Unreadable> {
    let fields = Fields::of(ACCOUNT, item)?;
    fields.text("kind")?;
    let settings = item.get("settings").and_then(|settings| settings.as_m().ok());
    let are_texts = settings.is_some_and(|settings| settings.values().all(|value| value.is_s()));
    if !are_texts {
        return Err(fields.wrong("its settings are not texts by name"));
    }
    if fields.optional_unsigned("pace")? == Some(0) {
        return Err(fields.wrong("its pace is zero"));
    }
    fields.texts("senders")?;
    let paces = item.get("sender_paces").map(AttributeValue::as_m);
    let is_rate = |pace: &AttributeValue| pace.as_n().is_ok_and(|pace| pace != "0");
    if paces.is_some_and(|paces| !paces.is_ok_and(|paces| paces.values().all(is_rate))) {
        return Err(fields.wrong("the rates of its senders are not numbers by sender"));
    }
    let name = sort_key(item).strip_prefix("A#").filter(|name| is_account(name));
    name.ok_or_else(|| fields.wrong("its key names no account"))
}

/// The account of the deployment's parameters is not among the added ones: it has the name of its kind, and the tables do
/// not say which it is. So only a name that no kind can have is reported.
fn judge_routes(
    item: &Item,
    owner: &str,
    accounts: &BTreeSet<String>,
    known: &BTreeMap<String, BTreeSet<u64>>,
    section: &mut Section,
) {
    let Some(named) = section.read(|| Place::Tables, routes(item, owner)) else { return };
    let organisation = owner.strip_prefix("#ORG#");
    let place = || organisation.map_or(Place::Tables, |id| Place::Organisation(id.to_owned()));
    if organisation.is_some_and(|id| !known.contains_key(id)) {
        section.find(Rule::Tenancy, place(), "it has routes, but does not exist");
    }
    for account in named.iter().filter(|name| name.contains('-') && !accounts.contains(**name)) {
        section.find(Rule::Tenancy, place(), format!("a route leads to {account}, which does not exist"));
    }
}

/// The accounts that they lead to.
fn routes<'a>(item: &'a Item, owner: &str) -> Result<BTreeSet<&'a str>, Unreadable> {
    let fields = Fields::of(ROUTES, item)?;
    fields.unsigned("revision")?;
    if !owner.is_empty() && !owner.starts_with("#ORG#") {
        return Err(fields.wrong("their key names no organisation"));
    }
    let (mut prefixes, mut named) = (BTreeSet::new(), BTreeSet::new());
    for route in fields.maps("routes")? {
        let prefix = route.text("prefix")?;
        if prefix.starts_with('0') || prefix.len() > 15 || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(fields.wrong("a prefix in them is not a number"));
        }
        if !prefixes.insert(prefix) {
            return Err(fields.wrong("a prefix in them has two routes"));
        }
        let legs = route.maps("legs")?;
        let mut accounts = BTreeSet::new();
        let mut shares = 0;
        for leg in &legs {
            leg.optional_text("from")?;
            let share = leg.optional_unsigned("share")?.unwrap_or_default();
            if share > 0 && accounts.is_empty() {
                return Err(fields.wrong("the first account of a route in them has a share"));
            }
            shares += share;
            let account = leg.text("account")?;
            if !is_account(account) || !accounts.insert(account) {
                return Err(fields.wrong("a route in them names an account twice, or none"));
            }
        }
        if legs.is_empty() {
            return Err(fields.wrong("a route in them has no account"));
        }
        if shares >= 100 {
            return Err(fields.wrong("the shares of a route in them leave nothing for its first account"));
        }
        named.extend(accounts);
    }
    Ok(named)
}
