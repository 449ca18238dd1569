//! The accounts that live campaigns are handed over to: the one that `PROVIDER` names, and those that an operator added.
//!
//! They are read with the routes at cold start, and again when what was read is older than
//! [`ROUTING_DELAY`](stores::accounts::routing::ROUTING_DELAY). An account that cannot be used stops nothing but itself: its
//! recipients go to the next account of their routes, or wait.

use std::{collections::BTreeMap, fmt, sync::Arc};

use domain::{
    ids::AccountName,
    pacing::Pace,
    routes::{RouteList, Routes},
    sender_id::SenderId,
};
use platform::{clock::Clock, telemetry};
use providers::{BoxFuture, Provider};
use stores::{
    StoreError, Stores,
    accounts::{provider_accounts::StoredAccount, routing::Routing},
};

/// An account with its adapter and its rate.
#[derive(Clone, Debug)]
pub struct SendingAccount {
    pub provider: Arc<dyn Provider>,
    /// `None` if the account has no rate.
    pub pace: Option<Pace>,
    /// The rates of senders that have one of their own.
    pub sender_paces: BTreeMap<SenderId, Pace>,
}

impl SendingAccount {
    const fn new(provider: Arc<dyn Provider>, pace: Option<Pace>) -> Self {
        Self { provider, pace, sender_paces: BTreeMap::new() }
    }
}

/// Makes the adapter of an account that an operator added, or returns the reason why that is not possible.
pub type Connect =
    Arc<dyn Fn(StoredAccount) -> BoxFuture<'static, Result<Arc<dyn Provider>, String>> + Send + Sync>;

/// The accounts and routes as they were at a time.
#[derive(Clone, Debug)]
pub struct Connected {
    /// The account that `PROVIDER` names.
    named: AccountName,
    accounts: BTreeMap<AccountName, SendingAccount>,
    /// Why accounts cannot be used.
    problems: BTreeMap<AccountName, String>,
    routing: Arc<Routing>,
}

/// The accounts of a deployment. Clones share what they have read.
#[derive(Clone)]
pub struct SendingAccounts {
    named: AccountName,
    /// The rate of the account that `PROVIDER` names.
    pace: Option<Pace>,
    /// The account of the deployment's parameters, if `PROVIDER` names it.
    of_parameters: Option<Arc<dyn Provider>>,
    connect: Connect,
    connected: Arc<tokio::sync::Mutex<Option<Arc<Connected>>>>,
}

impl Connected {
    /// A single account and no routes.
    pub fn only(provider: Arc<dyn Provider>) -> Self {
        let named = provider.account();
        let accounts = [(named, SendingAccount::new(provider, None))].into();
        Self { named, accounts, problems: BTreeMap::new(), routing: Arc::default() }
    }

    /// An account; `None` if it cannot be used.
    pub fn account(&self, name: AccountName) -> Option<&SendingAccount> {
        self.accounts.get(&name)
    }

    /// Why an account that was added cannot be used.
    pub fn problem(&self, name: AccountName) -> Option<&str> {
        self.problems.get(&name).map(String::as_str)
    }

    /// Each account that can be used.
    pub fn accounts(&self) -> impl Iterator<Item = (AccountName, &SendingAccount)> {
        self.accounts.iter().map(|(name, account)| (*name, account))
    }

    /// The accounts and routes that were last read from the tables.
    pub const fn routing(&self) -> &Arc<Routing> {
        &self.routing
    }

    /// The routes of an organisation with these own routes, by routes that were just read.
    pub fn routes(&self, routing: &Routing, own: &RouteList) -> Routes {
        routing.routes(own, self.named)
    }
}

impl SendingAccounts {
    /// Starts with the account that `PROVIDER` names: the one of the deployment's parameters, with their rate, or one
    /// that was added.
    pub fn new(
        named: AccountName,
        of_parameters: Option<Arc<dyn Provider>>,
        pace: Option<Pace>,
        connect: Connect,
    ) -> Self {
        Self { named, pace, of_parameters, connect, connected: Arc::default() }
    }

    /// An account, and others that an operator may add: for systems within one process.
    pub fn of(provider: Arc<dyn Provider>, pace: Option<Pace>, others: &[Arc<dyn Provider>]) -> Self {
        let others = others.to_vec();
        let connect: Connect = Arc::new(move |stored| {
            let found = others.iter().find(|provider| provider.account() == stored.name).cloned();
            Box::pin(async { found.ok_or_else(|| "there is no such account".to_owned()) })
        });
        Self::new(provider.account(), Some(provider), pace, connect)
    }

    /// The accounts and routes; they may be as old as a function may keep them.
    pub async fn current(&self, stores: &Stores, clock: &Clock) -> Result<Arc<Connected>, StoreError> {
        let routing = stores.accounts.routing.current(clock).await?;
        let mut connected = self.connected.lock().await;
        if let Some(known) = connected.as_ref().filter(|known| Arc::ptr_eq(&known.routing, &routing)) {
            return Ok(known.clone());
        }
        let next = Arc::new(Box::pin(self.connect(connected.as_deref(), routing)).await);
        *connected = Some(next.clone());
        Ok(next)
    }

    /// Keeps the adapters of accounts that have not changed.
    async fn connect(&self, known: Option<&Connected>, routing: Arc<Routing>) -> Connected {
        let (mut accounts, mut problems) = (BTreeMap::new(), BTreeMap::new());
        for stored in &routing.accounts {
            let is_same = known.is_some_and(|known| known.routing.account(stored.name) == Some(stored));
            let kept = known.filter(|_| is_same).and_then(|known| known.account(stored.name));
            let provider = match kept {
                Some(kept) => Ok(kept.provider.clone()),
                None => (self.connect)(stored.clone()).await,
            };
            let pace = routing.pace(stored.name, self.named, self.pace);
            match provider {
                Ok(provider) => {
                    let sender_paces = stored.sender_paces.clone();
                    accounts.insert(stored.name, SendingAccount { provider, pace, sender_paces });
                }
                Err(problem) => {
                    report_unusable(stored.name, &problem);
                    problems.insert(stored.name, problem);
                }
            }
        }
        if let Some(provider) = self.of_parameters.clone() {
            accounts.insert(self.named, SendingAccount::new(provider, self.pace));
        }
        Connected { named: self.named, accounts, problems, routing }
    }

    /// Lets adapters drop what they keep for one invocation.
    pub async fn invocation_ended(&self) {
        if let Some(connected) = self.connected.lock().await.as_ref() {
            connected.accounts().for_each(|(_, account)| account.provider.invocation_ended());
        }
    }
}

impl fmt::Debug for SendingAccounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendingAccounts").field("named", &self.named).finish_non_exhaustive()
    }
}

/// Reports an account that gets no recipients until its settings and secrets are right.
pub fn report_unusable(account: AccountName, problem: &str) {
    tracing::error!(%account, problem, "a provider account cannot be used");
    let now = Clock::machine().now().millis();
    telemetry::metrics(now, crate::FUNCTION, &[(telemetry::ACCOUNTS_CLOSED, 1)]);
}
