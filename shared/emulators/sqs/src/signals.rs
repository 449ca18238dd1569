//! Wake-ups: a long poll learns at once when a message may have become visible in its queue.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::clock;

/// A subscription that has seen everything up to now.
pub(crate) type Subscription = watch::Receiver<()>;

/// One signal per queue.
#[derive(Debug, Default)]
pub(crate) struct Signals(Mutex<HashMap<i64, watch::Sender<()>>>);

impl Signals {
    /// Arrivals in a queue after this call. Subscribe before looking, so that none is missed.
    pub(crate) fn arrivals(&self, queue: i64) -> Subscription {
        let mut arrivals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        arrivals.entry(queue).or_insert_with(|| watch::channel(()).0).subscribe()
    }

    /// A message of the queue became visible, or when it will be visible has changed.
    pub(crate) fn arrived(&self, queue: i64) {
        let arrivals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(signal) = arrivals.get(&queue) {
            signal.send_replace(());
        }
    }

    /// Messages of any queue may have become visible.
    pub(crate) fn all_arrived(&self) {
        let arrivals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        arrivals.values().for_each(|signal| signal.send_replace(()));
    }

    /// The queue was deleted: its pollers wake up and read that.
    pub(crate) fn removed(&self, queue: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&queue);
    }
}

/// Waits for a signal, or until `due_ms` (milliseconds since the epoch), when the passing of time
/// alone changes the queue or ends the poll.
pub(crate) async fn signal_or_due(subscription: &mut Subscription, due_ms: i64) {
    tokio::select! {
        // A closed signal means that the queue was deleted, which is a change as well.
        _ = subscription.changed() => {}
        () = until(due_ms) => {}
    }
}

async fn until(due_ms: i64) {
    let remaining_ms = u64::try_from(due_ms.saturating_sub(clock::now_ms())).unwrap_or(0);
    tokio::time::sleep(Duration::from_millis(remaining_ms)).await;
}
