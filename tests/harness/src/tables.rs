//! The embedded DynamoDB's own code for every operation, without its server: for whoever only looks, or lives in
//! virtual time. The product under test goes over the wire.

use std::fmt;

use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn},
        orchestrator::{HttpRequest, HttpResponse},
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use dynoxide::{Database, DynoxideError};
use serde::{Serialize, de::DeserializeOwned};

/// Embedded tables.
#[derive(Clone)]
pub struct Tables(Database);

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tables")
    }
}

impl Tables {
    /// Of a database that others may use too.
    pub const fn of(database: Database) -> Self {
        Self(database)
    }

    /// A connection for the SDK's clients, without sockets.
    pub fn http_client(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }

    /// Applies an operation; gives HTTP status and body.
    pub fn apply(&self, operation: &str, body: &[u8]) -> (u16, String) {
        let database = &self.0;
        let answered = match operation {
            "GetItem" => call(body, |request| database.get_item(request)),
            "PutItem" => call(body, |request| database.put_item(request)),
            "UpdateItem" => call(body, |request| database.update_item(request)),
            "DeleteItem" => call(body, |request| database.delete_item(request)),
            "Query" => call(body, |request| database.query(request)),
            "Scan" => call(body, |request| database.scan(request)),
            "BatchGetItem" => call(body, |request| database.batch_get_item(request)),
            "BatchWriteItem" => call(body, |request| database.batch_write_item(request)),
            "TransactWriteItems" => call(body, |request| database.transact_write_items(request)),
            "ListTables" => call(body, |request| database.list_tables(request)),
            "CreateTable" => call(body, |request| database.create_table(request)),
            "UpdateTimeToLive" => call(body, |request| database.update_time_to_live(request)),
            _ => {
                return (
                    400,
                    r#"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#.to_owned(),
                );
            }
        };
        match answered {
            Ok(body) => (200, body),
            Err(error) => (error.status_code(), error.to_json()),
        }
    }
}

impl HttpConnector for Tables {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let tables = self.clone();
        HttpConnectorFuture::new(async move {
            // As a socket would: whoever calls in a loop lets others get on.
            tokio::task::yield_now().await;
            let body = request.body().bytes().unwrap_or_default();
            Ok(response(tables.apply(operation(&request), body)))
        })
    }
}

/// What a request of the SDK asks for.
pub fn operation(request: &HttpRequest) -> &str {
    request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next()).unwrap_or_default()
}

/// An answer of this status and body, as the SDK's clients want it.
pub fn response((status, body): (u16, String)) -> HttpResponse {
    let status = StatusCode::try_from(status).expect("a status of HTTP");
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    response
}

fn call<Q: DeserializeOwned, A: Serialize>(
    body: &[u8],
    operation: impl FnOnce(Q) -> Result<A, DynoxideError>,
) -> Result<String, DynoxideError> {
    let request = serde_json::from_slice(body).expect("the SDK writes what the tables read");
    Ok(serde_json::to_string(&operation(request)?).expect("answers are JSON"))
}
