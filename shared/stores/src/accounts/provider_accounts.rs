//! Accounts at SMS providers that an operator added.
//!
//! ```text
//! PROVIDERS   A#<account>   its kind and settings; its secrets are in the secret document
//! ```
//! They share a partition, so that one query reads all of them. The account of a deployment's parameters is not among
//! them.

use std::collections::BTreeMap;

use domain::ids::AccountName;
use serde::{Deserialize, Serialize};

use crate::{
    error::StoreError,
    item::{Item, Key, from_item, to_item},
    outcome::{Changed, Creation},
    table::{Change, Conditional, Range, Table},
};

const WHAT: &str = "a provider account";
const PARTITION: &str = "PROVIDERS";
const ACCOUNT_PREFIX: &str = "A#";

/// An account as an operator added it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredAccount {
    /// Its name.
    pub name: AccountName,
    /// The name of its kind.
    pub kind: String,
    /// Its settings; none is secret.
    pub settings: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct AccountRecord {
    kind: String,
    settings: BTreeMap<String, String>,
}

/// Reads and writes accounts at providers.
#[derive(Clone, Debug)]
pub struct ProviderAccounts {
    table: Table,
}

impl ProviderAccounts {
    /// Over the accounts table.
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    /// Adds an account under a new name.
    pub async fn add(&self, account: &StoredAccount) -> Result<Creation, StoreError> {
        let StoredAccount { name, kind, settings } = account.clone();
        let item = to_item(&key(name), WHAT, &AccountRecord { kind, settings })?;
        match self.table.put_when(item, Change::only_if("attribute_not_exists(pk)")).await? {
            Conditional::Applied => Ok(Creation::Created),
            Conditional::Refused(_) => Ok(Creation::IdTaken),
        }
    }

    /// Removes an account.
    pub async fn remove(&self, name: AccountName) -> Result<Changed, StoreError> {
        if self.table.get(&key(name)).await?.is_none() {
            return Ok(Changed::NotFound);
        }
        self.table.delete(&key(name)).await?;
        Ok(Changed::Done)
    }

    /// The account of a name.
    pub async fn get(&self, name: AccountName) -> Result<Option<StoredAccount>, StoreError> {
        Ok(self.list().await?.into_iter().find(|account| account.name == name))
    }

    /// All of them, by name.
    pub async fn list(&self) -> Result<Vec<StoredAccount>, StoreError> {
        self.table.query(Range::of(PARTITION)).await?.into_iter().map(account_of).collect()
    }
}

fn key(name: AccountName) -> Key {
    Key::new(PARTITION, format!("{ACCOUNT_PREFIX}{name}"))
}

fn account_of(item: Item) -> Result<StoredAccount, StoreError> {
    let place = Key::of(&item).sk;
    let name = place.strip_prefix(ACCOUNT_PREFIX).and_then(|name| name.parse().ok()).ok_or_else(|| {
        StoreError::Unreadable { what: WHAT, reason: "its key names no account".to_owned() }
    })?;
    let AccountRecord { kind, settings } = from_item(WHAT, item)?;
    Ok(StoredAccount { name, kind, settings })
}
