//! The sandbox's state, and the interface for its owner.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{msisdn::Msisdn, timestamp::Timestamp};
use platform::{
    clock::Clock,
    http::{HttpClient, Roots, TlsSetupError},
};
use providers::sandbox::throttling::Throttling;
use tokio::sync::Notify;

use super::{
    faults::Faults,
    inbox::{Inbox, InboxPage, InboxTotals},
    report_queue::{ReceiptsTarget, ReportQueue},
};

/// A sandbox. Clones are the same sandbox.
#[derive(Clone, Debug)]
pub struct Server {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub clock: Clock,
    pub started: Timestamp,
    pub client: HttpClient,
    pub throttling: Throttling,
    state: Mutex<State>,
    /// Woken when reports fall due.
    pub due: Notify,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub inbox: Inbox,
    pub reports: ReportQueue,
    pub faults: Faults,
    pub target: Option<ReceiptsTarget>,
}

impl Server {
    /// An empty sandbox that uses this clock, and has no address to send reports to.
    ///
    /// # Errors
    /// If TLS cannot be set up.
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

    /// Sets the target of reports, including those that are already due.
    pub fn report_to(&self, target: ReceiptsTarget) {
        self.state().target = Some(target);
        self.shared.due.notify_one();
    }

    /// Sets the faults of the calls from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.state().faults = faults;
    }

    /// Counts of the messages that were taken.
    pub fn totals(&self) -> InboxTotals {
        self.state().inbox.totals()
    }

    /// How many messages a number got.
    pub fn messages_to(&self, msisdn: Msisdn) -> u32 {
        self.state().inbox.messages_to(msisdn)
    }

    /// A page of the messages that were taken, newest first, of one number if it is given; pages count from 1.
    pub fn inbox(&self, page: usize, page_size: usize, to: Option<Msisdn>) -> InboxPage {
        self.state().inbox.page(page, page_size, to)
    }

    /// Forgets the messages that were taken, and the reports that are due.
    pub fn clear(&self) {
        let mut state = self.state();
        state.inbox.clear();
        state.reports.clear();
    }

    /// Reports that are due and not sent yet.
    pub fn reports_due(&self) -> usize {
        self.state().reports.len()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
