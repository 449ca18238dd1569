//! DynamoDB: the database `dynoxide`, served.

use std::net::SocketAddr;

use dynoxide::Database;

use crate::{error::EmbeddedError, storage::Storage, thread::ServerThread};

/// A running DynamoDB emulator; it stops when dropped.
pub struct DynamoDb {
    database: Database,
    server: ServerThread,
}

impl DynamoDb {
    /// Starts it on `address`, whose port may be 0.
    ///
    /// # Errors
    /// If the state cannot be opened, or the port is taken.
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
    /// If the database cannot be written.
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
