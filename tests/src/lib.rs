//! Shared parts of the tests of the whole product: a world, a client, the audit, and more.

pub mod acme;
pub mod agreement;
pub mod alarms;
pub mod answer;
pub mod audit;
pub mod client;
pub mod document;
pub mod every;
pub mod import_cases;
pub mod leaks;
pub mod permissions;
pub mod routes;
pub mod seeds;
pub mod stored;
pub mod template;
pub mod untouched;
pub mod world;

use std::ops::Range;

pub use every::every;
pub use harness::{proxy, tables};
pub use untouched::Untouched;
pub use world::World;

/// A file of `tests/fixtures`.
pub fn fixture(name: &str) -> String {
    let path = format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Kenyan numbers that the sandbox simply accepts and delivers.
pub fn phones(numbers: Range<u32>) -> Vec<String> {
    numbers.map(|number| format!("+{}", 254_711_500_000u64 + u64::from(number))).collect()
}

/// Runs futures at the same time and returns their results in order.
pub async fn all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    futures_util::future::join_all(futures).await
}
