//! The system behind the proxy: its functions in this process, so that one can be killed at any call by
//! dropping it there, and its queues and their time moved by hand.

mod acts;
mod audit;
mod damage;
mod emulators;
mod queues;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use api::Api;
use callbacks::{CallbackAccounts, Callbacks};
use clock::Clockwork;
use dispatch::{Dispatcher, SendingAccounts};
use domain::{
    api_key::KeyMode,
    batch::BatchSize,
    campaign::deadlines::Retention,
    ids::{AccountName, CampaignId, OrganisationId},
    keys::CampaignKey,
    msisdn::Msisdn,
    pacing::Pace,
    roster::leaf_of,
    routes::{Route, RouteList},
    timestamp::Millis,
};
use platform::clock::Clock;
use platform::stage::Stage;
use providers::{Account, Provider, sandbox};
use receipts::Receipts;
use stores::{StoreError, Stores, accounts::provider_accounts::StoredAccount, campaigns::CampaignHeader};
use tests::{
    audit::CallLog,
    proxy::{Call, Fault, Proxy},
    world,
};
use web::{Backend, Routes};

pub use acts::{Answer, At};
pub use damage::{Cut, Item, key};
pub use emulators::{ANY_PORT, FunctionClients, SharedEmulators, emulator_key};
pub use queues::Queue;

pub use crate::truth::GROUP;
use crate::truth::{Script, Truth};

/// Recipients of the campaign that most is tried on: a batch of three groups, the last one short.
pub const RECIPIENTS: u64 = 30;
/// Recipients of a full batch.
pub const BATCH: u16 = 40;
/// A segment's price, in ten-thousandths.
pub const PRICE: i64 = 10_000;
/// Time of one invocation of a worker.
pub const WORKER_TIME: Millis = Millis::from_mins(2);
const CALLBACK_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The routes of the functions that answer requests, built once.
struct FunctionRoutes {
    api: Routes,
    /// The api's, past the proxy.
    observer: Routes,
    books: Routes,
    callbacks: Routes,
}

/// The system with an organisation, and what it is made of.
pub struct FaultSystem<'g> {
    pub emulators: &'g SharedEmulators,
    pub clock: Clock,
    pub truth: Arc<Truth>,
    pub organisation: OrganisationId,
    pub key: String,
    pub book: String,
    api: Api,
    routes: FunctionRoutes,
    dispatcher: Dispatcher,
    receipts: Receipts,
    clockwork: Clockwork,
    operator: FunctionClients,
    /// Times that a worker was lost in mid-group, as far as the proxy cannot tell.
    losses: AtomicU64,
    /// The reasons of the calls.
    reasons: Mutex<CallLog>,
    /// The calls of earlier plans.
    calls: Mutex<Vec<Call>>,
}

/// Result of work that the proxy may kill.
#[derive(Debug, PartialEq, Eq)]
pub enum UnlessKilled<T> {
    Ended(T),
    Killed,
}

impl<'g> FaultSystem<'g> {
    /// A system with a book of [`RECIPIENTS`] contacts and money for three campaigns.
    pub async fn on(emulators: &'g SharedEmulators, truth: Truth) -> Self {
        Self::with_contacts(emulators, truth, RECIPIENTS).await
    }

    /// A system with a book of `contacts` contacts and money for three campaigns.
    pub async fn with_contacts(emulators: &'g SharedEmulators, truth: Truth, contacts: u64) -> Self {
        emulators.proxy.plan(|_| Fault::None);
        let start = emulators.next_start();
        let money = 3 * contacts as i64 * PRICE;
        let (organisation, key) = world::seed(&emulators.stores, money, start).await;
        let book =
            world::seed_book(&emulators.stores, organisation, "Seeded", &neighbours(contacts), start).await;
        let (clock, truth) = (Clock::manual(start), Arc::new(truth));
        let clients = |function: &str| emulators.clients(&format!("{function}.{organisation}"));
        let backend =
            |clients: &FunctionClients| Backend { stores: clients.stores.clone(), clock: clock.clone() };
        let (api, books, worker) = (clients("api"), clients("books"), clients("dispatch"));
        let (calls, reports) = (clients("callbacks"), clients("receipts"));
        // The clock and the operator work on the campaigns of all organisations.
        let ticker = emulators.clients("clock");
        let called_back = Account::new(&sandbox::KIND, Stage::Test);
        let secrets = CallbackAccounts::of([called_back.with_secret("callback_secret", CALLBACK_SECRET)]);
        let observed = Backend { stores: emulators.stores.clone(), clock: clock.clone() };
        let batch_recipients = BatchSize::try_from(BATCH).unwrap();
        let account = sandbox::KIND.account();
        let books = backend(&books);
        let last_look = Arc::default();
        let api = Api {
            backend: backend(&api),
            queues: api.queues,
            pace: None,
            account,
            batch_recipients,
            retention: Retention::default(),
            last_look,
        };
        let queues = emulators.clients("observer").queues;
        let observer = Api { backend: observed, queues, last_look: Arc::default(), ..api.clone() };
        let callbacks = Callbacks::new(calls.stores, calls.queues, clock.clone(), secrets);
        Self {
            routes: FunctionRoutes {
                api: api.routes(),
                observer: observer.routes(),
                books: books::routes(&books),
                callbacks: callbacks.routes(),
            },
            api,
            dispatcher: Dispatcher {
                stores: worker.stores,
                queues: worker.queues,
                accounts: SendingAccounts::of(truth.clone(), None, &[]),
                test: truth.clone(),
                clock: clock.clone(),
            },
            receipts: Receipts::new(reports.stores, reports.queues, clock.clone()),
            clockwork: Clockwork { stores: ticker.stores, queues: ticker.queues, clock: clock.clone() },
            operator: emulators.clients("operator"),
            emulators,
            clock,
            truth,
            organisation,
            key,
            book,
            losses: AtomicU64::new(0),
            reasons: Mutex::default(),
            calls: Mutex::default(),
        }
    }

