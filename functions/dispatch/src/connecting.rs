//! Makes the adapter of an account from its settings and secrets.

use std::sync::Arc;

use domain::ids::AccountName;
use platform::{clock::Clock, environment::Environment, secret};
use providers::{Account, ConfigError, Given, Kind, Provider};
use stores::accounts::provider_accounts::StoredAccount;

use crate::{
    SECRETS,
    renewed::{ReadAccount, RenewedProvider},
    sending_accounts::Connect,
};

/// The account that `PROVIDER` names.
pub enum Named {
    /// The account of the deployment's parameters: `PROVIDER` is its kind.
    Parameters(Account),
    /// An account that an operator added.
    Added(AccountName),
}

impl Named {
    pub fn read(environment: &mut Environment<'_>) -> Option<Self> {
        let word = environment.required("PROVIDER");
        if word.is_empty() || word.parse::<&Kind>().is_ok() {
            return Account::of_environment(environment).map(Self::Parameters);
        }
        environment.parsed::<AccountName>("PROVIDER", None).map(Self::Added)
    }

    pub const fn name(&self) -> AccountName {
        match self {
            Self::Parameters(account) => account.name(),
            Self::Added(name) => *name,
        }
    }

    /// The adapter of the account of the deployment's parameters; `None` for an account that was added.
    pub fn of_parameters(self) -> Option<Result<Arc<dyn Provider>, ConfigError>> {
        let Self::Parameters(account) = self else { return None };
        let provider = account.connect();
        let read_again = account.clone();
        let read_again: ReadAccount = Box::new(move || {
            let account = read_again.clone();
            Box::pin(async move {
                secret::read_again(&SECRETS, |environment| account.renewed(environment)).await.ok()
            })
        });
        Some(provider.map(|provider| renewed(account, provider, read_again)))
    }
}

fn renewed(account: Account, provider: Arc<dyn Provider>, read: ReadAccount) -> Arc<dyn Provider> {
    Arc::new(RenewedProvider::new(account, provider, read, Clock::machine()))
}

/// Connects added accounts with the secrets that the function was started with, or reads the secrets again if those are
/// not enough.
pub fn connect_added(given: Given) -> Connect {
    Arc::new(move |stored| {
        let given = given.clone();
        Box::pin(async move { connect(given, stored).await })
    })
}

async fn connect(given: Given, stored: StoredAccount) -> Result<Arc<dyn Provider>, String> {
    let account = stored.name;
    let unknown = |_| format!("{} is not a kind of provider", stored.kind);
    let kind = stored.kind.parse::<&'static Kind>().map_err(unknown)?;
    let of = move |given: &Given| given.stored(account, kind, stored.settings.clone());
    let mut read = of(&given);
    let mut provider = read.connect();
    if provider.is_err()
        && let Some(given) = read_given().await
    {
        read = of(&given);
        provider = read.connect();
    }
    let provider = provider.map_err(|error| error.to_string())?;
    let again: ReadAccount = Box::new(move || {
        let of = of.clone();
        Box::pin(async move { read_given().await.as_ref().map(of) })
    });
    Ok(renewed(read, provider, again))
}

/// Reads the process's environment and secrets: the part that accounts are given.
async fn read_given() -> Option<Given> {
    secret::read_again(&SECRETS, |environment| Some(Given::read(environment))).await.ok()
}
