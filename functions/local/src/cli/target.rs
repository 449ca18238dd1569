//! Which tables an operator's command works on, and which API a customer's command calls.

use std::path::Path;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client as DynamoDbClient;
use domain::api_key::ApiKey;
use platform::{
    aws::AwsSettings,
    environment::{self, Environment},
    http::{HttpClient, Roots},
};
use stores::{DynamoDb, Stores, TableNames};

use super::{
    CliError,
    args::{Api, Deployment},
};
use crate::{
    client::Client,
    data::{Instance, demo_key},
    terminal::note,
};

/// Whoever names one of these means what the environment names, and has to name the tables too.
const IN_ENVIRONMENT: [&str; 3] = ["ACCOUNTS_TABLE", "BATCHES_QUEUE_URL", "RECEIPTS_QUEUE_URL"];

/// The stores over the tables that are meant.
pub(super) async fn stores(at: Deployment, data: &Path) -> Result<Stores, CliError> {
    let (client, names) = tables(at, data).await?;
    Ok(Stores::new(&DynamoDb::of(client), &names))
}

/// The tables that are meant: a named stack's, those that the environment names, or the running
/// instance's. Says on standard error which, since money may be put into them.
pub(super) async fn tables(at: Deployment, data: &Path) -> Result<(DynamoDbClient, TableNames), CliError> {
    let names_in_environment = IN_ENVIRONMENT.iter().any(|name| environment::process(name).is_some());
    match at.stack {
        Some(stack) => on_aws(TableNames::with_prefix(&format!("{stack}-"))).await,
        None if names_in_environment => {
            let mut environment = Environment::new(&environment::process);
            let names = TableNames::read(&mut environment);
            on_aws(environment.finish(Some(names))?).await
        }
        None => of_instance(&Instance::running_on(data)?),
    }
}

/// With the region, credentials and endpoints of the AWS command line.
async fn on_aws(names: TableNames) -> Result<(DynamoDbClient, TableNames), CliError> {
    let http = HttpClient::new(Roots::Native)?;
    let config = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http.shared_http_client());
    let config = config.load().await;
    let region = config.region().map_or("no region", |region| region.as_ref());
    note(format_args!("On AWS ({region}), table {}", names.accounts));
    Ok((DynamoDbClient::new(&config), names))
}

fn of_instance(instance: &Instance) -> Result<(DynamoDbClient, TableNames), CliError> {
    note(format_args!("On this machine, {}", instance.base_url));
    // The embedded DynamoDB looks at no credentials; one that was given looks at the caller's.
    let lookup = |name: &str| match (instance.variables.get(name), name) {
        (Some(value), _) => Some(value.clone()),
        (None, "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY") => {
            Some(environment::process(name).unwrap_or_else(|| "emulator".to_owned()))
        }
        (None, "AWS_SESSION_TOKEN") => environment::process(name),
        (None, _) => None,
    };
    let mut environment = Environment::new(&lookup);
    let settings = AwsSettings::read(&mut environment, stores::SERVICE);
    let names = TableNames::read(&mut environment);
    let settings = environment.finish(Some(settings))?;
    let http = HttpClient::new(Roots::Native)?;
    Ok((DynamoDbClient::new(&settings.connection(http.shared_http_client())), names))
}

/// The API that is meant, with the key to call it with. The demo key is used on this machine only.
pub(super) fn client(api: &Api, data: &Path) -> Result<Client, CliError> {
    let key = api.key.as_deref().map(|key| ApiKey::parse(key.trim()).map_err(|_| CliError::NotAKey));
    let key = key.transpose()?;
    let (url, key) = match &api.url {
        Some(url) => (url.clone(), key),
        None => (Instance::running_on(data)?.base_url, key.or_else(|| demo_key(data))),
    };
    Ok(Client::new(&url, &key.ok_or(CliError::NoKey)?)?)
}
