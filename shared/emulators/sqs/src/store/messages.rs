//! The table of messages: sending, receiving, settling.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params, params};

use super::queues::Queue;
use crate::fairness::{GroupWindow, Visible};
use crate::receipt::Receipt;

/// A message that was received so often no longer counts in the age of its queue. (Amazon SQS Developer Guide,
/// "Available CloudWatch metrics".)
const MOST_RECEIVES: i64 = 3;

/// A message to be stored.
#[derive(Debug)]
pub(crate) struct NewMessage<'m> {
    pub(crate) message_id: &'m str,
    /// Empty for a message without a group.
    pub(crate) group_id: &'m str,
    pub(crate) body: &'m str,
    pub(crate) sent_at_ms: i64,
    pub(crate) visible_at_ms: i64,
}

/// A message as it is delivered.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) receipt: Receipt,
    pub(crate) message_id: String,
    pub(crate) group_id: String,
    pub(crate) sent_at_ms: i64,
    pub(crate) first_received_at_ms: i64,
    /// Made by a fault; not duplicated again.
    pub(crate) is_copy: bool,
    pub(crate) body: String,
}

/// The result of a change of visibility.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// The change is stored.
    Changed,
    /// The message is visible again.
    NotInFlight,
    /// The message was deleted, moved, or delivered again under another receipt.
    Gone,
}

/// Reads and writes messages through one connection or transaction.
pub(crate) struct Messages<'c>(pub(crate) &'c Connection);

