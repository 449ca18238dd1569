//! A connection to DynamoDB, and one table of it.

use std::sync::Arc;

use aws_sdk_dynamodb::{Client, config::Builder};
use platform::{aws::AwsSettings, http::HttpClient};

use super::conflicts::Conflicts;

/// Batch calls at the same time.
pub const BATCH_CALLS: usize = 16;

#[derive(Clone, Debug)]
pub struct DynamoDb(pub(crate) Client);

impl DynamoDb {
    /// Connects over the shared connector.
    pub fn connect(settings: &AwsSettings, http: &HttpClient) -> Self {
        Self::configured(Builder::from(&settings.connection(http.shared_http_client())))
    }

    /// A connection with the caller's own configuration, such as the operator's with its credentials; the retries that
    /// every client needs are added.
    pub fn configured(config: Builder) -> Self {
        Self(Client::from_conf(config.retry_classifier(Conflicts).build()))
    }

    /// A connection over a client that the caller has built.
    pub const fn of(client: Client) -> Self {
        Self(client)
    }
}

#[derive(Clone, Debug)]
pub struct Table {
    pub(super) client: Client,
    pub(super) name: Arc<str>,
}

impl Table {
    /// A table by name.
    pub fn new(dynamodb: &DynamoDb, name: &str) -> Self {
        Self { client: dynamodb.0.clone(), name: name.into() }
    }
}
