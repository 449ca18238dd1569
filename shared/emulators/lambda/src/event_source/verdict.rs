//! The result of each message of a batch, by a function's answer.
//!
//! Source: "Success and failure conditions" in docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::Value;

use super::event::Record;

/// The outcome of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Every message but these is done.
    Failed(HashSet<String>),
    /// No message is done, for the reason given.
    AllFailed(String),
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "batchItemFailures", default)]
    failures: Option<Vec<Failure>>,
}

#[derive(Deserialize)]
struct Failure {
    #[serde(rename = "itemIdentifier")]
    message_id: String,
}

impl Verdict {
    /// Reads an answer; `reports_failures` is whether the mapping listens to it at all.
    pub(super) fn of(answer: &[u8], batch: &[Record], reports_failures: bool) -> Self {
        if !reports_failures {
            return Self::Failed(HashSet::new());
        }
        let reported = match reported(answer) {
            Ok(reported) => reported,
            Err(error) => return Self::AllFailed(format!("its answer is not a batch response: {error}")),
        };
        let known = |id: &String| batch.iter().any(|record| record.message_id == *id);
        match reported.iter().all(known) {
            true => Self::Failed(reported),
            false => Self::AllFailed("its answer names a message that is not of the batch".into()),
        }
    }

    /// Whether a message must be delivered again.
    pub(super) fn failed(&self, message_id: &str) -> bool {
        match self {
            Self::Failed(failed) => failed.contains(message_id),
            Self::AllFailed(_) => true,
        }
    }
}

fn reported(answer: &[u8]) -> Result<HashSet<String>, serde_json::Error> {
    // Parsed as a value first, because serde would accept a list for a struct.
    let answer = match serde_json::from_slice(answer)? {
        Value::Null => return Ok(HashSet::new()),
        Value::Object(fields) => Answer::deserialize(Value::Object(fields))?,
        other => return Err(serde::de::Error::custom(format_args!("{} is no object", kind(&other)))),
    };
    Ok(answer.failures.unwrap_or_default().into_iter().map(|failure| failure.message_id).collect())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::Message;

    use super::*;

    /// The failed messages of a batch of "a" and "b".
    fn failed(answer: &str) -> Vec<&'static str> {
        let batch =
            ["a", "b"].map(|id| Record::new(Message::builder().message_id(id).build(), "arn").unwrap());
        let verdict = Verdict::of(answer.as_bytes(), &batch, true);
        ["a", "b"].into_iter().filter(|id| verdict.failed(id)).collect()
    }

    #[test]
    fn an_answer_without_failures_means_that_the_batch_is_processed() {
        for answer in ["null", "{}", r#"{"batchItemFailures":null}"#, r#"{"batchItemFailures":[]}"#] {
            assert!(failed(answer).is_empty(), "{answer}");
        }
    }

    #[test]
    fn only_the_reported_messages_failed() {
        assert_eq!(failed(r#"{"batchItemFailures":[{"itemIdentifier":"b"}]}"#), ["b"]);
        assert_eq!(failed(r#"{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"b"}]}"#), ["b"]);
    }

    #[test]
    fn an_invalid_list_of_failures_fails_the_whole_batch() {
        let answers = [
            "",
            "ok",
            "\"ok\"",
            "[]",
            r#"{"batchItemFailures":"b"}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
            r#"{"batchItemFailures":[{"identifier":"b"}]}"#,
            r#"{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"unknown"}]}"#,
        ];
        for answer in answers {
            assert_eq!(failed(answer), ["a", "b"], "{answer}");
        }
    }

    #[test]
    fn a_mapping_that_does_not_listen_takes_any_answer_for_success() {
        let batch = [Record::new(Message::builder().message_id("a").build(), "arn").unwrap()];
        let verdict = Verdict::of(br#"{"batchItemFailures":[{"itemIdentifier":"a"}]}"#, &batch, false);
        assert!(!verdict.failed("a"));
    }
}
