//! Messages as the JSON of a Lambda SQS event.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_sqs::types::{Message, MessageAttributeValue, MessageSystemAttributeName};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde::Serialize;

use super::PollError;
use crate::PAYLOAD_BYTES_MAX;

/// What encloses the records of an event.
const ENVELOPE: (&str, &str) = ("{\"Records\":[", "]}");

/// A message as it stands in an event, with what it takes to delete it.
pub(super) struct Record {
    pub(super) message_id: String,
    pub(super) receipt_handle: String,
    json: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RecordJson<'a> {
    message_id: &'a str,
    receipt_handle: &'a str,
    body: &'a str,
    attributes: BTreeMap<&'a str, &'a str>,
    message_attributes: BTreeMap<&'a str, AttributeJson<'a>>,
    md5_of_body: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    md5_of_message_attributes: Option<&'a str>,
    event_source: &'static str,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: &'a str,
    aws_region: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttributeJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    string_value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary_value: Option<String>,
    /// Reserved by SQS and always empty, as is the next.
    string_list_values: [&'a str; 0],
    binary_list_values: [&'a str; 0],
    data_type: &'a str,
}

impl Record {
    /// Writes a message of the queue `arn`.
    pub(super) fn new(message: Message, arn: &str) -> Result<Self, PollError> {
        let json = serde_json::to_string(&RecordJson {
            message_id: message.message_id().unwrap_or_default(),
            receipt_handle: message.receipt_handle().unwrap_or_default(),
            body: message.body().unwrap_or_default(),
            attributes: message.attributes().map(system_attributes).unwrap_or_default(),
            message_attributes: message.message_attributes().map(own_attributes).unwrap_or_default(),
            md5_of_body: message.md5_of_body(),
            md5_of_message_attributes: message.md5_of_message_attributes(),
            event_source: "aws:sqs",
            event_source_arn: arn,
            aws_region: arn.split(':').nth(3).unwrap_or_default(),
        })?;
        Ok(Self {
            message_id: message.message_id.unwrap_or_default(),
            receipt_handle: message.receipt_handle.unwrap_or_default(),
            json,
        })
    }
}

fn system_attributes(attributes: &HashMap<MessageSystemAttributeName, String>) -> BTreeMap<&str, &str> {
    attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn own_attributes(attributes: &HashMap<String, MessageAttributeValue>) -> BTreeMap<&str, AttributeJson<'_>> {
    attributes.iter().map(|(name, value)| (name.as_str(), own_attribute(value))).collect()
}

fn own_attribute(value: &MessageAttributeValue) -> AttributeJson<'_> {
    AttributeJson {
        string_value: value.string_value(),
        binary_value: value.binary_value().map(|bytes| BASE64_STANDARD.encode(bytes)),
        string_list_values: [],
        binary_list_values: [],
        data_type: value.data_type(),
    }
}

/// The event of a batch.
pub(super) fn event_of(batch: &[Record]) -> Bytes {
    let records: Vec<_> = batch.iter().map(|record| record.json.as_str()).collect();
    let (open, close) = ENVELOPE;
    format!("{open}{}{close}", records.join(",")).into()
}

/// Splits a batch, in order, where its event would be larger than an invocation may be. A message
/// that is too large by itself goes alone, and fails alone.
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
    use aws_sdk_sqs::primitives::Blob;
    use serde_json::{Value, json};

    use super::*;

    const ARN: &str = "arn:aws:sqs:us-west-2:123456789012:SQSQueue";

    fn message(id: &str, body: String) -> Message {
        Message::builder().message_id(id).receipt_handle(format!("handle-{id}")).body(body).build()
    }

    fn attribute(data_type: &str) -> aws_sdk_sqs::types::builders::MessageAttributeValueBuilder {
        MessageAttributeValue::builder().data_type(data_type)
    }

    /// The message of aws-lambda-go's captured event, less its list values, which SQS never sends.
    fn captured() -> Message {
        Message::builder()
            .message_id("MessageID_1")
            .receipt_handle("MessageReceiptHandle")
            .body("Message Body")
            .md5_of_body("fce0ea8dd236ccb3ed9b37dae260836f")
            .md5_of_message_attributes("582c92c5c5b6ac403040a4f3ab3115c9")
            .attributes(MessageSystemAttributeName::ApproximateReceiveCount, "2")
            .attributes(MessageSystemAttributeName::SentTimestamp, "1520621625029")
            .message_attributes(
                "Attribute1",
                attribute("String").string_value("AttributeValue1").build().unwrap(),
            )
            .message_attributes(
                "Attribute3",
                attribute("Binary").binary_value(Blob::new("1100")).build().unwrap(),
            )
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
            "md5OfMessageAttributes": "582c92c5c5b6ac403040a4f3ab3115c9",
            "eventSourceARN": ARN,
            "eventSource": "aws:sqs",
            "awsRegion": "us-west-2",
            "attributes": { "ApproximateReceiveCount": "2", "SentTimestamp": "1520621625029" },
            "messageAttributes": {
                "Attribute1": {
                    "stringValue": "AttributeValue1", "stringListValues": [], "binaryListValues": [], "dataType": "String"
                },
                "Attribute3": {
                    "binaryValue": "MTEwMA==", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"
                }
            }
        }]});
        assert_eq!(serde_json::from_slice::<Value>(&event).unwrap(), expected);
    }

    #[test]
    fn the_event_types_of_the_functions_read_it_back() {
        let records = ["1", "2"].map(|id| Record::new(message(id, "{\"v\":1}".into()), ARN).unwrap());
        let read: SqsEvent = serde_json::from_slice(&event_of(&records)).unwrap();
        let ids: Vec<_> = read.records.iter().map(|record| record.message_id.as_deref().unwrap()).collect();
        assert_eq!(ids, ["1", "2"]);
        assert_eq!(read.records[1].body.as_deref(), Some("{\"v\":1}"));
    }

    #[test]
    fn a_batch_is_split_in_order_where_its_event_would_be_too_large() {
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
