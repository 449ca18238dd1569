//! Accounts at SMS providers that an operator added: each can be read, and its key names it.

use super::stops::is_account;
use crate::{
    error::AuditError,
    forms::{Fields, Item, Unreadable, item::sort_key},
    place::Place,
    section::Section,
    tables::{Range, Table, Tables},
};

const WHAT: &str = "a provider account";

/// Judges every account.
pub async fn look(tables: &Tables, section: &mut Section) -> Result<(), AuditError> {
    let mut pages = tables.pages(Range::of(Table::Accounts, "PROVIDERS"));
    while let Some(page) = pages.next().await? {
        for item in &page {
            section.read(|| Place::Tables, account(item));
        }
    }
    Ok(())
}

fn account(item: &Item) -> Result<(), Unreadable> {
    let fields = Fields::of(WHAT, item)?;
    fields.text("kind")?;
    let settings = item.get("settings").and_then(|settings| settings.as_m().ok());
    let are_texts = settings.is_some_and(|settings| settings.values().all(|value| value.is_s()));
    if !are_texts {
        return Err(fields.wrong("its settings are not texts by name"));
    }
    if !sort_key(item).strip_prefix("A#").is_some_and(is_account) {
        return Err(fields.wrong("its key names no account"));
    }
    Ok(())
}
