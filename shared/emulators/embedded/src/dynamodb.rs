//! DynamoDB: the database `dynoxide`, served.

use std::net::SocketAddr;

use dynoxide::Database;
use loopback_server::{AccessKey, serve};

use crate::{error::EmbeddedError, served::routes, sound, storage::Storage, thread::ServerThread};

/// A running DynamoDB emulator; it stops when dropped.
pub struct DynamoDb {
    database: Database,
    server: ServerThread,
}

impl DynamoDb {
    /// Starts it on `address`, whose port may be 0, for calls that are signed with `key`.
    ///
    /// # Errors
    /// If the state is damaged or cannot be opened, or the port is taken.
    pub fn start(storage: Storage<'_>, address: SocketAddr, key: &AccessKey) -> Result<Self, EmbeddedError> {
        let database = open_database(storage)?;
        let routes = routes(database.clone(), key.clone());
        let server = ServerThread::start("DynamoDB", address, async move |listener, stop| {
            serve(listener, routes, stop).await
        })?;
        Ok(Self { database, server })
    }

    /// Value for `AWS_ENDPOINT_URL_DYNAMODB`.
    pub fn endpoint(&self) -> &str {
        self.server.endpoint()
    }

    /// The database, for operations that the wire protocol does not have.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Removes the items whose TTL has passed, which the emulator never does by itself, and returns their number.
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

fn open_database(storage: Storage<'_>) -> Result<Database, EmbeddedError> {
    let Storage::Folder(folder) = storage else { return Database::memory().map_err(EmbeddedError::DynamoDb) };
    let path = folder.file("dynamodb.sqlite");
    if let Some(reason) = sound::damage(&path).map_err(EmbeddedError::file(&path))? {
        return Err(EmbeddedError::Tables { path, reason });
    }
    open_file(&path.to_string_lossy()).map_err(EmbeddedError::DynamoDb)
}

fn open_file(path: &str) -> Result<Database, dynoxide::DynoxideError> {
    let database = Database::new(path)?;
    // This also sets WAL with `synchronous = NORMAL`, which survives a killed process and saves one fsync for each
    // written item.
    database.disable_bulk_loading()?;
    Ok(database)
}
