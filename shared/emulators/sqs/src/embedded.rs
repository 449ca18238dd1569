//! The server's interface for its owner: opening, serving, measuring, faults.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use loopback_server::AccessKey;
use tokio::net::TcpListener;

use crate::clock;
use crate::counts::RequestCounts;
use crate::error::Error;
use crate::faults::Faults;
use crate::server::router;
use crate::service::Service;
use crate::store::{Depth, Messages, Queues, Store};

/// An SQS server. Clones are the same server.
#[derive(Debug, Clone)]
pub struct EmbeddedSqs(Arc<Service>);

impl EmbeddedSqs {
    /// A server whose queues live as long as it does.
    ///
    /// # Errors
    /// When SQLite cannot be started.
    pub fn in_memory() -> Result<Self, Error> {
        Store::in_memory().map(Self::on)
    }

    /// A server whose queues are in a file, which is created if it does not exist. After a killed process no answered
    /// request is lost; after a power failure some may be.
    ///
    /// # Errors
    /// [`Error::InUse`] while another server has the file open, [`Error::Layout`] for a file of another version,
    /// [`Error::Storage`] for one that cannot be read or written.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Store::open(path).map(Self::on)
    }

    fn on(store: Store) -> Self {
        Self(Arc::new(Service::on(store)))
    }

    /// Answers calls that are signed with `key`, on `listener`, until `stop` completes; then long polls
    /// [end](Self::end_polls).
    /// Queue URLs are made of the host that each client calls.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        key: AccessKey,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let sqs = self.clone();
        let stop = async move {
            stop.await;
            sqs.end_polls();
        };
        loopback_server::serve(listener, router(self.0, key), stop).await
    }

    /// Ends long polls: open ones end empty at once, and later ones do not wait. For an owner that is about to stop,
    /// whose pollers must not be cut off while they have messages.
    pub fn end_polls(&self) {
        self.0.end_polls();
    }

    /// The switches for duplicates, disorder, delay and partial failures.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.0.faults
    }

    /// The requests that were billed since the server was opened.
    #[must_use]
    pub fn requests(&self) -> RequestCounts {
        self.0.meter.read()
    }

    /// The number of messages in a queue.
    ///
    /// # Errors
    /// [`Error::NoSuchQueue`], or [`Error::Storage`] if the store fails.
    pub fn queue_depth(&self, name: &str) -> Result<Depth, Error> {
        self.0.store.transact(|tx| {
            let queue = Queues(tx).find(name)?.ok_or_else(|| Error::NoSuchQueue(name.to_owned()))?;
            Ok(Queues(tx).depth(&queue, clock::now_ms())?)
        })
    }

    /// The age of a queue's oldest message: CloudWatch's `ApproximateAgeOfOldestMessage`, which leaves out messages that
    /// were received three times or more. `None` if no message counts.
    ///
    /// # Errors
    /// [`Error::NoSuchQueue`], or [`Error::Storage`] when the store fails.
    pub fn oldest_age(&self, name: &str) -> Result<Option<Duration>, Error> {
        self.0.store.transact(|tx| {
            let queue = Queues(tx).find(name)?.ok_or_else(|| Error::NoSuchQueue(name.to_owned()))?;
            let now_ms = clock::now_ms();
            let sent_at_ms = Messages(tx).oldest_sent_at_ms(&queue, now_ms)?;
            Ok(sent_at_ms.map(|at_ms| Duration::from_millis(now_ms.saturating_sub(at_ms).unsigned_abs())))
        })
    }

    /// Lets `span` pass for every message, without waiting: delays, visibility timeouts and retention end earlier by
    /// it. For tests with virtual time.
    ///
    /// # Errors
    /// [`Error::Storage`] if the store fails.
    pub fn skip(&self, span: Duration) -> Result<(), Error> {
        let span_ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        self.0.store.transact(|tx| Messages(tx).age(span_ms))?;
        self.0.signals.all_arrived();
        Ok(())
    }
}
