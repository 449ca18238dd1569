//! SQS: the emulator of this workspace, served.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use loopback_server::AccessKey;
use sqs_emulator::EmbeddedSqs;

use crate::{error::EmbeddedError, sound, storage::Storage, thread::ServerThread};

/// A running SQS emulator; it stops when dropped.
pub struct Sqs {
    queues: EmbeddedSqs,
    set_aside: Option<PathBuf>,
    server: ServerThread,
}

impl Sqs {
    /// Starts it on `address`, whose port may be 0, for calls that are signed with `key`. A damaged file is [set
    /// aside](Self::set_aside), and the queues are empty: no message has to survive, because the clock enqueues from
    /// the tables.
    ///
    /// # Errors
    /// If the state cannot be opened, or the port is taken.
    pub fn start(storage: Storage<'_>, address: SocketAddr, key: &AccessKey) -> Result<Self, EmbeddedError> {
        let (queues, set_aside) = open(storage)?;
        let (served, key) = (queues.clone(), key.clone());
        let server = ServerThread::start("SQS", address, async move |listener, stop| {
            served.serve(listener, key, stop).await
        })?;
        Ok(Self { queues, set_aside, server })
    }

    /// Value for `AWS_ENDPOINT_URL_SQS`.
    pub fn endpoint(&self) -> &str {
        self.server.endpoint()
    }

    /// The queues behind it, for their depth and for faults on demand.
    pub fn queues(&self) -> &EmbeddedSqs {
        &self.queues
    }

    /// The file that was damaged at the start, under its new name.
    pub fn set_aside(&self) -> Option<&Path> {
        self.set_aside.as_deref()
    }

    /// Stops it and returns once its thread has ended. Blocks: not for an async task.
    pub fn stop(self) {
        self.server.stop();
    }
}

fn open(storage: Storage<'_>) -> Result<(EmbeddedSqs, Option<PathBuf>), EmbeddedError> {
    let Storage::Folder(folder) = storage else {
        return Ok((EmbeddedSqs::in_memory().map_err(EmbeddedError::Sqs)?, None));
    };
    let path = folder.file("sqs.sqlite");
    let is_damaged = sound::damage(&path).map_err(EmbeddedError::file(&path))?.is_some();
    let set_aside =
        is_damaged.then(|| sound::set_aside(&path)).transpose().map_err(EmbeddedError::file(&path))?;
    Ok((EmbeddedSqs::open(&path).map_err(EmbeddedError::Sqs)?, set_aside))
}
