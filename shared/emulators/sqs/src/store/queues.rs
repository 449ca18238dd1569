//! The table of queues.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, named_params, params};

use crate::attributes::QueueAttributes;
use crate::clock;

/// A stored queue.
#[derive(Debug, Clone)]
pub(crate) struct Queue {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) attributes: QueueAttributes,
}

impl Queue {
    /// Messages sent at this time or before have outlived the retention period.
    pub(crate) fn expired_at_ms(&self, now_ms: i64) -> i64 {
        now_ms.saturating_sub(clock::seconds(self.attributes.retention_seconds))
    }
}

/// How many messages a queue holds, by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// Messages that a receive would find now.
    pub visible: usize,
    /// Messages received and neither deleted nor visible again.
    pub in_flight: usize,
    /// Messages sent with a delay that has not passed.
    pub delayed: usize,
}

impl Depth {
    /// All messages, in every state.
    #[must_use]
    pub fn total(&self) -> usize {
        self.visible + self.in_flight + self.delayed
    }
}

/// Reads and writes queues through one connection or transaction.
pub(crate) struct Queues<'c>(pub(crate) &'c Connection);

impl Queues<'_> {
    pub(crate) fn find(&self, name: &str) -> rusqlite::Result<Option<Queue>> {
        let mut statement =
            self.0.prepare_cached("SELECT id, name, attributes FROM queues WHERE name = ?1")?;
        statement.query_row([name], queue).optional()
    }

    pub(crate) fn insert(&self, name: &str, attributes: &QueueAttributes) -> rusqlite::Result<()> {
        self.0.execute(
            "INSERT INTO queues (name, attributes) VALUES (?1, ?2)",
            params![name, to_json(attributes)?],
        )?;
        Ok(())
    }

    pub(crate) fn change(&self, queue: i64, attributes: &QueueAttributes) -> rusqlite::Result<()> {
        self.0.execute(
            "UPDATE queues SET attributes = ?2 WHERE id = ?1",
            params![queue, to_json(attributes)?],
        )?;
        Ok(())
    }

    pub(crate) fn delete(&self, queue: i64) -> rusqlite::Result<()> {
        self.0.execute("DELETE FROM queues WHERE id = ?1", [queue])?;
        Ok(())
    }

    /// Counts what a queue holds. Expired messages are not counted.
    pub(crate) fn depth(&self, queue: &Queue, now_ms: i64) -> rusqlite::Result<Depth> {
        let mut statement = self.0.prepare_cached(
            "SELECT count(*) FILTER (WHERE visible_at_ms <= :now),
                    count(*) FILTER (WHERE visible_at_ms > :now AND received > 0),
                    count(*) FILTER (WHERE visible_at_ms > :now AND received = 0)
             FROM messages WHERE queue = :queue AND sent_at_ms > :expired",
        )?;
        let bound =
            named_params! { ":queue": queue.id, ":now": now_ms, ":expired": queue.expired_at_ms(now_ms) };
        statement.query_row(bound, |row| {
            Ok(Depth { visible: row.get(0)?, in_flight: row.get(1)?, delayed: row.get(2)? })
        })
    }
}

fn queue(row: &Row<'_>) -> rusqlite::Result<Queue> {
    Ok(Queue { id: row.get(0)?, name: row.get(1)?, attributes: from_json(row, 2)? })
}

/// Reads a column of JSON.
fn from_json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    serde_json::from_str(row.get_ref(column)?.as_str()?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// Writes a column of JSON.
fn to_json<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}
