//! Queues and messages in SQLite. Called by the actions; knows no HTTP, no faults and no clock.

mod messages;
mod queues;

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::error::Error;

pub(crate) use messages::{Delivery, Messages, NewMessage, Settled};
pub use queues::Depth;
pub(crate) use queues::{Queue, Queues};

/// The layout that `schema.sql` makes, kept in SQLite's `user_version`.
const LAYOUT: i64 = 1;

/// The database behind one lock: SQLite writes one at a time anyway, and a call takes
/// microseconds. The lock is never held across an await.
#[derive(Debug)]
pub(crate) struct Store(Mutex<Connection>);

impl Store {
    /// A store that lives as long as the value.
    pub(crate) fn in_memory() -> Result<Self, Error> {
        Self::prepare(Connection::open_in_memory()?)
    }

    /// A store in a file that survives the death of the process. The file is locked for as long
    /// as the store is open.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let connection = Connection::open(path)?;
        // Another process holds the lock until it ends, so waiting for it does not help.
        connection.busy_timeout(Duration::ZERO)?;
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A killed process loses nothing; a power failure may lose the last writes.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        Self::prepare(connection)
    }

    fn prepare(mut connection: Connection) -> Result<Self, Error> {
        connection.set_prepared_statement_cache_capacity(64);
        connection.pragma_update(None, "foreign_keys", true)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        match transaction.pragma_query_value(None, "user_version", |row| row.get(0))? {
            0 => transaction.execute_batch(include_str!("schema.sql"))?,
            LAYOUT => {}
            found => return Err(Error::Layout { found, expected: LAYOUT }),
        }
        transaction.pragma_update(None, "user_version", LAYOUT)?;
        transaction.commit()?;
        Ok(Self(Mutex::new(connection)))
    }

    /// Runs `change` in one transaction: an error rolls everything back.
    pub(crate) fn transact<T, E: From<rusqlite::Error>>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        // A poisoned lock is safe to take: the transaction of the panic was rolled back.
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let outcome = change(&transaction)?;
        transaction.commit()?;
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests;
