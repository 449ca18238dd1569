//! Taking up a received message: one rule for messages that cannot be read, whichever queue they come from.

use domain::timestamp::Timestamp;
use platform::telemetry;

use crate::task::{PoisonError, Task, decode};

/// A received message, as its consumer has to treat it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Received<T> {
    /// A task to carry out.
    Task {
        /// The message's id, by which it is named if it has to come back.
        message_id: String,
        /// Its content.
        task: T,
    },
    /// Written by a newer version, which will read it: the message has to come back until that is deployed.
    Newer {
        /// The message's id.
        message_id: String,
    },
    /// Recorded as poison: the message is to be acknowledged.
    Poison,
}

/// Reads a message that a function received.
///
/// SQS gives every message an id. A message without one is poison, because it could not be named
/// as failed, and Lambda takes an empty name for a failure of the whole event, so that finished messages would come
/// back with it.
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

/// Logs and counts a message that no version will ever understand. It is acknowledged afterwards: it would come
/// back for ever, and delay others.
pub fn record_poison(function: &str, message_id: &str, reason: &str, now: Timestamp) {
    tracing::error!(queue.message_id = message_id, reason, "a poisonous message was put aside");
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
    fn a_task_is_carried_out_a_newer_one_comes_back_and_others_are_poison() {
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
    fn a_message_that_cannot_be_named_never_comes_back() {
        for body in [TASK, r#"{"v":2,"job":{}}"#, "hello"] {
            assert_eq!(received(None, Some(body)), Received::Poison);
            assert_eq!(received(Some(""), Some(body)), Received::Poison);
        }
    }
}
