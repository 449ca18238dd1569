//! DynamoDB and SQS inside this process, each on its own thread behind its own loopback port.
//!
//! Started by the local command (state in a folder) and by tests (state in memory). The functions
//! reach them through the AWS SDK like the services themselves; what only an emulator offers
//! (an immediate TTL sweep, faults on demand) is offered here. Never part of a deployed function.
//!
//! A thread each, because both call SQLite directly in their tasks: on the host's own runtime a
//! long write would stall the front.

mod folder;
mod thread;

use std::net::SocketAddr;

use dynoxide::Database;
use sqs_emulator::EmbeddedSqs;

pub use folder::DataFolder;
use thread::ServerThread;

/// Where an emulator keeps its state.
#[derive(Clone, Copy, Debug)]
pub enum Storage<'a> {
    /// In memory, gone with the process.
    Memory,
    /// In files of a folder that this process has locked; survives a killed process.
    Folder(&'a DataFolder),
}

/// Why an emulator could not be started.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// The folder belongs to another process.
    #[error("{0} is in use by another process: stop that one, or choose another folder")]
    InUse(std::path::PathBuf),
    /// The folder cannot be made or locked.
    #[error("{path} cannot be used as a data folder")]
    Folder {
        /// The folder.
        path: std::path::PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
    /// The state of DynamoDB cannot be opened.
    #[error("the embedded DynamoDB cannot open its state: {0}")]
    DynamoDb(dynoxide::DynoxideError),
    /// The state of SQS cannot be opened.
    #[error("the embedded SQS cannot open its state")]
    Sqs(#[source] sqs_emulator::Error),
    /// The port cannot be had, or the thread not started.
    #[error("the embedded {server} cannot listen on {address}")]
    Listen {
        /// Which emulator.
        server: &'static str,
        /// Where it was to listen.
        address: SocketAddr,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
}

/// A running DynamoDB emulator; it stops when dropped.
pub struct DynamoDb {
    database: Database,
    server: ServerThread,
}

impl DynamoDb {
    /// Starts it on `address`, whose port may be 0.
    ///
    /// # Errors
    /// Where the state cannot be opened or the port not be had.
    pub fn start(storage: Storage<'_>, address: SocketAddr) -> Result<Self, EmbeddedError> {
        let database = open_database(storage).map_err(EmbeddedError::DynamoDb)?;
        let served = database.clone();
        let server = ServerThread::start("DynamoDB", address, async move |listener, stop| {
            dynoxide::server::serve_with_shutdown(listener, served, stop).await
        })?;
        Ok(Self { database, server })
    }

    /// Its URL, for `AWS_ENDPOINT_URL_DYNAMODB`.
    pub fn endpoint(&self) -> &str {
        self.server.endpoint()
    }

    /// The database behind it, for what the wire does not offer.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Removes the items whose TTL has passed, which the emulator never does by itself, and gives
    /// their number.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn sweep_ttl(&self) -> Result<usize, EmbeddedError> {
        self.database.sweep_ttl().map_err(EmbeddedError::DynamoDb)
    }

    /// Stops it and returns once its thread has ended. Blocks: not for an async task.
    pub fn stop(self) {
        self.server.stop();
    }
}

fn open_database(storage: Storage<'_>) -> Result<Database, dynoxide::DynoxideError> {
    match storage {
        Storage::Memory => Database::memory(),
        Storage::Folder(folder) => {
            let database = Database::new(&folder.file("dynamodb.sqlite").to_string_lossy())?;
            // Also what sets WAL with `synchronous = NORMAL`: it survives a killed process, and
            // saves one fsync for every item written.
            database.disable_bulk_loading()?;
            Ok(database)
        }
    }
}

/// A running SQS emulator; it stops when dropped.
pub struct Sqs {
    queues: EmbeddedSqs,
    server: ServerThread,
}

impl Sqs {
    /// Starts it on `address`, whose port may be 0.
    ///
    /// # Errors
    /// Where the state cannot be opened or the port not be had.
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
