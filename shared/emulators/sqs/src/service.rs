//! The parts of one server that its actions share.

use tokio::sync::watch;

use crate::counts::Meter;
use crate::faults::Faults;
use crate::signals::Signals;
use crate::store::Store;

/// One server: its queues, its faults, its bill.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) store: Store,
    pub(crate) signals: Signals,
    pub(crate) faults: Faults,
    pub(crate) meter: Meter,
    have_polls_ended: watch::Sender<bool>,
}

impl Service {
    pub(crate) fn on(store: Store) -> Self {
        Self {
            store,
            signals: Signals::default(),
            faults: Faults::default(),
            meter: Meter::default(),
            have_polls_ended: watch::channel(false).0,
        }
    }

    /// Ends open long polls, and every later one at its first look.
    pub(crate) fn end_polls(&self) {
        self.have_polls_ended.send_replace(true);
    }

    pub(crate) fn have_polls_ended(&self) -> bool {
        *self.have_polls_ended.borrow()
    }

    /// Completes when polls end.
    pub(crate) async fn polls_end(&self) {
        // An error is impossible: `self` holds the sender.
        let _ = self.have_polls_ended.subscribe().wait_for(|ended| *ended).await;
    }
}
