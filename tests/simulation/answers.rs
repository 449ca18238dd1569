//! Answers that DynamoDB may give and the embedded tables never do.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use serde_json::{Value, json};
use tests::tables::response;

/// A refusal with an AWS error code.
pub fn refusal(code: &str) -> HttpResponse {
    let status = match code {
        "InternalServerError" => 500,
        "ServiceUnavailable" => 503,
        _ => 400,
    };
    response((status, of(code, &json!({}))))
}

/// The refusal of a write that conflicts with a transaction: a transaction is cancelled because of its first item.
pub fn conflict(operation: &str, body: &[u8]) -> HttpResponse {
    if operation != "TransactWriteItems" {
        return refusal("TransactionConflictException");
    }
    let request: Value = serde_json::from_slice(body).unwrap();
    let items = request["TransactItems"].as_array().unwrap().len();
    let mut reasons = vec![json!({"Code": "None"}); items];
    reasons[0] = json!({"Code": "TransactionConflict", "Message": "injected by the test"});
    response((400, of("TransactionCanceledException", &json!({"CancellationReasons": reasons}))))
}

fn of(code: &str, more: &Value) -> String {
    let mut body = more.clone();
    body["__type"] = json!(format!("com.amazonaws#{code}"));
    body["message"] = json!("injected by the test");
    body.to_string()
}

/// Pages without items: each has its own key to continue from, which represents the beginning of the page.
#[derive(Default)]
pub struct EmptyPages(Vec<Option<Value>>);

impl EmptyPages {
    /// An empty page instead of the requested one.
    pub fn empty(&mut self, body: &[u8]) -> HttpResponse {
        let request: Value = serde_json::from_slice(body).unwrap();
        let name = format!("empty page {}", self.0.len());
        self.0.push(request.get("ExclusiveStartKey").cloned());
        let next = json!({"pk": {"S": name}, "sk": {"S": name}});
        let page = json!({"Items": [], "Count": 0, "ScannedCount": 1, "LastEvaluatedKey": next});
        response((200, page.to_string()))
    }

    /// Replaces a request to continue after an empty page by the request for the page itself.
    pub fn resume(&self, operation: &str, body: Vec<u8>) -> Vec<u8> {
        if self.0.is_empty() || !matches!(operation, "Query" | "Scan") {
            return body;
        }
        let mut request: Value = serde_json::from_slice(&body).unwrap();
        let after = request["ExclusiveStartKey"]["pk"]["S"].as_str();
        let page = after.and_then(|name| name.strip_prefix("empty page ")?.parse::<usize>().ok());
        match page.map(|page| self.0[page].clone()) {
            Some(Some(key)) => request["ExclusiveStartKey"] = key,
            Some(None) => drop(request.as_object_mut().unwrap().remove("ExclusiveStartKey")),
            None => return body,
        }
        request.to_string().into_bytes()
    }
}
