//! DynamoDB's operations by name: JSON in, status and JSON out.
//!
//! Called by the server, and by tests that need no wire. The library's own server cannot be used, because it answers
//! every caller.

use dynoxide::{
    AttributeValue, Database, DynoxideError,
    actions::query::{QueryRequest, QueryResponse},
};
use serde::{Serialize, de::DeserializeOwned};

const UNKNOWN: &str = r#"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#;

const EMPTY_KEY: &str = "One or more parameter values are not valid. The AttributeValue for a key attribute cannot \
                         contain an empty string value.";

/// Prefixes that the library puts before an error of its readers. `true` if DynamoDB reports it as an error of values,
/// `false` if as one of JSON.
const MARKERS: [(&str, bool); 5] = [
    ("VALIDATION:", true),
    ("VALIDATION_REQUEST:", true),
    ("VALIDATION_AS_READ:", true),
    ("SERIALIZATION:", false),
    ("SERIALIZATION_AS_READ:", false),
];

/// Applies an operation; returns HTTP status and body. Streams and tags are missing, because nothing uses them.
pub fn apply(database: &Database, operation: &str, body: &[u8]) -> (u16, String) {
    let answered = match operation {
        "GetItem" => call(body, |request| database.get_item(request)),
        "PutItem" => call(body, |request| database.put_item(request)),
        "UpdateItem" => call(body, |request| database.update_item(request)),
        "DeleteItem" => call(body, |request| database.delete_item(request)),
        "Query" => call(body, |request| query(database, request)),
        "Scan" => call(body, |request| database.scan(request)),
        "BatchGetItem" => call(body, |request| database.batch_get_item(request)),
        "BatchWriteItem" => call(body, |request| database.batch_write_item(request)),
        "TransactGetItems" => call(body, |request| database.transact_get_items(request)),
        "TransactWriteItems" => call(body, |request| database.transact_write_items(request)),
        "ExecuteStatement" => call(body, |request| database.execute_statement(request)),
        "BatchExecuteStatement" => call(body, |request| database.batch_execute_statement(request)),
        "ExecuteTransaction" => call(body, |request| database.execute_transaction(request)),
        "ListTables" => call(body, |request| database.list_tables(request)),
        "CreateTable" => call(body, |request| database.create_table(request)),
        "DescribeTable" => call(body, |request| database.describe_table(request)),
        "UpdateTable" => call(body, |request| database.update_table(request)),
        "DeleteTable" => call(body, |request| database.delete_table(request)),
        "DescribeTimeToLive" => call(body, |request| database.describe_time_to_live(request)),
        "UpdateTimeToLive" => call(body, |request| database.update_time_to_live(request)),
        _ => return (400, UNKNOWN.to_owned()),
    };
    match answered {
        Ok(body) => (200, body),
        Err(error) => (error.status_code(), error.to_json()),
    }
}

fn call<Q: DeserializeOwned, A: Serialize>(
    body: &[u8],
    operation: impl FnOnce(Q) -> Result<A, DynoxideError>,
) -> Result<String, DynoxideError> {
    let request = serde_json::from_slice(body).map_err(|error| unreadable(&error))?;
    let answer = operation(request)?;
    serde_json::to_string(&answer).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

/// DynamoDB rejects an empty text in a condition on keys; the library would take it.
fn query(database: &Database, request: QueryRequest) -> Result<QueryResponse, DynoxideError> {
    let condition = request.key_condition_expression.as_deref().unwrap_or_default();
    let values = request.expression_attribute_values.iter().flatten();
    let mut empty = values.filter(|(_, value)| matches!(value, AttributeValue::S(text) if text.is_empty()));
    let is_named = |name: &str| condition.split(|c: char| !is_of_name(c)).any(|word| word == name);
    if empty.any(|(name, _)| is_named(name)) {
        return Err(DynoxideError::ValidationException(EMPTY_KEY.to_owned()));
    }
    database.query(request)
}

/// Whether a character can be in the name of an expression's value, such as `:from`.
fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, ':' | '_')
}

/// DynamoDB's error for a request that cannot be read.
fn unreadable(error: &serde_json::Error) -> DynoxideError {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    let marked =
        MARKERS.iter().find_map(|(marker, is_of_values)| Some((text.strip_prefix(marker)?, *is_of_values)));
    match marked {
        Some((text, true)) => DynoxideError::ValidationException(text.to_owned()),
        Some((text, false)) => DynoxideError::SerializationException(text.to_owned()),
        None if text.starts_with("missing field") => DynoxideError::ValidationException(text.to_owned()),
        None => DynoxideError::SerializationException(text.to_owned()),
    }
}
