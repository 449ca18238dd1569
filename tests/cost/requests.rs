//! Reads and writes of one request, without authentication.

use http::Method;
use serde_json::Value;
use tests::client::JSON;

use crate::support::{
    measured_stack::{MeasuredStack, Setup},
    meter::{Bill, is_write},
};

/// Calls, and their billed units.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spent {
    pub reads: u64,
    pub writes: u64,
    pub read_units: f64,
    pub write_units: f64,
}

/// The most that a request may take.
pub const fn at_most(reads: u64, writes: u64, read_units: f64, write_units: f64) -> Spent {
    Spent { reads, writes, read_units, write_units }
}

impl Spent {
    fn of(bill: &Bill) -> Self {
        let calls = |writes: bool| {
            let lines = bill.lines().filter(|(line, _)| is_write(&line.operation) == writes);
            lines.map(|(_, spent)| spent.calls).sum()
        };
        Self {
            reads: calls(false),
            writes: calls(true),
            read_units: bill.read_units(),
            write_units: bill.write_units(),
        }
    }

    fn less(self, other: Self) -> Self {
        Self {
            reads: self.reads - other.reads,
            writes: self.writes - other.writes,
            read_units: self.read_units - other.read_units,
            write_units: self.write_units - other.write_units,
        }
    }

    fn fits(self, most: Self) -> bool {
        self.reads <= most.reads
            && self.writes <= most.writes
            && self.read_units <= most.read_units
            && self.write_units <= most.write_units
    }
}

/// A measured stack, and the cost of a request that only authenticates.
pub struct Costs {
    pub measured: MeasuredStack,
    authentication: Spent,
}

impl Costs {
    pub async fn start() -> Self {
        Self::start_with(Setup::MeteredInProcess).await
    }

    pub async fn start_with(setup: Setup) -> Self {
        let measured = MeasuredStack::start(setup).await;
        let nothing = Spent { reads: 0, writes: 0, read_units: 0.0, write_units: 0.0 };
        let costs = Self { measured, authentication: nothing };
        let (_, authentication) = costs.spent(Method::GET, "/v1/", None).await;
        Self { authentication, ..costs }
    }

    pub async fn spent(&self, method: Method, path: &str, body: Option<Value>) -> (Value, Spent) {
        // A request comes first, because the organisation is cached for some seconds.
        let first = self.measured.api.call(Method::GET, "/v1/", &JSON, String::new()).await;
        assert!(first.status.is_success(), "{}", first.text());
        let before = self.measured.read();
        let text = body.map(|body| body.to_string()).unwrap_or_default();
        let answer = self.measured.api.call(method, path, &JSON, text).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text());
        let spent = Spent::of(&self.measured.read().since(&before).dynamodb).less(self.authentication);
        (serde_json::from_slice(&answer.body).unwrap_or_default(), spent)
    }

    /// Makes a request, and compares its cost with a limit.
    pub async fn hold(&self, method: Method, path: &str, body: Option<Value>, most: Spent) -> Value {
        let (answer, spent) = self.spent(method.clone(), path, body).await;
        println!("{method} {path}: {spent:?}");
        assert!(spent.fits(most), "{method} {path}: {spent:?} of {most:?}");
        answer
    }
}
