//! A queue's attributes, parsed when they come in and written as the text of the wire protocol.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::refusal::Refusal;

/// Attributes that a client may set, each within its limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct QueueAttributes {
    pub(crate) visibility_seconds: i64,
    pub(crate) retention_seconds: i64,
    pub(crate) redrive: Option<RedrivePolicy>,
}

/// The queue for messages that were received too often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RedrivePolicy {
    dead_letter_target_arn: String,
    pub(crate) max_receive_count: i64,
}

impl Default for QueueAttributes {
    fn default() -> Self {
        Self {
            visibility_seconds: limits::default::VISIBILITY_SECONDS,
            retention_seconds: limits::default::RETENTION_SECONDS,
            redrive: None,
        }
    }
}

impl QueueAttributes {
    /// Sets every attribute of a request, or none.
    ///
    /// # Errors
    /// The first name or value that the service refuses.
    pub(crate) fn with(&self, changes: &BTreeMap<String, String>) -> Result<Self, Refusal> {
        let mut changed = self.clone();
        changes.iter().try_for_each(|(name, value)| changed.set(name, value))?;
        Ok(changed)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        match name {
            "VisibilityTimeout" => self.visibility_seconds = number(name, value, limits::VISIBILITY_SECONDS)?,
            "MessageRetentionPeriod" => {
                self.retention_seconds = number(name, value, limits::RETENTION_SECONDS)?
            }
            "RedrivePolicy" => self.redrive = RedrivePolicy::parse(value)?,
            _ => return Err(Refusal::InvalidAttributeName(name.to_owned())),
        }
        Ok(())
    }

    /// The attributes as the wire has them; what is unset is absent.
    pub(crate) fn to_wire(&self) -> BTreeMap<String, String> {
        let numbers = [
            ("VisibilityTimeout", self.visibility_seconds),
            ("MessageRetentionPeriod", self.retention_seconds),
        ];
        let mut wire: BTreeMap<String, String> =
            numbers.into_iter().map(|(name, number)| (name.to_owned(), number.to_string())).collect();
        wire.extend(self.redrive.as_ref().map(|redrive| ("RedrivePolicy".to_owned(), redrive.to_wire())));
        wire
    }
}

fn number(name: &str, value: &str, range: RangeInclusive<i64>) -> Result<i64, Refusal> {
    let number = value.parse::<i64>().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| Refusal::InvalidAttributeValue(name.to_owned()))
}

/// The policy as clients write it: the count may be a number or text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePolicy {
    dead_letter_target_arn: String,
    max_receive_count: serde_json::Value,
}

impl RedrivePolicy {
    /// Reads a policy; empty text removes it.
    fn parse(text: &str) -> Result<Option<Self>, Refusal> {
        if text.is_empty() {
            return Ok(None);
        }
        let refused = |reason: &str| Refusal::redrive_policy(text, reason);
        let wire: WirePolicy =
            serde_json::from_str(text).map_err(|_| refused("Redrive policy is not a valid JSON map."))?;
        let max_receive_count = receive_count(&wire.max_receive_count).ok_or_else(|| {
            refused("Invalid value for maxReceiveCount, valid values are from 1 to 1000 both inclusive.")
        })?;
        let policy = Self { dead_letter_target_arn: wire.dead_letter_target_arn, max_receive_count };
        policy.target().ok_or_else(|| refused("Invalid value for deadLetterTargetArn."))?;
        Ok(Some(policy))
    }

    /// The name of the dead-letter queue: the last part of `arn:aws:sqs:region:account:name`.
    pub(crate) fn target(&self) -> Option<&str> {
        let parts: Vec<&str> = self.dead_letter_target_arn.split(':').collect();
        match parts[..] {
            ["arn", _, "sqs", _, _, name] if !name.is_empty() => Some(name),
            _ => None,
        }
    }

    pub(crate) fn to_wire(&self) -> String {
        serde_json::json!({
            "deadLetterTargetArn": self.dead_letter_target_arn,
            "maxReceiveCount": self.max_receive_count,
        })
        .to_string()
    }
}

fn receive_count(value: &serde_json::Value) -> Option<i64> {
    let count = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    count.filter(|count| limits::MAX_RECEIVE_COUNT.contains(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(name: &str, value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn both_ends_of_a_range_are_accepted_and_values_beyond_are_refused() {
        let queue = QueueAttributes::default();
        for (value, accepted) in [("-1", false), ("0", true), ("43200", true), ("43201", false), ("x", false)]
        {
            assert_eq!(queue.with(&changes("VisibilityTimeout", value)).is_ok(), accepted, "{value}");
        }
    }

    #[test]
    fn a_receive_count_may_be_text_and_must_be_in_range() {
        let queue = QueueAttributes::default();
        for (count, accepted) in
            [("1", true), ("\"3\"", true), ("0", false), ("1001", false), ("null", false)]
        {
            let policy = format!(
                r#"{{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:1:dead","maxReceiveCount":{count}}}"#
            );
            assert_eq!(queue.with(&changes("RedrivePolicy", &policy)).is_ok(), accepted, "{count}");
        }
    }

    #[test]
    fn a_fifo_queue_is_refused_and_not_made_a_standard_one() {
        let refusal = QueueAttributes::default().with(&changes("FifoQueue", "true"));
        assert!(matches!(refusal, Err(Refusal::InvalidAttributeName(_))));
    }

    #[test]
    fn another_spelling_of_the_same_attribute_value_is_not_a_difference() {
        let text = r#"{"maxReceiveCount":"3","deadLetterTargetArn":"arn:aws:sqs:r:a:dead"}"#;
        let number = r#"{"deadLetterTargetArn":"arn:aws:sqs:r:a:dead","maxReceiveCount":3}"#;
        let queue = QueueAttributes::default().with(&changes("RedrivePolicy", text)).unwrap();
        assert_eq!(queue.with(&changes("RedrivePolicy", number)).unwrap(), queue);
        assert_ne!(queue.with(&changes("VisibilityTimeout", "1")).unwrap(), queue);
    }
}
