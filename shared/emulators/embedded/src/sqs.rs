//! SQS: the emulator of this workspace, served.

use std::net::SocketAddr;

use sqs_emulator::EmbeddedSqs;

use crate::{error::EmbeddedError, storage::Storage, thread::ServerThread};

/// A running SQS emulator; it stops when dropped.
pub struct Sqs {
    queues: EmbeddedSqs,
    server: ServerThread,
}

impl Sqs {
    /// Starts it on `address`, whose port may be 0.
    ///
    /// # Errors
    /// If the state cannot be opened, or the port is taken.
    pub fn start(storage: Storage<'_>, address: SocketAddr) -> Result<Self, EmbeddedError> {
        let queues = match storage {
            Storage::Memory => EmbeddedSqs::in_memory(),
            Storage::Folder(folder) => EmbeddedSqs::open(&folder.file("sqs.sqlite")),
        }
        .map_err(EmbeddedError::Sqs)?;
        let served = queues.clone();
        let server = ServerThread::start("SQS", address, async move |listener, stop| {
            served.serve(listener, stop).await
        })?;
        Ok(Self { queues, server })
    }

    /// Its URL, for `AWS_ENDPOINT_URL_SQS`.
    pub fn endpoint(&self) -> &str {
        self.server.endpoint()
    }

    /// The queues behind it, for their depth and for faults on demand.
    pub fn queues(&self) -> &EmbeddedSqs {
        &self.queues
    }

    /// Stops it and returns once its thread has ended. Blocks: not for an async task.
    pub fn stop(self) {
        self.server.stop();
    }
}