impl Messages<'_> {
    pub(crate) fn insert(&self, queue: i64, message: &NewMessage<'_>) -> rusqlite::Result<()> {
        let mut statement = self.0.prepare_cached(
            "INSERT INTO messages (queue, group_id, visible_at_ms, sent_at_ms, message_id, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        statement.execute(params![
            queue,
            message.group_id,
            message.visible_at_ms,
            message.sent_at_ms,
            message.message_id,
            message.body,
        ])?;
        Ok(())
    }

    /// Deletes messages that are older than the queue's retention period.
    pub(crate) fn expire(&self, queue: &Queue, now_ms: i64) -> rusqlite::Result<()> {
        let mut statement =
            self.0.prepare_cached("DELETE FROM messages WHERE queue = ?1 AND sent_at_ms <= ?2")?;
        statement.execute([queue.id, queue.expired_at_ms(now_ms)])?;
        Ok(())
    }

    /// Moves visible messages that were received `max_receive_count` times or more to the
    /// dead-letter queue `target`. Returns how many.
    pub(crate) fn bury(
        &self,
        queue: i64,
        target: i64,
        max_receive_count: i64,
        now_ms: i64,
    ) -> rusqlite::Result<usize> {
        let mut statement = self.0.prepare_cached(
            "UPDATE messages INDEXED BY messages_received
             SET queue = :target, visible_at_ms = :now
             WHERE queue = :queue AND received > 0 AND received >= :max AND visible_at_ms <= :now",
        )?;
        statement.execute(named_params! {
            ":queue": queue, ":target": target, ":max": max_receive_count, ":now": now_ms,
        })
    }

    /// For each message group, its messages in flight and its `limit` oldest visible messages.
    pub(crate) fn windows(
        &self,
        queue: i64,
        limit: usize,
        now_ms: i64,
    ) -> rusqlite::Result<Vec<GroupWindow>> {
        let groups = self.groups(queue)?;
        groups.iter().map(|group| self.window(queue, group, limit, now_ms)).collect()
    }

    /// The distinct groups, found by skipping through the index from one to the next.
    fn groups(&self, queue: i64) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.0.prepare_cached(
            "WITH RECURSIVE groups (name) AS (
                 SELECT min(group_id) FROM messages WHERE queue = ?1
                 UNION ALL
                 SELECT (SELECT min(group_id) FROM messages WHERE queue = ?1 AND group_id > groups.name)
                 FROM groups WHERE groups.name IS NOT NULL)
             SELECT name FROM groups WHERE name IS NOT NULL",
        )?;
        statement.query_map([queue], |row| row.get(0))?.collect()
    }

    fn window(&self, queue: i64, group: &str, limit: usize, now_ms: i64) -> rusqlite::Result<GroupWindow> {
        let mut in_flight = self.0.prepare_cached(
            "SELECT count(*) FROM messages INDEXED BY messages_received
             WHERE queue = ?1 AND group_id = ?2 AND visible_at_ms > ?3 AND received > 0",
        )?;
        let mut visible = self.0.prepare_cached(
            "SELECT visible_at_ms, sequence FROM messages INDEXED BY messages_by_group
             WHERE queue = ?1 AND group_id = ?2 AND visible_at_ms <= ?3
             ORDER BY visible_at_ms, sequence LIMIT ?4",
        )?;
        let message = |row: &Row<'_>| Ok(Visible { since_ms: row.get(0)?, sequence: row.get(1)? });
        Ok(GroupWindow {
            in_flight: in_flight.query_row(params![queue, group, now_ms], |row| row.get(0))?,
            visible: visible
                .query_map(params![queue, group, now_ms, limit], message)?
                .collect::<Result<_, _>>()?,
        })
    }

    /// Delivers one message: counts the receive and hides it until `visible_at_ms`.
    pub(crate) fn deliver(
        &self,
        sequence: i64,
        visible_at_ms: i64,
        now_ms: i64,
    ) -> rusqlite::Result<Delivery> {
        let mut statement = self.0.prepare_cached(
            "UPDATE messages SET received = received + 1, visible_at_ms = ?2,
                                 first_received_at_ms = coalesce(first_received_at_ms, ?3)
             WHERE sequence = ?1
             RETURNING queue, sequence, received, message_id, group_id, sent_at_ms, first_received_at_ms,
                       is_copy, body",
        )?;
        statement.query_row([sequence, visible_at_ms, now_ms], delivery)
    }

    /// Stores a visible copy of a message, as it was before its last delivery.
    pub(crate) fn duplicate(&self, sequence: i64, now_ms: i64) -> rusqlite::Result<()> {
        self.0.execute(
            "INSERT INTO messages (queue, group_id, visible_at_ms, sent_at_ms, received, is_copy, message_id, body)
             SELECT queue, group_id, ?2, sent_at_ms, received - 1, 1, message_id, body
             FROM messages WHERE sequence = ?1",
            [sequence, now_ms],
        )?;
        Ok(())
    }

    /// Deletes the message of a delivery, if that was its latest one. Deleting twice is no error.
    pub(crate) fn delete(&self, receipt: Receipt) -> rusqlite::Result<()> {
        let mut statement = self
            .0
            .prepare_cached("DELETE FROM messages WHERE sequence = ?1 AND queue = ?2 AND received = ?3")?;
        statement.execute([receipt.sequence, receipt.queue, receipt.delivery])?;
        Ok(())
    }

    /// Hides the message of a delivery until another time.
    pub(crate) fn hide(
        &self,
        receipt: Receipt,
        visible_at_ms: i64,
        now_ms: i64,
    ) -> rusqlite::Result<Settled> {
        let mut current = self.0.prepare_cached(
            "SELECT visible_at_ms FROM messages WHERE sequence = ?1 AND queue = ?2 AND received = ?3",
        )?;
        let key = [receipt.sequence, receipt.queue, receipt.delivery];
        let hidden_until: Option<i64> = current.query_row(key, |row| row.get(0)).optional()?;
        match hidden_until {
            None => return Ok(Settled::Gone),
            Some(until_ms) if until_ms <= now_ms => return Ok(Settled::NotInFlight),
            Some(_) => {}
        }
        let mut change =
            self.0.prepare_cached("UPDATE messages SET visible_at_ms = ?2 WHERE sequence = ?1")?;
        change.execute([receipt.sequence, visible_at_ms])?;
        Ok(Settled::Changed)
    }

    /// Makes every message of every queue older by this.
    pub(crate) fn age(&self, span_ms: i64) -> rusqlite::Result<()> {
        self.0.execute(
            "UPDATE messages SET visible_at_ms = visible_at_ms - ?1, sent_at_ms = sent_at_ms - ?1,
                                 first_received_at_ms = first_received_at_ms - ?1",
            [span_ms],
        )?;
        Ok(())
    }

    /// When the oldest message of a queue was sent, of those that were not received `MOST_RECEIVES` times yet.
    pub(crate) fn oldest_sent_at_ms(&self, queue: &Queue, now_ms: i64) -> rusqlite::Result<Option<i64>> {
        let mut statement = self.0.prepare_cached(
            "SELECT min(sent_at_ms) FROM messages WHERE queue = ?1 AND sent_at_ms > ?2 AND received < ?3",
        )?;
        statement.query_row([queue.id, queue.expired_at_ms(now_ms), MOST_RECEIVES], |row| row.get(0))
    }

    /// When the next hidden message of a queue becomes visible.
    pub(crate) fn next_visible_at_ms(&self, queue: i64, now_ms: i64) -> rusqlite::Result<Option<i64>> {
        let mut statement = self.0.prepare_cached(
            "SELECT min(visible_at_ms) FROM messages WHERE queue = ?1 AND visible_at_ms > ?2",
        )?;
        statement.query_row([queue, now_ms], |row| row.get(0))
    }
}

fn delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        receipt: Receipt { queue: row.get(0)?, sequence: row.get(1)?, delivery: row.get(2)? },
        message_id: row.get(3)?,
        group_id: row.get(4)?,
        sent_at_ms: row.get(5)?,
        first_received_at_ms: row.get(6)?,
        is_copy: row.get(7)?,
        body: row.get(8)?,
    })
}
