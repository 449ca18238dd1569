//! The accounts that providers call back.

use std::{collections::BTreeMap, sync::Arc};

use domain::ids::AccountName;
use providers::{Account, CallbackReader, Kind};

/// Accounts by their names. One that cannot start stops no other.
#[derive(Clone, Debug, Default)]
pub struct CallbackAccounts(BTreeMap<AccountName, CallbackAccount>);

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
        Self(read.collect())
    }

    /// The account that a segment of a path names.
    pub fn named(&self, segment: &str) -> Option<&CallbackAccount> {
        self.0.get(&segment.parse().ok()?)
    }
}
