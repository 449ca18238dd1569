//! Where an operator's command works, and which API a customer's command calls.

use std::path::Path;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::config::Builder;
use aws_sdk_sqs::Client as SqsClient;
use domain::api_key::ApiKey;
use platform::{
    aws::AwsSettings,
    environment::{self, Environment},
    http::{HttpClient, Roots},
};
use queue::QueueUrls;
use stores::{DynamoDb, Stores, TableNames};

use crate::{
    CliError,
    args::{Api, Deployment},
    client::Client,
    instance::{Instance, demo_key},
    terminal::note,
};

/// Whoever names one of these means what the environment names, and has to name all that a command needs.
const IN_ENVIRONMENT: [&str; 3] = ["ACCOUNTS_TABLE", "BATCHES_QUEUE_URL", "RECEIPTS_QUEUE_URL"];

/// Whose tables and queues an operator's command works on.
pub(crate) enum Target {
    /// A deployed stack's: they have its name before theirs, as `template.yaml` says.
    Stack(String),
    /// Those that the environment names.
    Environment,
    /// Those of the instance that runs on this machine.
    Instance(Instance),
}

impl Target {
    /// What the command line and the environment mean.
    pub(crate) fn of(at: Deployment, data: &Path) -> Result<Self, CliError> {
        let names_in_environment = IN_ENVIRONMENT.iter().any(|name| environment::process(name).is_some());
        Ok(match at.stack {
            Some(stack) => Self::Stack(stack),
            None if names_in_environment => Self::Environment,
            None => Self::Instance(Instance::running_on(data)?),
        })
    }

    /// The stores over its tables.
    pub(crate) async fn stores(&self) -> Result<Stores, CliError> {
        let (connection, names) = self.tables().await?;
        Ok(Stores::new(&DynamoDb::configured(Builder::from(&connection)), &names))
    }

    /// Its tables. Says on standard error which, since money may be put into them.
    pub(crate) async fn tables(&self) -> Result<(SdkConfig, TableNames), CliError> {
        let names = match self {
            Self::Stack(stack) => TableNames::with_prefix(&format!("{stack}-")),
            Self::Environment | Self::Instance(_) => self.read(TableNames::read)?,
        };
        let connection = self.connection(stores::SERVICE).await?;
        match self {
            Self::Instance(instance) => note(format_args!("On this machine, {}", instance.base_url)),
            Self::Stack(_) | Self::Environment => {
                let region = connection.region().map_or("no region", |region| region.as_ref());
                note(format_args!("On AWS ({region}), table {}", names.accounts));
            }
        }
        Ok((connection, names))
    }

    /// Its queues.
    pub(crate) async fn queues(&self) -> Result<(SqsClient, QueueUrls), CliError> {
        let client = SqsClient::new(&self.connection(queue::SERVICE).await?);
        let urls = match self {
            Self::Stack(stack) => QueueUrls {
                batches: url_of(&client, format!("{stack}-batches")).await?,
                receipts: url_of(&client, format!("{stack}-receipts")).await?,
            },
            Self::Environment | Self::Instance(_) => self.read(|environment| QueueUrls {
                batches: environment.required("BATCHES_QUEUE_URL"),
                receipts: environment.required("RECEIPTS_QUEUE_URL"),
            })?,
        };
        Ok((client, urls))
    }

    /// On AWS with the region, credentials and endpoints of its command line; to an instance with those of
    /// its functions.
    async fn connection(&self, service: &str) -> Result<SdkConfig, CliError> {
        let http = HttpClient::new(Roots::Native)?.shared_http_client();
        match self {
            Self::Stack(_) | Self::Environment => {
                let config = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http);
                Ok(config.load().await)
            }
            Self::Instance(_) => {
                let settings = self.read(|environment| AwsSettings::read(environment, service))?;
                Ok(settings.connection(http))
            }
        }
    }

    /// Reads its variables; every one that is missing is named.
    fn read<T>(&self, read: impl FnOnce(&mut Environment<'_>) -> T) -> Result<T, CliError> {
        let lookup = |name: &str| self.variable(name);
        let mut environment = Environment::new(&lookup);
        let value = read(&mut environment);
        Ok(environment.finish(Some(value))?)
    }

    fn variable(&self, name: &str) -> Option<String> {
        let Self::Instance(instance) = self else { return environment::process(name) };
        // The embedded DynamoDB looks at no credentials; one that was given looks at the caller's.
        match (instance.variables.get(name), name) {
            (Some(value), _) => Some(value.clone()),
            (None, "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY") => {
                Some(environment::process(name).unwrap_or_else(|| "emulator".to_owned()))
            }
            (None, "AWS_SESSION_TOKEN") => environment::process(name),
            (None, _) => None,
        }
    }
}

async fn url_of(client: &SqsClient, queue: String) -> Result<String, CliError> {
    let found = client.get_queue_url().queue_name(&queue).send().await.ok();
    found.and_then(|found| found.queue_url).ok_or(CliError::NoQueue(queue))
}

/// The API that is meant, with the key to call it with. The demo key is used on this machine only.
pub(crate) fn client(api: &Api, data: &Path) -> Result<Client, CliError> {
    let key = api.key.as_deref().map(|key| ApiKey::parse(key.trim()).map_err(|_| CliError::NotAKey));
    let key = key.transpose()?;
    let (url, key) = match &api.url {
        Some(url) => (url.clone(), key),
        None => (Instance::running_on(data)?.base_url, key.or_else(|| demo_key(data))),
    };
    Ok(Client::new(&url, &key.ok_or(CliError::NoKey)?)?)
}
