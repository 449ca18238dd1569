//! The functions' environment: the variables that `template.yaml` and Lambda set on AWS.

use std::collections::BTreeMap;

use domain::lane::Lane;
use stores::TableNames;

use super::{
    config::StackConfig,
    endpoints::Endpoints,
    queues::{QueueName, QueueSet},
};

/// The region of the embedded emulators.
const REGION: &str = "us-east-1";
/// Emulators verify no signature.
const SECRET: &str = "emulator";

/// The variables for reaching DynamoDB and SQS. The caller's region and credentials are only for endpoints that the
/// caller named.
pub(super) fn connection(endpoints: &Endpoints, config: &StackConfig) -> BTreeMap<String, String> {
    let own = |name: &str| (config.environment)(name).filter(|value| !value.is_empty());
    let given = |name: &str| own(name).filter(|_| !endpoints.are_embedded());
    let or = |name: &str, default: &str| (name.to_owned(), given(name).unwrap_or_else(|| default.to_owned()));
    let mut variables = BTreeMap::from([
        or("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID".to_owned(), endpoints.key().reveal().to_owned()),
        or("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), endpoints.dynamodb_url().to_owned()),
        ("AWS_ENDPOINT_URL_SQS".to_owned(), endpoints.sqs_url().to_owned()),
    ]);
    variables.extend(given("AWS_SESSION_TOKEN").map(|value| ("AWS_SESSION_TOKEN".to_owned(), value)));
    variables.extend(own("LOG_LEVEL").map(|value| ("LOG_LEVEL".to_owned(), value)));
    variables
}

/// A copy of the variables with another address for DynamoDB and SQS.
pub(super) fn reached_at(url: &str, variables: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut variables = variables.clone();
    for service in ["DYNAMODB", "SQS"] {
        variables.insert(format!("AWS_ENDPOINT_URL_{service}"), url.to_owned());
    }
    variables
}

/// The product's own variables.
pub(super) fn of_functions(
    config: &StackConfig,
    tables: &TableNames,
    queues: &QueueSet,
    base_url: &str,
    sandbox_url: &str,
    secret: &str,
) -> BTreeMap<String, String> {
    let own = [
        ("ACCOUNTS_TABLE", tables.accounts.as_str()),
        ("ADDRESS_BOOKS_TABLE", &tables.address_books),
        ("CAMPAIGNS_TABLE", &tables.campaigns),
        ("BATCHES_QUEUE_URL", queues.url(QueueName::Batches(Lane::Large))),
        ("SMALL_BATCHES_QUEUE_URL", queues.url(QueueName::Batches(Lane::Small))),
        ("TEST_BATCHES_QUEUE_URL", queues.url(QueueName::Batches(Lane::Test))),
        ("RECEIPTS_QUEUE_URL", queues.url(QueueName::Receipts)),
        ("AWS_EVENTS_QUEUE_URL", queues.url(QueueName::AwsEvents)),
        ("STAGE", "local"),
        ("PROVIDER", config.provider.name),
        ("CALLBACK_URL", base_url),
        ("SANDBOX_URL", sandbox_url),
        ("SANDBOX_CALLBACK_SECRET", secret),
    ];
    let mut variables: BTreeMap<_, _> =
        own.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    variables.extend(config.variables.clone());
    variables
}