    /// Adds a second account, to which every number's route leads after the first one.
    pub async fn with_other(mut self, script: Script) -> Self {
        let other = AccountName::new("other");
        let accounts = &self.emulators.stores.accounts;
        let stored = StoredAccount::new(other, sandbox::KIND.name, BTreeMap::new());
        let _ = accounts.providers.add(&stored).await.unwrap();
        let route: Route = "=sandbox,other".parse().unwrap();
        let list = |_| Ok::<_, StoreError>(RouteList::new(vec![route.clone()]).unwrap());
        accounts.routing.change(Some(self.organisation), list).await.unwrap();
        let provider: Arc<dyn Provider> = Arc::new(self.truth.other(other, script));
        self.dispatcher.accounts = SendingAccounts::of(self.truth.clone(), None, &[provider]);
        self
    }

    /// Sets the size of the batches of its campaigns.
    pub fn in_batches_of(mut self, recipients: u16) -> Self {
        self.api.batch_recipients = BatchSize::try_from(recipients).unwrap();
        self.routes.api = self.api.routes();
        self
    }

    pub const fn proxy(&self) -> &Proxy {
        &self.emulators.proxy
    }

    /// Unfaulted, for looking.
    pub const fn stores(&self) -> &Stores {
        &self.emulators.stores
    }

    /// Fails calls by a plan from now on, numbered from 1.
    pub fn plan(&self, plan: impl FnMut(&Call) -> Fault + Send + 'static) {
        self.calls.lock().unwrap().extend(self.proxy().plan(plan));
    }

    /// Fails nothing from now on.
    pub fn unharmed(&self) {
        self.plan(|_| Fault::None);
    }

    /// Every call since the system began.
    pub fn calls(&self) -> Vec<Call> {
        let earlier = self.calls.lock().unwrap().clone();
        earlier.into_iter().chain(self.proxy().log()).collect()
    }

    /// Runs something until it ends or is killed.
    pub async fn until_killed<T>(&self, work: impl Future<Output = T>) -> UnlessKilled<T> {
        let mut deaths = self.proxy().deaths();
        tokio::select! {
            biased;
            call = deaths.next() => {
                self.losses.fetch_add(u64::from(call.function() == "dispatch"), Ordering::Relaxed);
                UnlessKilled::Killed
            }
            () = self.truth.crash() => UnlessKilled::Killed,
            ended = work => UnlessKilled::Ended(ended),
        }
    }

    /// Runs an operator's command until it ends or is killed.
    pub async fn command<T>(&self, work: impl Future<Output = T>) -> UnlessKilled<T> {
        self.because(|reasons| reasons.requested(1));
        self.until_killed(work).await
    }

    /// Notes what the calls that follow are made for.
    fn because(&self, note: impl FnOnce(&mut CallLog)) {
        note(&mut self.reasons.lock().unwrap());
    }

    /// A worker was lost in mid-group in a way that no fault of a call tells of.
    pub fn lose_a_worker(&self) {
        self.losses.fetch_add(1, Ordering::Relaxed);
    }

    /// The worker's own entry, for tests that hold one in their hands.
    pub const fn dispatcher(&self) -> &Dispatcher {
        &self.dispatcher
    }

    /// The worker's own entry with a rate.
    pub fn paced(&self, pace: Option<Pace>) -> Dispatcher {
        let accounts = SendingAccounts::of(self.truth.clone(), pace, &[]);
        Dispatcher { accounts, ..self.dispatcher.clone() }
    }

    /// The queues, as an operator's command reaches them.
    pub const fn operator(&self) -> &FunctionClients {
        &self.operator
    }

    /// The address of a campaign of the organisation.
    pub fn campaign(&self, number: u64) -> CampaignKey {
        CampaignKey { organisation: self.organisation, campaign: CampaignId::new(number).unwrap() }
    }

    /// The campaign as the tables have it.
    pub async fn status(&self, campaign: u64) -> CampaignHeader {
        self.stores().campaigns.header(self.campaign(campaign)).await.unwrap().unwrap()
    }

    /// Every campaign: a send that was asked for once is there once.
    pub async fn campaigns(&self) -> Vec<CampaignHeader> {
        let page = stores::ListRequest::page(1, 1_000);
        self.stores().campaigns.list(self.organisation, KeyMode::Live, |_| true, page).await.unwrap().results
    }
}

/// Numbers that share two leaves of a roster: what is tried here is no matter of leaves, and a leaf is a
/// call.
pub fn neighbours(count: u64) -> Vec<String> {
    let numbers = (254_711_000_000..).map(|digits| Msisdn::from_digits(digits).unwrap());
    numbers.filter(|number| leaf_of(*number) < 2).take(count as usize).map(Msisdn::e164).collect()
}
