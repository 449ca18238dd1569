//! The accounts that providers call back.
//!
//! Secrets are read at the start, added accounts with the first call that names one. A call that is forged by what is
//! known, or names an unknown account, has both read again, so that an added account and a rotated secret need no new
//! instance. Anyone on the internet can make such calls: [`Renewable`] bounds the readings.

use std::{collections::BTreeMap, fmt, sync::Arc};

use domain::{ids::AccountName, timestamp::Timestamp};
use platform::{
    environment::Environment,
    renewal::{ReadAgain, Renewable, Renewal, is_recent},
};
use providers::{Account, Given, Kind};
use stores::{Stores, accounts::provider_accounts::StoredAccount};

use crate::call::{Call, CallbackAccount, Rejection, Verified};

/// Reads the environment again, with its secrets; `None` if that fails.
pub type ReadConfiguration = ReadAgain<Configuration>;

/// Accounts by their names. An account that cannot start does not affect the others.
#[derive(Clone, Debug)]
pub struct CallbackAccounts(Arc<Source>);

struct Source {
    /// Absent if the secrets never change.
    read_again: Option<ReadConfiguration>,
    known: Renewable<Arc<Known>>,
}

#[derive(Clone, Debug)]
pub struct Configuration {
    /// The accounts of the deployment's parameters.
    fixed: Vec<Account>,
    /// The secrets and the callback address for accounts that an operator adds; without it these accounts are unknown.
    given: Option<Given>,
}

/// The accounts as they were read last.
#[derive(Debug)]
struct Known {
    configuration: Configuration,
    /// When the configuration was read.
    configured_at: Option<Timestamp>,
    accounts: BTreeMap<AccountName, CallbackAccount>,
}

impl Configuration {
    pub fn read(environment: &mut Environment<'_>) -> Self {
        let fixed = Account::called_back(environment);
        Self { fixed, given: Some(Given::read(environment)) }
    }
}

impl CallbackAccounts {
    /// The readers of these accounts; those whose providers never call back are left out.
    pub fn of(accounts: impl IntoIterator<Item = Account>) -> Self {
        Self::new(Configuration { fixed: accounts.into_iter().collect(), given: None }, None, None)
    }

    /// Reads an environment whose secrets never change. Accounts that an operator adds are read from the tables when
    /// they are called.
    pub fn read(environment: &mut Environment<'_>) -> Self {
        Self::new(Configuration::read(environment), None, None)
    }

    /// Accounts from an environment that was just read; `read_again` reads it again.
    pub fn renewed(configuration: Configuration, now: Timestamp, read_again: ReadConfiguration) -> Self {
        Self::new(configuration, Some(now), Some(read_again))
    }

    fn new(
        configuration: Configuration,
        configured_at: Option<Timestamp>,
        read_again: Option<ReadConfiguration>,
    ) -> Self {
        let known = Known::of(configuration, configured_at, Vec::new());
        Self(Arc::new(Source { read_again, known: Renewable::new(Arc::new(known)) }))
    }

    /// Whether calls of an account can be verified by what is known now.
    pub fn can_verify(&self, account: AccountName) -> bool {
        self.0.known.current().accounts.get(&account).is_some_and(|account| account.reader.is_some())
    }

    /// Verifies a call by the reader of the account that it names, and reads it. Accounts and secrets are read again if
    /// newer ones may verify it.
    pub async fn verify(&self, call: &Call, stores: &Stores, now: Timestamp) -> Result<Verified, Rejection> {
        let known = self.0.known.current();
        let rejection = match known.verify(call) {
            Err(rejection) if rejection.may_be_outdated() => rejection,
            result => return result,
        };
        let is_newer = |current: &Arc<Known>| !Arc::ptr_eq(current, &known);
        match self.0.known.renew(now, is_newer, self.0.read(&known, stores, now)).await {
            Renewal::Renewed => self.0.known.current().verify(call),
            Renewal::Unchanged => Err(rejection),
            Renewal::Failed => Err(rejection.without_reading()),
        }
    }
}

impl Source {
    async fn read(&self, known: &Known, stores: &Stores, now: Timestamp) -> Option<Arc<Known>> {
        let is_due = !known.configured_at.is_some_and(|at| is_recent(at, now));
        let (configuration, configured_at) = match self.read_again.as_ref().filter(|_| is_due) {
            Some(read_again) => (read_again().await?, Some(now)),
            None => (known.configuration.clone(), known.configured_at),
        };
        let added = match &configuration.given {
            Some(_) => stores.accounts.providers.list().await,
            None => Ok(Vec::new()),
        };
        let added =
            added.inspect_err(|error| tracing::error!(%error, "the accounts could not be read")).ok()?;
        Some(Arc::new(Known::of(configuration, configured_at, added)))
    }
}

impl Known {
    fn of(configuration: Configuration, configured_at: Option<Timestamp>, added: Vec<StoredAccount>) -> Self {
        let Configuration { fixed, given } = &configuration;
        let added = added.into_iter().filter_map(|account| account_of(given.as_ref()?, account));
        let mut accounts = readers(added);
        // No added account has the name of one of the deployment's parameters.
        accounts.extend(readers(fixed.iter().cloned()));
        Self { configuration, configured_at, accounts }
    }

    fn verify(&self, call: &Call) -> Result<Verified, Rejection> {
        let name = call.account.parse::<AccountName>().ok();
        let account = name.and_then(|name| self.accounts.get(&name)).ok_or(Rejection::UnknownAccount)?;
        call.verify(account)
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

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("known", &self.known).finish_non_exhaustive()
    }
}
