//! The callbacks that a fake has to make, and their delivery.
//!
//! Callbacks are sent only on request: a test calls [`Outbox::deliver`], which returns when they are answered; `cargo run`
//! keeps [`Outbox::deliver_continuously`] running.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use platform::http::{HttpClient, Roots, TlsSetupError};
use tokio::sync::Notify;
use tracing::warn;

/// Longest wait for the answer to a callback.
const CALLBACK_TIMEOUT: Duration = Duration::from_secs(10);
/// Wait between a message and its callbacks, and between two tries, of continuous delivery.
const PAUSE: Duration = Duration::from_millis(500);

/// Callbacks in the order in which they are due. Clones are the same outbox.
#[derive(Clone, Default)]
pub struct Outbox {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Made for the first callback.
    client: OnceLock<HttpClient>,
    due: Mutex<VecDeque<Request<Bytes>>>,
    pushed: Notify,
}

/// The outcome of a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Callbacks that were answered with a success.
    pub delivered: usize,
    /// Callbacks that are still due, because the first of them failed.
    pub left: usize,
}

impl Outbox {
    pub fn extend(&self, callbacks: impl IntoIterator<Item = Request<Bytes>>) {
        self.due().extend(callbacks);
        self.shared.pushed.notify_one();
    }

    /// The callbacks that are due, in order; they are then no longer due.
    pub fn take(&self) -> Vec<Request<Bytes>> {
        self.due().drain(..).collect()
    }

    /// Sends every callback that is due, in order, and returns when they are answered. Stops at the first that fails: it
    /// stays due.
    pub async fn deliver(&self) -> Delivered {
        let mut delivered = 0;
        while let Some(callback) = self.pop() {
            if !self.is_taken(callback.clone()).await {
                self.due().push_front(callback);
                break;
            }
            delivered += 1;
        }
        Delivered { delivered, left: self.due().len() }
    }

    /// Sends callbacks shortly after they fall due, and tries again those that fail, until it is dropped.
    pub async fn deliver_continuously(&self) {
        loop {
            self.shared.pushed.notified().await;
            while !self.due().is_empty() {
                tokio::time::sleep(PAUSE).await;
                self.deliver().await;
            }
        }
    }

    fn pop(&self) -> Option<Request<Bytes>> {
        self.due().pop_front()
    }

    fn due(&self) -> MutexGuard<'_, VecDeque<Request<Bytes>>> {
        self.shared.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn client(&self) -> Result<&HttpClient, TlsSetupError> {
        if let Some(client) = self.shared.client.get() {
            return Ok(client);
        }
        // Callbacks go to this machine, or to an API Gateway.
        let client = HttpClient::new(Roots::Amazon)?;
        Ok(self.shared.client.get_or_init(|| client))
    }

    async fn is_taken(&self, callback: Request<Bytes>) -> bool {
        let client = match self.client() {
            Ok(client) => client,
            Err(error) => {
                warn!(%error, "no callback can be sent");
                return false;
            }
        };
        match client.send(callback, CALLBACK_TIMEOUT).await {
            Ok(answer) if answer.status().is_success() => true,
            Ok(answer) => {
                warn!(status = answer.status().as_u16(), "a callback was not taken");
                false
            }
            Err(error) => {
                warn!(%error, "a callback could not be delivered");
                false
            }
        }
    }
}
