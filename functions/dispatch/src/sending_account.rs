//! The account that the deployment hands live campaigns over to: `PROVIDER` names it.

use domain::ids::AccountName;
use platform::{environment::Environment, secret};
use providers::{Account, Given, Kind};
use stores::Stores;

use crate::{SECRETS, StartError, renewed::ReadAccount};

/// The account that `PROVIDER` names.
pub enum Named {
    /// That of the deployment's parameters: `PROVIDER` is its kind.
    Parameters(Account),
    /// One that an operator added, and what the environment gives it.
    Added(AccountName, Given),
}

impl Named {
    /// Of the environment.
    pub fn read(environment: &mut Environment<'_>) -> Option<Self> {
        let word = environment.required("PROVIDER");
        if word.is_empty() || word.parse::<&Kind>().is_ok() {
            return Account::of_environment(environment).map(Self::Parameters);
        }
        let name = environment.parsed::<AccountName>("PROVIDER", None)?;
        Some(Self::Added(name, Given::read(environment)))
    }

    /// The account. One that was added is read from the tables.
    pub async fn account(self, stores: &Stores) -> Result<Account, StartError> {
        let (name, given) = match self {
            Self::Parameters(account) => return Ok(account),
            Self::Added(name, given) => (name, given),
        };
        let added = stores.accounts.providers.get(name).await?.ok_or(StartError::UnknownAccount(name))?;
        let kind = added.kind.parse().map_err(|_| StartError::UnknownKind(name))?;
        Ok(given.stored(name, kind, added.settings))
    }
}

/// Reads the account's secrets again, as the process's environment names them.
pub fn read_again(account: Account) -> ReadAccount {
    Box::new(move || {
        let account = account.clone();
        Box::pin(async move {
            secret::read_again(&SECRETS, |environment| account.renewed(environment)).await.ok()
        })
    })
}
