//! The server as its owner sees it: opened, served, measured, disturbed, awaited.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::clock;
use crate::counts::{Meter, RequestCounts};
use crate::error::Error;
use crate::faults::Faults;
use crate::server::router;
use crate::signals::{self, Signals};
use crate::store::{Depth, Messages, Queues, Store};

/// An SQS server. Clones are the same server.
#[derive(Debug, Clone)]
pub struct EmbeddedSqs(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    store: Store,
    signals: Signals,
    faults: Faults,
    meter: Meter,
    /// Whether long polls wait no more.
    polls_ended: watch::Sender<bool>,
}

impl EmbeddedSqs {
    /// A server whose queues live as long as it does.
    ///
    /// # Errors
    /// When SQLite cannot be started.
    pub fn in_memory() -> Result<Self, Error> {
        Store::in_memory().map(Self::on)
    }

    /// A server whose queues are kept in a file, which is made if it does not exist. An answered
    /// request survives the death of the process; it may be lost when the machine loses power.
    ///
    /// # Errors
    /// [`Error::InUse`] while another server holds the file, [`Error::Layout`] for a file of
    /// another version, [`Error::Storage`] for one that cannot be read or written.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Store::open(path).map(Self::on)
    }

    fn on(store: Store) -> Self {
        let (signals, faults, meter) = (Signals::new(), Faults::default(), Meter::default());
        Self(Arc::new(Parts { store, signals, faults, meter, polls_ended: watch::channel(false).0 }))
    }

    /// Answers on `listener` until `stop` completes; then long polls [end](Self::end_polls).
    /// Queue URLs are made of the host that each client calls.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let sqs = self.clone();
        let stop = async move {
            stop.await;
            sqs.end_polls();
        };
        axum::serve(listener.tap_io(send_at_once), router(self)).with_graceful_shutdown(stop).await
    }

    /// From now on nobody waits for a message: open long polls end empty at once, and later ones begin none.
    /// For an owner that is about to stop, and whose pollers must not be cut off with messages in their hands.
    pub fn end_polls(&self) {
        self.0.polls_ended.send_replace(true);
    }

    /// The switches for duplicates, disorder, delay and partial failures.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// What has been billed since the server was opened.
    #[must_use]
    pub fn requests(&self) -> RequestCounts {
        self.0.meter.read()
    }

    /// What a queue holds now.
    ///
    /// # Errors
    /// [`Error::NoSuchQueue`], or [`Error::Storage`] when the store fails.
    pub fn queue_depth(&self, name: &str) -> Result<Depth, Error> {
        self.depth_and_next(name).map(|(depth, _)| depth)
    }

    /// Completes at the next change after this call, of any queue: a message sent, received,
    /// hidden or deleted, a queue made, changed or removed. Ask for it, look, then await it, and
    /// nothing is missed. That a message becomes visible with time is not such a change; see
    /// [`EmbeddedSqs::wait_until`].
    pub fn changed(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut changes = self.0.signals.changes();
        async move { signals::signal_or_due(&mut changes, None).await }
    }

    /// Completes as soon as a queue is as wanted, and returns how it was then. Wakes for changes
    /// and for the passing of delays and visibility timeouts alike.
    ///
    /// # Errors
    /// [`Error::NoSuchQueue`], or [`Error::Storage`] when the store fails.
    pub async fn wait_until(
        &self,
        name: &str,
        is_wanted: impl Fn(Depth) -> bool + Send,
    ) -> Result<Depth, Error> {
        loop {
            let mut changes = self.0.signals.changes();
            let (depth, next_visible_at_ms) = self.depth_and_next(name)?;
            if is_wanted(depth) {
                return Ok(depth);
            }
            signals::signal_or_due(&mut changes, next_visible_at_ms).await;
        }
    }

    /// Completes as soon as a queue holds no message in any state.
    ///
    /// # Errors
    /// [`Error::NoSuchQueue`], or [`Error::Storage`] when the store fails.
    pub async fn idle(&self, name: &str) -> Result<(), Error> {
        self.wait_until(name, |depth| depth.total() == 0).await.map(|_| ())
    }

    /// Lets `span` pass for every message, without waiting: delays and visibility timeouts run out, and
    /// retention ends, so much sooner. For tests, whose time is only counted.
    ///
    /// # Errors
    /// [`Error::Storage`] when the store fails.
    pub fn skip(&self, span: Duration) -> Result<(), Error> {
        let span_ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        self.0.store.transact(|tx| Messages(tx).age(span_ms))?;
        self.0.signals.all_arrived();
        Ok(())
    }

    fn depth_and_next(&self, name: &str) -> Result<(Depth, Option<i64>), Error> {
        let now_ms = clock::now_ms();
        self.0.store.transact(|tx| {
            let queue = Queues(tx).find(name)?.ok_or_else(|| Error::NoSuchQueue(name.to_owned()))?;
            Ok((Queues(tx).depth(&queue, now_ms)?, Messages(tx).next_visible_at_ms(queue.id, now_ms)?))
        })
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn signals(&self) -> &Signals {
        &self.0.signals
    }

    pub(crate) fn meter(&self) -> &Meter {
        &self.0.meter
    }

    pub(crate) fn have_polls_ended(&self) -> bool {
        *self.0.polls_ended.borrow()
    }

    pub(crate) async fn polls_end(&self) {
        // The sender is ours, and lives as long as we do.
        let _ = self.0.polls_ended.subscribe().wait_for(|ended| *ended).await;
    }
}

/// Small answers are not held back for a fuller packet.
fn send_at_once(stream: &mut TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "answers of this connection may be delayed");
    }
}
