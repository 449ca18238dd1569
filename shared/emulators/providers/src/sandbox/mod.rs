//! The sandbox itself: an HTTP service with a truth of its own, the inbox of all that it really took.
//!
//! `cargo run` serves it beside the functions; end-to-end tests serve it at a port of their own, and
//! judge by its inbox: what the product says was sent must be what arrived here, once.
//!
//! ```text
//! POST   /sandbox/messages           hand over (the adapter does)
//! GET    /sandbox/inbox?page=&page_size=&to=    what was taken, newest first, with totals
//! DELETE /sandbox/inbox              forget it, and the reports that are due
//! POST   /sandbox/reports            send the reports that are due now
//! GET    /sandbox/faults             what goes wrong at present
//! PUT    /sandbox/faults             make things go wrong
//! ```
//! It keeps everything in memory (some 190 bytes a message, its report included) and never reaches a phone. It asks for no
//! credentials: it is served on loopback.

mod answers;
mod faults;
mod inbox;
mod reports;
mod routes;
mod taking;

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::Router;
use domain::{msisdn::Msisdn, timestamp::Timestamp};
use inbox::Inbox;
use platform::{
    clock::Clock,
    http::{HttpClient, Roots, TlsSetupError},
};
use providers::sandbox::throttling::Throttling;
use reports::ReportQueue;
use tokio::{net::TcpListener, sync::Notify};

pub use faults::Faults;
pub use inbox::{InboxMessage, InboxPage, InboxTotals};
pub use reports::{Delivered, ReceiptsTarget};

/// How long the rule "after a long wait" waits.
const SLOW_ANSWER: Duration = Duration::from_secs(2);

/// A sandbox. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Server {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: Clock,
    started: Timestamp,
    client: HttpClient,
    throttling: Throttling,
    state: Mutex<State>,
    /// Woken when reports fall due.
    due: Notify,
}

#[derive(Debug, Default)]
struct State {
    inbox: Inbox,
    reports: ReportQueue,
    faults: Faults,
    target: Option<ReceiptsTarget>,
}

impl Server {
    /// An empty sandbox that goes by this clock, and reports to nobody yet.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(clock: Clock) -> Result<Self, TlsSetupError> {
        let shared = Shared {
            started: clock.now(),
            clock,
            // Reports go to this machine, or to an API Gateway.
            client: HttpClient::new(Roots::Amazon)?,
            throttling: Throttling::default(),
            state: Mutex::default(),
            due: Notify::new(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The routes, to be served or driven directly.
    pub fn router(&self) -> Router {
        routes::router(self.clone())
    }

    /// Serves the routes until the process ends.
    ///
    /// # Errors
    /// Where the listener fails.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        axum::serve(listener, self.router()).await
    }

    /// Where reports go from now on, those that are due included.
    pub fn report_to(&self, target: ReceiptsTarget) {
        self.state().target = Some(target);
        self.shared.due.notify_one();
    }

    /// Makes things go wrong from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.state().faults = faults;
    }

    /// How much was taken.
    pub fn totals(&self) -> InboxTotals {
        self.state().inbox.totals()
    }

    /// How many messages a number got.
    pub fn messages_to(&self, msisdn: Msisdn) -> u32 {
        self.state().inbox.messages_to(msisdn)
    }

    /// A page of what was taken, newest first; pages count from 1. Of one number, where one is named.
    pub fn inbox(&self, page: usize, page_size: usize, to: Option<Msisdn>) -> InboxPage {
        self.state().inbox.page(page, page_size, to)
    }

    /// Forgets all that was taken, and the reports that are due.
    pub fn clear(&self) {
        let mut state = self.state();
        state.inbox.clear();
        state.reports.clear();
    }

    /// Reports that are due and not sent yet.
    pub fn reports_due(&self) -> usize {
        self.state().reports.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
