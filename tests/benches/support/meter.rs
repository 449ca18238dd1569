//! What DynamoDB bills: a proxy between the functions and the emulator, which asks every call for the
//! capacity it consumes and sums the answers.
//!
//! The product does not ask (the answer would cost it bytes on every call), so the question is put into
//! its requests on their way. Signatures do not cover that: the emulator looks at none.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, TcpListener as StdListener},
    sync::{Arc, Mutex, OnceLock},
    thread,
};

use axum::{
    Router,
    extract::{Request, State},
    response::IntoResponse,
    serve::ListenerExt,
};
use bytes::Bytes;
use embedded_aws::DynamoDb;
use http::{StatusCode, header::CONTENT_TYPE};
use http_body_util::BodyExt;
use serde_json::Value;
use tests::tables::Tables;
use tokio::{net::TcpListener, runtime};

/// Calls of one operation on one table, and their units.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    pub calls: u64,
    /// Read or write units, whichever the operation bills.
    pub units: f64,
}

/// A line of the bill: a table and an operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// The table, or the tables' names joined by `+` where one call went to several.
    pub table: String,
    /// DynamoDB's own name of the operation; with `refused` where a condition did not hold.
    pub operation: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bill(BTreeMap<Line, Spent>);

impl Bill {
    /// The quantities that were billed after an earlier reading.
    pub fn since(&self, earlier: &Self) -> Self {
        let growth = |(line, spent): (&Line, &Spent)| {
            let before = earlier.0.get(line).copied().unwrap_or_default();
            let spent = Spent { calls: spent.calls - before.calls, units: spent.units - before.units };
            (line.clone(), spent)
        };
        Self(self.0.iter().map(growth).filter(|(_, spent)| spent.calls > 0 || spent.units > 0.0).collect())
    }

    /// Every place, by table and operation.
    pub fn lines(&self) -> impl Iterator<Item = (&Line, &Spent)> {
        self.0.iter()
    }

    pub fn write_units(&self) -> f64 {
        self.units(is_write)
    }

    pub fn read_units(&self) -> f64 {
        self.units(|operation| !is_write(operation))
    }

    pub fn calls(&self) -> u64 {
        self.0.values().map(|spent| spent.calls).sum()
    }

    fn units(&self, wanted: impl Fn(&str) -> bool) -> f64 {
        self.0.iter().filter(|(line, _)| wanted(&line.operation)).map(|(_, spent)| spent.units).sum()
    }
}

/// Whether an operation bills write units.
pub fn is_write(operation: &str) -> bool {
    ["Put", "Update", "Delete", "BatchWrite", "TransactWrite"].iter().any(|verb| operation.starts_with(verb))
}

/// The proxy; it lives as long as the process.
pub struct Meter {
    url: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    upstream: OnceLock<Tables>,
    bill: Mutex<Bill>,
}

impl Meter {
    /// Starts a proxy on a thread of its own, which answers once [`Self::forward_to`] was called.
    pub fn start() -> Self {
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a listener of ours");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let shared = Arc::<Shared>::default();
        let routes = Router::new().fallback(forward).with_state(shared.clone());
        let serving = thread::Builder::new().name("meter".to_owned()).spawn(move || serve(listener, routes));
        serving.expect("a thread");
        Self { url, shared }
    }

    /// The meter's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends calls into the tables from now on, without a second connection.
    pub fn forward_to(&self, dynamodb: &DynamoDb) {
        let tables = Tables::of(dynamodb.database().clone());
        self.shared.upstream.set(tables).unwrap_or_else(|_| panic!("a meter has one upstream"));
    }

    pub fn read(&self) -> Bill {
        self.shared.bill.lock().expect("no thread panicked").clone()
    }
}

fn serve(listener: StdListener, routes: Router) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener).expect("a listener of ours");
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).expect("an open connection"));
        axum::serve(listener, routes).await.expect("the proxy serves");
    });
}

async fn forward(State(shared): State<Arc<Shared>>, request: Request) -> impl IntoResponse {
    let (head, body) = request.into_parts();
    let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.split_once('.')).map(|(_, name)| name.to_owned());
    let operation = operation.expect("a call of DynamoDB names its operation");
    let body = body.collect().await.expect("the request is whole").to_bytes();
    let body = if is_metered(&operation) { asking_for_capacity(&body) } else { body };
    let upstream = shared.upstream.get().expect("the meter has an upstream");
    let (status, answer) = upstream.apply(&operation, &body);
    let status = StatusCode::from_u16(status).expect("a status of HTTP");
    if is_metered(&operation) {
        shared.bill.lock().expect("no thread panicked").add(
            &operation,
            status.is_success(),
            answer.as_bytes(),
        );
    }
    (status, [(CONTENT_TYPE, "application/x-amz-json-1.0")], answer)
}

fn is_metered(operation: &str) -> bool {
    is_write(operation) && !operation.contains("Table") && !operation.contains("TimeToLive")
        || ["GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"].contains(&operation)
}

/// The body with one more field; every body of DynamoDB is an object with at least one.
fn asking_for_capacity(body: &[u8]) -> Bytes {
    let mut asking = br#"{"ReturnConsumedCapacity":"TOTAL","#.to_vec();
    asking.extend_from_slice(body.trim_ascii_start().strip_prefix(b"{").expect("a JSON object"));
    Bytes::from(asking)
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    consumed_capacity: Option<Consumed>,
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Consumed {
    ByTable(Vec<OfTable>),
    OfOne(OfTable),
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfTable {
    table_name: String,
    capacity_units: f64,
}

impl Bill {
    fn add(&mut self, operation: &str, succeeded: bool, body: &[u8]) {
        if !succeeded {
            return self.add_refused(operation, body);
        }
        let answer: Answer = serde_json::from_slice(body).expect("an answer in JSON");
        let tables = match answer.consumed_capacity {
            Some(Consumed::ByTable(tables)) => tables,
            Some(Consumed::OfOne(table)) => vec![table],
            None => Vec::new(),
        };
        for (place, table) in tables.into_iter().enumerate() {
            self.put(&table.table_name, operation, u64::from(place == 0), table.capacity_units);
        }
    }

    /// A write whose condition did not hold is billed by the stored item, at least one unit;
    /// DynamoDB's error does not tell. All of ours that can be refused are under 1 KB.
    fn add_refused(&mut self, operation: &str, body: &[u8]) {
        let error: Value = serde_json::from_slice(body).unwrap_or_default();
        let reasons = error["CancellationReasons"].as_array().map_or(0, Vec::len);
        let units = if reasons > 0 { 2 * reasons } else { 1 };
        self.put("(any)", &format!("{operation} refused"), 1, units as f64);
    }

    fn put(&mut self, table: &str, operation: &str, calls: u64, units: f64) {
        let line = Line { table: table.to_owned(), operation: operation.to_owned() };
        let spent = self.0.entry(line).or_default();
        spent.calls += calls;
        spent.units += units;
    }
}
