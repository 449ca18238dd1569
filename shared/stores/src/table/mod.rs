//! One table: the few shapes of read and write that the stores are made of.
//!
//! Reads are strongly consistent unless they say otherwise. Leftovers of batch calls and pages are
//! followed to their end; nothing returns a part.

mod change;
mod conflicts;
mod range;
mod read;
mod transaction;
mod write;

use std::time::Duration;

use aws_sdk_dynamodb::{Client, config::Builder};
use platform::{aws::AwsSettings, http::HttpClient, random};

use conflicts::Conflicts;

pub use change::{Change, Conditional};
pub use range::Range;
pub use transaction::{RefusedWrite, Write};

/// Batch calls under way at once.
pub const BATCH_CALLS: usize = 16;
/// Tries of a call that leaves something over, or of a transaction that meets others.
pub(crate) const ATTEMPTS: u32 = 10;
pub(crate) const FIRST_DELAY: Duration = Duration::from_millis(5);
pub(crate) const LONGEST_DELAY: Duration = Duration::from_millis(800);

/// A connection to DynamoDB.
#[derive(Clone, Debug)]
pub struct DynamoDb(pub(crate) Client);

impl DynamoDb {
    /// Connects over the shared connector.
    pub fn connect(settings: &AwsSettings, http: &HttpClient) -> Self {
        Self::configured(Builder::from(&settings.connection(http.shared_http_client())))
    }

    /// Over a configuration of the caller's own, such as the operator's with its credentials; what every client
    /// asks again for is added.
    pub fn configured(config: Builder) -> Self {
        Self(Client::from_conf(config.retry_classifier(Conflicts).build()))
    }

    /// Over a client that the caller has built, for whoever only looks.
    pub const fn of(client: Client) -> Self {
        Self(client)
    }
}

/// One table.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: String,
}

impl Table {
    /// A table by name.
    pub fn new(dynamodb: &DynamoDb, name: &str) -> Self {
        Self { client: dynamodb.0.clone(), name: name.to_owned() }
    }
}

/// Waits before the next try, with full jitter.
pub(crate) async fn back_off(attempt: u32) {
    let ceiling = FIRST_DELAY.saturating_mul(1 << attempt.min(10)).min(LONGEST_DELAY);
    tokio::time::sleep(random::wait(ceiling)).await;
}
