//! Rules that depend on the time, with the time as an argument.

use std::collections::BTreeMap;

use super::*;
use crate::attributes::QueueAttributes;
use crate::receipt::Receipt;

const NOON_MS: i64 = 1_800_000_000_000;
const MINUTE_MS: i64 = 60_000;

/// A queue that keeps messages for a minute.
fn minute_queue(connection: &Connection) -> Queue {
    let changes = BTreeMap::from([("MessageRetentionPeriod".to_owned(), "60".to_owned())]);
    let attributes = QueueAttributes::default().with(&changes).unwrap();
    Queues(connection).insert("minute", &attributes).unwrap();
    Queues(connection).find("minute").unwrap().unwrap()
}

fn send(connection: &Connection, queue: &Queue, group_id: &str, sent_at_ms: i64) {
    let message =
        NewMessage { message_id: "id", group_id, body: "body", sent_at_ms, visible_at_ms: sent_at_ms };
    Messages(connection).insert(queue.id, &message).unwrap();
}

fn in_a_store(check: impl FnOnce(&Connection)) {
    let checked: Result<(), Error> = Store::in_memory().unwrap().transact(|tx| {
        check(tx);
        Ok(())
    });
    checked.unwrap();
}

/// Receives the oldest visible message of the queue's only group.
fn receive(connection: &Connection, queue: &Queue, now_ms: i64) -> Delivery {
    let windows = Messages(connection).windows(queue.id, 1, now_ms).unwrap();
    Messages(connection).deliver(windows[0].visible[0].sequence, now_ms + MINUTE_MS / 2, now_ms).unwrap()
}

#[test]
fn a_message_is_kept_for_the_retention_period_and_no_longer() {
    in_a_store(|connection| {
        let queue = minute_queue(connection);
        send(connection, &queue, "", NOON_MS);
        let total = |now_ms| Queues(connection).depth(&queue, now_ms).unwrap().total();
        Messages(connection).expire(&queue, NOON_MS + MINUTE_MS - 1).unwrap();
        assert_eq!((total(NOON_MS + MINUTE_MS - 1), total(NOON_MS + MINUTE_MS)), (1, 0));
        Messages(connection).expire(&queue, NOON_MS + MINUTE_MS).unwrap();
        assert_eq!(total(NOON_MS), 0);
    });
}

#[test]
fn a_message_is_visible_again_in_the_very_millisecond_in_which_its_timeout_ends() {
    in_a_store(|connection| {
        let queue = minute_queue(connection);
        send(connection, &queue, "", NOON_MS);
        receive(connection, &queue, NOON_MS);
        let due_ms = NOON_MS + MINUTE_MS / 2;
        assert_eq!(Messages(connection).next_visible_at_ms(queue.id, NOON_MS).unwrap(), Some(due_ms));
        let depth = |now_ms| Queues(connection).depth(&queue, now_ms).unwrap();
        assert_eq!(depth(due_ms - 1), Depth { visible: 0, in_flight: 1, delayed: 0 });
        assert_eq!(depth(due_ms), Depth { visible: 1, in_flight: 0, delayed: 0 });
    });
}

#[test]
fn only_the_latest_receipt_settles_a_message() {
    in_a_store(|connection| {
        let queue = minute_queue(connection);
        send(connection, &queue, "", NOON_MS);
        let first = receive(connection, &queue, NOON_MS).receipt;
        let second = receive(connection, &queue, NOON_MS + MINUTE_MS / 2).receipt;
        let now_ms = NOON_MS + MINUTE_MS / 2 + 1;
        let hide = |receipt: Receipt| Messages(connection).hide(receipt, now_ms, now_ms).unwrap();
        assert_eq!(
            (hide(first), hide(second), hide(second)),
            (Settled::Gone, Settled::Changed, Settled::NotInFlight)
        );
        let total = || Queues(connection).depth(&queue, now_ms).unwrap().total();
        Messages(connection).delete(first).unwrap();
        assert_eq!(total(), 1);
        Messages(connection).delete(second).unwrap();
        assert_eq!(total(), 0);
    });
}

#[test]
fn each_group_is_seen_with_its_load_and_its_oldest_messages() {
    in_a_store(|connection| {
        let queue = minute_queue(connection);
        for (group, sent_at_ms) in [("big", 0), ("big", 1), ("big", 2), ("small", 3), ("", 4)] {
            send(connection, &queue, group, NOON_MS + sent_at_ms);
        }
        let ungrouped = receive(connection, &queue, NOON_MS + 5);
        assert_eq!(ungrouped.group_id, "");
        let windows = Messages(connection).windows(queue.id, 2, NOON_MS + 6).unwrap();
        let shapes: Vec<(usize, usize)> =
            windows.iter().map(|group| (group.in_flight, group.visible.len())).collect();
        assert_eq!(shapes, [(1, 0), (0, 2), (0, 1)]);
    });
}
