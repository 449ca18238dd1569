//! Reads received messages: one rule for all queues says what happens to a message that cannot be read.

use domain::timestamp::Timestamp;
use platform::telemetry;

use crate::task::{PoisonError, Task, decode};

/// A received message, by what its consumer must do with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Received<T> {
    /// Carry out a task.
    Task {
        /// The message's id, by which the consumer returns it if the task fails.
        message_id: String,
        task: T,
    },
    /// Return the message to the queue: a newer version wrote it and will read it.
    Newer { message_id: String },
    /// Acknowledge the message: it cannot be read by any version, and was logged and counted.
    Poison,
}

/// Reads a message that a function received.
///
/// SQS gives every message an id. A message without an id is treated as unreadable, because it could not be reported as
/// failed: Lambda takes an empty id for a failure of the whole event, and would return its finished messages too.
pub fn receive<T: Task>(
    function: &str,
    message_id: Option<String>,
    body: Option<&str>,
    now: Timestamp,
) -> Received<T> {
    let Some(message_id) = message_id.filter(|id| !id.is_empty()) else {
        record_poison(function, "", "the message has no id", now);
        return Received::Poison;
    };
    match decode(body.unwrap_or_default()) {
        Ok(task) => Received::Task { message_id, task },
        Err(error @ PoisonError::UnknownForm(_)) => {
            tracing::error!(%error, queue.message_id = message_id, "a message comes back");
            Received::Newer { message_id }
        }
        Err(error @ PoisonError::Unreadable) => {
            record_poison(function, &message_id, &error.to_string(), now);
            Received::Poison
        }
    }
}

/// Logs and counts a message that no version can read. The caller then acknowledges it, because otherwise it would
/// return for ever and delay other messages.
pub fn record_poison(function: &str, message_id: &str, reason: &str, now: Timestamp) {
    tracing::error!(queue.message_id = message_id, reason, "an unreadable message was dropped");
    telemetry::metrics(now.millis(), function, &[(telemetry::POISON_MESSAGES, 1)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::BatchTask;

    const TASK: &str = r#"{"v":1,"task":{"batch":"3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.84.3"}}"#;

    fn received(message_id: Option<&str>, body: Option<&str>) -> Received<BatchTask> {
        receive("dispatch", message_id.map(str::to_owned), body, Timestamp::from_secs(1))
    }

    #[test]
    fn a_task_is_returned_a_newer_form_waits_and_any_other_body_is_unreadable() {
        let message_id = "m-1".to_owned();
        let task = decode(TASK).unwrap();
        assert_eq!(
            received(Some("m-1"), Some(TASK)),
            Received::Task { message_id: message_id.clone(), task }
        );
        let newer = r#"{"v":2,"job":{}}"#;
        assert_eq!(received(Some("m-1"), Some(newer)), Received::Newer { message_id });
        assert_eq!(received(Some("m-1"), Some("hello")), Received::Poison);
        assert_eq!(received(Some("m-1"), None), Received::Poison);
    }

    #[test]
    fn a_message_without_an_id_is_acknowledged() {
        for body in [TASK, r#"{"v":2,"job":{}}"#, "hello"] {
            assert_eq!(received(None, Some(body)), Received::Poison);
            assert_eq!(received(Some(""), Some(body)), Received::Poison);
        }
    }
}
