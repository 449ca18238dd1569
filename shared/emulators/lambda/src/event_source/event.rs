//! Messages as the JSON of a Lambda SQS event.

use aws_lambda_events::sqs::SqsMessage;
use aws_sdk_sqs::types::Message;
use bytes::Bytes;
use serde_json::Value;

use super::error::PollError;
use crate::limits::PAYLOAD_BYTES_MAX;

/// The JSON around the records of an event.
const ENVELOPE: (&str, &str) = ("{\"Records\":[", "]}");

/// A message as the event carries it, with its receipt handle for the delete.
pub(super) struct Record {
    pub(super) message_id: String,
    pub(super) receipt_handle: String,
    json: String,
}

impl Record {
    /// Writes a message of the queue `arn`. Message attributes are left out: the poller asks for none.
    pub(super) fn new(message: Message, arn: &str) -> Result<Self, PollError> {
        let json = record_json(&message, arn)?;
        Ok(Self {
            message_id: message.message_id.unwrap_or_default(),
            receipt_handle: message.receipt_handle.unwrap_or_default(),
            json,
        })
    }
}

fn record_json(message: &Message, arn: &str) -> Result<String, PollError> {
    let mut record = SqsMessage::default();
    record.message_id = Some(message.message_id().unwrap_or_default().to_owned());
    record.receipt_handle = Some(message.receipt_handle().unwrap_or_default().to_owned());
    record.body = Some(message.body().unwrap_or_default().to_owned());
    record.md5_of_body = message.md5_of_body().map(str::to_owned);
    let attributes = message.attributes().into_iter().flatten();
    record.attributes = attributes.map(|(name, value)| (name.as_str().to_owned(), value.clone())).collect();
    record.event_source = Some("aws:sqs".to_owned());
    record.event_source_arn = Some(arn.to_owned());
    record.aws_region = Some(arn.split(':').nth(3).unwrap_or_default().to_owned());
    let mut json = serde_json::to_value(record)?;
    // The type writes `null` for the digest of attributes that a message does not have; AWS writes nothing.
    json.as_object_mut().into_iter().for_each(|fields| fields.retain(|_, value| *value != Value::Null));
    Ok(json.to_string())
}

pub(super) fn event_of(batch: &[Record]) -> Bytes {
    let records: Vec<_> = batch.iter().map(|record| record.json.as_str()).collect();
    let (open, close) = ENVELOPE;
    format!("{open}{}{close}", records.join(",")).into()
}

/// Splits a batch, in order, if its event would be larger than an invocation may be. A message that is
/// too large by itself goes alone, and fails alone.
pub(super) fn within_payload(batch: Vec<Record>) -> Vec<Vec<Record>> {
    let mut parts: Vec<Vec<Record>> = Vec::new();
    let mut bytes = 0;
    for record in batch {
        let more = record.json.len() + ",".len();
        match parts.last_mut() {
            Some(part) if bytes + more <= PAYLOAD_BYTES_MAX => part.push(record),
            _ => {
                bytes = ENVELOPE.0.len() + ENVELOPE.1.len();
                parts.push(vec![record]);
            }
        }
        bytes += more;
    }
    parts
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::sqs::SqsEvent;
    use aws_sdk_sqs::types::MessageSystemAttributeName;
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:sqs:us-west-2:123456789012:SQSQueue";

    fn message(id: &str, body: String) -> Message {
        Message::builder().message_id(id).receipt_handle(format!("handle-{id}")).body(body).build()
    }

    /// The message of aws-lambda-go's captured event, less its message attributes.
    fn captured() -> Message {
        Message::builder()
            .message_id("MessageID_1")
            .receipt_handle("MessageReceiptHandle")
            .body("Message Body")
            .md5_of_body("fce0ea8dd236ccb3ed9b37dae260836f")
            .attributes(MessageSystemAttributeName::ApproximateReceiveCount, "2")
            .attributes(MessageSystemAttributeName::SentTimestamp, "1520621625029")
            .build()
    }

    #[test]
    fn a_record_has_the_fields_of_a_captured_one() {
        let event = event_of(&[Record::new(captured(), ARN).unwrap()]);
        let expected = json!({ "Records": [{
            "messageId": "MessageID_1",
            "receiptHandle": "MessageReceiptHandle",
            "body": "Message Body",
            "md5OfBody": "fce0ea8dd236ccb3ed9b37dae260836f",
            "eventSourceARN": ARN,
            "eventSource": "aws:sqs",
            "awsRegion": "us-west-2",
            "attributes": { "ApproximateReceiveCount": "2", "SentTimestamp": "1520621625029" },
            "messageAttributes": {}
        }]});
        assert_eq!(serde_json::from_slice::<Value>(&event).unwrap(), expected);
    }

    #[test]
    fn the_event_types_of_the_functions_read_the_events() {
        let records = ["1", "2"].map(|id| Record::new(message(id, "{\"v\":1}".into()), ARN).unwrap());
        let read: SqsEvent = serde_json::from_slice(&event_of(&records)).unwrap();
        let ids: Vec<_> = read.records.iter().map(|record| record.message_id.as_deref().unwrap()).collect();
        assert_eq!(ids, ["1", "2"]);
        assert_eq!(read.records[1].body.as_deref(), Some("{\"v\":1}"));
    }

    #[test]
    fn a_batch_is_split_in_order_if_its_event_would_be_too_large() {
        let megabyte = "x".repeat(1024 * 1024);
        let batch =
            (0..10).map(|id| Record::new(message(&id.to_string(), megabyte.clone()), ARN).unwrap()).collect();
        let parts = within_payload(batch);
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [5, 5]);
        assert!(parts.iter().all(|part| event_of(part).len() <= PAYLOAD_BYTES_MAX));
        let ids: Vec<_> = parts.iter().flatten().map(|record| record.message_id.as_str()).collect();
        assert_eq!(ids, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    }

    #[test]
    fn an_empty_batch_makes_no_event() {
        assert!(within_payload(Vec::new()).is_empty());
    }
}
