//! The accounts that providers call back.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use domain::{
    ids::AccountName,
    timestamp::{Millis, Timestamp},
};
use platform::{clock::Clock, environment::Environment};
use providers::{Account, CallbackReader, Given, Kind};
use stores::{StoreError, Stores, accounts::provider_accounts::StoredAccount};

/// How long the list of added accounts is kept. A call of an unknown account has it read anew, but no sooner than this:
/// anyone on the internet can make such calls.
const LIST_KEPT: Millis = Millis::from_secs(30);

/// Accounts by their names. One that cannot start stops no other.
#[derive(Clone, Debug, Default)]
pub struct CallbackAccounts {
    /// Those of the deployment's parameters.
    fixed: BTreeMap<AccountName, CallbackAccount>,
    /// What the environment gives accounts that an operator adds; without it none is known.
    given: Option<Given>,
    added: Arc<Mutex<Added>>,
}

#[derive(Debug, Default)]
struct Added {
    listed_at: Option<Timestamp>,
    accounts: BTreeMap<AccountName, CallbackAccount>,
}

/// An account that its provider calls back.
#[derive(Clone, Debug)]
pub struct CallbackAccount {
    /// Its name.
    pub name: AccountName,
    /// Its kind.
    pub kind: &'static Kind,
    /// Reads its callbacks; `None` if its values are missing or wrong.
    pub reader: Option<Arc<dyn CallbackReader>>,
}

impl CallbackAccounts {
    /// The readers of these accounts; those whose providers never call back are left out.
    pub fn of(accounts: impl IntoIterator<Item = Account>) -> Self {
        Self { fixed: readers(accounts), ..Self::default() }
    }

    /// Of the environment; accounts that an operator adds are read from the tables when they are called.
    pub fn read(environment: &mut Environment<'_>) -> Self {
        let fixed = readers(Account::called_back(environment));
        Self { fixed, given: Some(Given::read(environment)), added: Arc::default() }
    }

    /// The account that a segment of a path names.
    pub async fn named(
        &self,
        segment: &str,
        stores: &Stores,
        clock: &Clock,
    ) -> Result<Option<CallbackAccount>, StoreError> {
        let Ok(name) = segment.parse::<AccountName>() else { return Ok(None) };
        if let Some(account) = self.fixed.get(&name).cloned().or_else(|| self.added(name)) {
            return Ok(Some(account));
        }
        if let Some(given) = self.given.as_ref().filter(|_| self.may_list(clock.now())) {
            let accounts = stores.accounts.providers.list().await?;
            let readers = readers(accounts.into_iter().filter_map(|account| account_of(given, account)));
            self.added.lock().unwrap_or_else(PoisonError::into_inner).accounts = readers;
        }
        Ok(self.added(name))
    }

    fn added(&self, name: AccountName) -> Option<CallbackAccount> {
        self.added.lock().unwrap_or_else(PoisonError::into_inner).accounts.get(&name).cloned()
    }

    /// Whether the list may be read now; it is then taken to be.
    fn may_list(&self, now: Timestamp) -> bool {
        let mut added = self.added.lock().unwrap_or_else(PoisonError::into_inner);
        if added.listed_at.is_some_and(|at| (Millis(0)..LIST_KEPT).contains(&now.since(at))) {
            return false;
        }
        added.listed_at = Some(now);
        true
    }
}

fn account_of(given: &Given, account: StoredAccount) -> Option<Account> {
    let Ok(kind) = account.kind.parse::<&'static Kind>() else {
        tracing::error!(account = %account.name, "an account is of an unknown kind");
        return None;
    };
    Some(given.stored(account.name, kind, account.settings))
}

fn readers(accounts: impl IntoIterator<Item = Account>) -> BTreeMap<AccountName, CallbackAccount> {
    let read = accounts.into_iter().filter_map(|account| {
        let (name, kind) = (account.name(), account.kind());
        let reader = match account.callback_reader() {
            Ok(reader) => Some(reader?),
            Err(error) => {
                tracing::error!(%error, "the callbacks of an account cannot be read");
                None
            }
        };
        Some((name, CallbackAccount { name, kind, reader }))
    });
    read.collect()
}
