//! One call: its caller, its operation, and the partitions that it touches.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::{HeaderMap, request::Parts};
use serde_json::Value;

use super::{broken::Broken, fault::Fault};

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Service {
    /// The tables.
    DynamoDb,
    /// The queues.
    Sqs,
}

/// One call, as the plan and the log see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// Number of the call since the plan was set, from 1.
    pub number: u32,
    /// The address that it came through: that of a function, or of `function.context`.
    pub caller: String,
    pub service: Service,
    /// `DynamoDB_20120810.PutItem` → `PutItem`.
    pub operation: String,
    /// Partition keys of the items that it reads or writes; the queue's name.
    pub partitions: BTreeSet<String>,
    /// Messages of a call to a queue; 1 for any other call.
    pub entries: usize,
    pub fault: Fault,
}

impl Call {
    /// The function that makes it.
    pub fn function(&self) -> &str {
        self.caller.split_once('.').map_or(&self.caller, |(function, _)| function)
    }

    /// The part of the caller's address after its function: a process, or an organisation.
    pub fn context(&self) -> Option<&str> {
        self.caller.split_once('.').map(|(_, context)| context)
    }

    /// Whether a fault is possible for this call. Otherwise the call is applied without a fault.
    pub fn can_suffer(&self, fault: Fault) -> bool {
        let operation = self.operation.as_str();
        match fault {
            Fault::CancelTransaction(_) | Fault::Refuse("TransactionInProgressException") => {
                operation == "TransactWriteItems"
            }
            Fault::Refuse("TransactionConflictException") => {
                matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem")
            }
            // The embedded SQS can duplicate messages itself.
            Fault::Duplicate => self.service == Service::DynamoDb,
            Fault::LeaveOver => {
                matches!(operation, "BatchGetItem" | "BatchWriteItem" | "SendMessageBatch")
            }
            Fault::EmptyPage => matches!(operation, "Query" | "Scan"),
            _ => true,
        }
    }
}

/// A call's request, read completely.
#[derive(Clone, Debug)]
pub(super) struct Received {
    pub(super) service: Service,
    pub(super) operation: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    caller: String,
}

impl Received {
    pub(super) fn of(head: Parts, body: Bytes) -> Result<Self, Broken> {
        let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let (service, operation) = target.and_then(|target| target.split_once('.')).ok_or(Broken)?;
        Ok(Self {
            service: if service == "AmazonSQS" { Service::Sqs } else { Service::DynamoDb },
            operation: operation.to_owned(),
            caller: head.uri.path().trim_matches('/').to_owned(),
            body,
            headers: head.headers,
        })
    }

    /// The function that makes it.
    pub(super) fn function(&self) -> &str {
        self.caller.split('.').next().unwrap_or_default()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(super) fn call(&self, number: u32) -> Call {
        let body = self.json();
        let mut partitions = BTreeSet::new();
        let mut entries = 1;
        match self.service {
            Service::DynamoDb => note_partitions(&body, &mut partitions),
            Service::Sqs => {
                let queue = body["QueueUrl"].as_str().and_then(|url| url.rsplit('/').next());
                partitions.extend(queue.map(str::to_owned));
                entries = body["Entries"].as_array().map_or(1, Vec::len);
            }
        }
        let (caller, operation) = (self.caller.clone(), self.operation.clone());
        Call { number, caller, service: self.service, operation, partitions, entries, fault: Fault::None }
    }
}

/// Partition keys are under `pk` if an item or a key is named, and under `:hash` or `:pk` in a query.
fn note_partitions(value: &Value, partitions: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value["S"].as_str().filter(|_| matches!(name.as_str(), "pk" | ":hash" | ":pk")) {
                    Some(partition) => {
                        partitions.insert(partition.to_owned());
                    }
                    None => note_partitions(value, partitions),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| note_partitions(value, partitions)),
        _ => {}
    }
}
