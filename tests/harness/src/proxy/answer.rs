//! Answers that the services may give and the emulators never do.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};

use super::{
    broken::Broken,
    call::{Received, Service},
};

pub(super) type Response = http::Response<Full<Bytes>>;

/// A refusal with an AWS error code.
pub(super) fn refusal(service: Service, code: &str) -> Response {
    let namespace = match service {
        Service::DynamoDb => "com.amazonaws.dynamodb.v20120810",
        Service::Sqs => "com.amazonaws.sqs",
    };
    let status = match code {
        "InternalServerError" => StatusCode::INTERNAL_SERVER_ERROR,
        "ServiceUnavailable" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    };
    of(status, &json!({"__type": format!("{namespace}#{code}"), "message": "by plan"}))
}

/// A transaction cancelled for the sake of its first item.
pub(super) fn cancellation(request: &Received, reason: &str) -> Response {
    let items = request.json()["TransactItems"].as_array().map_or(1, Vec::len);
    let mut reasons = vec![json!({"Code": "None"}); items];
    reasons[0] = json!({"Code": reason, "Message": "by plan"});
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    of(
        StatusCode::BAD_REQUEST,
        &json!({"__type": kind, "Message": "by plan", "CancellationReasons": reasons}),
    )
}

fn of(status: StatusCode, body: &Value) -> Response {
    json(status, body.to_string())
}

pub(super) fn json(status: StatusCode, body: String) -> Response {
    let mut response = http::Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/x-amz-json-1.0");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// An entry that a batch call leaves unprocessed.
pub(super) struct LeftOver {
    /// The answer's field that lists unprocessed entries.
    name: &'static str,
    entries: Value,
    was_only: bool,
}

impl LeftOver {
    /// Whether the request had no other entry.
    pub(super) const fn is_all(&self) -> bool {
        self.was_only
    }

    /// The answer if nothing is processed.
    pub(super) fn answer(&self) -> Response {
        of(StatusCode::OK, &json!({"Successful": [], self.name: self.entries}))
    }

    /// The answer if the rest is processed.
    pub(super) async fn add_to(self, response: Response) -> Result<Response, Broken> {
        let (mut parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
        let mut answer: Value = serde_json::from_slice(&body).map_err(|_| Broken)?;
        answer[self.name] = self.entries;
        parts.headers.remove(header::CONTENT_LENGTH);
        Ok(Response::from_parts(parts, Full::new(answer.to_string().into())))
    }
}

/// Removes the first entry from a batch request.
pub(super) fn take_first(request: &mut Received) -> Option<LeftOver> {
    let mut body = request.json();
    let left = match request.service {
        Service::Sqs => first_message(&mut body),
        Service::DynamoDb => first_item(&mut body),
    };
    request.body = body.to_string().into();
    left
}

fn first_message(body: &mut Value) -> Option<LeftOver> {
    let entries = body["Entries"].as_array_mut().filter(|entries| !entries.is_empty())?;
    let id = entries.remove(0)["Id"].take();
    let failed = json!([{"Id": id, "SenderFault": false, "Code": "InternalError", "Message": "by plan"}]);
    Some(LeftOver { name: "Failed", entries: failed, was_only: entries.is_empty() })
}

/// A batch of one item stays complete, because DynamoDB always processes a part.
fn first_item(body: &mut Value) -> Option<LeftOver> {
    let (table, entries) = body["RequestItems"].as_object_mut()?.iter_mut().next()?;
    let table = table.clone();
    let was_only = false;
    if let Some(writes) = entries.as_array_mut().filter(|writes| writes.len() > 1) {
        let entries = json!({table: [writes.remove(0)]});
        return Some(LeftOver { name: "UnprocessedItems", entries, was_only });
    }
    let mut left = entries.clone();
    let keys = entries.get_mut("Keys")?.as_array_mut().filter(|keys| keys.len() > 1)?;
    left["Keys"] = json!([keys.remove(0)]);
    Some(LeftOver { name: "UnprocessedKeys", entries: json!({table: left}), was_only })
}

/// Pages without items: each has its own key to continue from, which represents the beginning of the page.
#[derive(Default)]
pub(super) struct EmptyPages(Mutex<HashMap<String, Option<Value>>>);

impl EmptyPages {
    /// An empty page instead of the requested one.
    pub(super) fn answer(&self, request: &Received) -> Response {
        let mut begins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = format!("empty page {}", begins.len());
        begins.insert(name.clone(), request.json().get("ExclusiveStartKey").cloned());
        let next = json!({"pk": {"S": name}, "sk": {"S": name}});
        of(StatusCode::OK, &json!({"Items": [], "Count": 0, "ScannedCount": 1, "LastEvaluatedKey": next}))
    }

    /// Replaces a request to continue after an empty page by the request for the page itself.
    pub(super) fn resume(&self, request: &mut Received) {
        if !matches!(request.operation.as_str(), "Query" | "Scan") {
            return;
        }
        let mut body = request.json();
        let begins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let after = body["ExclusiveStartKey"]["pk"]["S"].as_str();
        let Some(begin) = after.and_then(|name| begins.get(name)) else { return };
        match begin {
            Some(key) => body["ExclusiveStartKey"] = key.clone(),
            None => drop(body.as_object_mut().map(|fields| fields.remove("ExclusiveStartKey"))),
        }
        request.body = body.to_string().into();
    }
}
