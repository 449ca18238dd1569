//! Accounts at SMS providers that an operator added.
//!
//! ```text
//! PROVIDERS   A#<account>   its kind, settings, pace and senders; its secrets are in the secret document
//! ```
//! They share a partition with the routes to them. The account of a deployment's parameters is not among
//! them.

use std::collections::BTreeMap;

use domain::{ids::AccountName, pacing::Pace, sender_id::SenderId};
use serde::{Deserialize, Serialize};

use crate::{
    error::StoreError,
    item::{Item, Key, from_item, to_item},
    outcome::{Changed, Creation},
    table::{Change, Conditional, Range, Table},
};

const WHAT: &str = "a provider account";
pub(super) const PARTITION: &str = "PROVIDERS";
pub(super) const ACCOUNT_PREFIX: &str = "A#";

/// An account as an operator added it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredAccount {
    pub name: AccountName,
    /// The name of its kind.
    pub kind: String,
    /// No setting is secret.
    pub settings: BTreeMap<String, String>,
    /// `None` for no limit.
    pub pace: Option<Pace>,
    /// The senders that the account takes; empty if it takes every sender.
    pub senders: Vec<SenderId>,
    /// The rates of senders that have one of their own, within the account's.
    pub sender_paces: BTreeMap<SenderId, Pace>,
}

impl StoredAccount {
    /// A new account without a rate, which takes every sender.
    pub fn new(name: AccountName, kind: &str, settings: BTreeMap<String, String>) -> Self {
        Self {
            name,
            kind: kind.to_owned(),
            settings,
            pace: None,
            senders: Vec::new(),
            sender_paces: BTreeMap::new(),
        }
    }

    pub fn may_send_as(&self, sender: &SenderId) -> bool {
        self.senders.is_empty() || self.senders.contains(sender)
    }

    fn to_item(&self) -> Result<Item, StoreError> {
        let Self { name, kind, settings, pace, senders, sender_paces } = self.clone();
        to_item(&key(name), WHAT, &AccountRecord { kind, settings, pace, senders, sender_paces })
    }
}

#[derive(Serialize, Deserialize)]
struct AccountRecord {
    kind: String,
    settings: BTreeMap<String, String>,
    pace: Option<Pace>,
    senders: Vec<SenderId>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    sender_paces: BTreeMap<SenderId, Pace>,
}

/// Reads and writes accounts at providers.
#[derive(Clone, Debug)]
pub struct ProviderAccounts {
    table: Table,
}

impl ProviderAccounts {
    pub fn new(table: Table) -> Self {
        Self { table }
    }

    /// Adds an account under a new name.
    pub async fn add(&self, account: &StoredAccount) -> Result<Creation, StoreError> {
        match self.table.put_new(account.to_item()?).await? {
            Conditional::Applied => Ok(Creation::Created),
            Conditional::Refused(_) => Ok(Creation::IdTaken),
        }
    }

    pub async fn replace(&self, account: &StoredAccount) -> Result<Changed, StoreError> {
        match self.table.put_when(account.to_item()?, Change::only_if("attribute_exists(pk)")).await? {
            Conditional::Applied => Ok(Changed::Done),
            Conditional::Refused(_) => Ok(Changed::NotFound),
        }
    }

    pub async fn remove(&self, name: AccountName) -> Result<Changed, StoreError> {
        if self.table.get(&key(name)).await?.is_none() {
            return Ok(Changed::NotFound);
        }
        self.table.delete(&key(name)).await?;
        Ok(Changed::Done)
    }

    pub async fn get(&self, name: AccountName) -> Result<Option<StoredAccount>, StoreError> {
        Ok(self.list().await?.into_iter().find(|account| account.name == name))
    }

    /// All added accounts, by name.
    pub async fn list(&self) -> Result<Vec<StoredAccount>, StoreError> {
        self.table
            .query(Range::of(PARTITION).beginning_with(ACCOUNT_PREFIX))
            .await?
            .into_iter()
            .map(account_of)
            .collect()
    }
}

fn key(name: AccountName) -> Key {
    Key::new(PARTITION, format!("{ACCOUNT_PREFIX}{name}"))
}

pub(super) fn account_of(item: Item) -> Result<StoredAccount, StoreError> {
    let place = Key::of(&item).sk;
    let name = place.strip_prefix(ACCOUNT_PREFIX).and_then(|name| name.parse().ok()).ok_or_else(|| {
        StoreError::Unreadable { what: WHAT, reason: "its key names no account".to_owned() }
    })?;
    let AccountRecord { kind, settings, pace, senders, sender_paces } = from_item(WHAT, item)?;
    Ok(StoredAccount { name, kind, settings, pace, senders, sender_paces })
}
