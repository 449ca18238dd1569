//! Finds the tables that an operator's command uses, and the API that a customer's command calls.

mod account;

use std::path::Path;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::Builder;
use aws_sdk_sqs::Client as SqsClient;
use domain::{api_key::ApiKey, ids::AccountName};
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
    aws::{Call, Selection, Session},
    client::Client,
    instance::{Instance, InstancePart, PROVIDER, TABLES_AND_QUEUES, demo_key},
    operator::{SecretText, SecretsError},
    profiles::Profiles,
    terminal::note,
};

/// The output of a stack that has the address of its API.
const BASE_URL: &str = "BaseUrl";
/// The output of a stack that names the secret of its accounts.
const SECRETS_ARN: &str = "ProviderSecretsArn";

/// The tables and queues that an operator's command uses.
pub(crate) enum Target {
    /// Tables and queues of a deployed stack, whose name is their prefix, as in `template.yaml`.
    Stack { name: String, session: Box<Session> },
    /// Tables and queues that environment variables name.
    Environment(Box<Session>),
    /// Tables and queues of the instance that runs on this machine.
    Instance(Instance),
}

impl Target {
    /// The target that the command line and the environment give. For a deployment, region and credentials are
    /// resolved.
    pub(crate) async fn of(at: Deployment, data: &Path) -> Result<Self, CliError> {
        let Deployment { stack, profile, region } = at;
        // If the environment names one of these, it must name all of them.
        let names_in_environment = TABLES_AND_QUEUES.iter().any(|name| environment::process(name).is_some());
        let is_for_aws = profile.is_some() || region.is_some();
        let selection = Selection { profile, region };
        Ok(match stack {
            Some(name) => Self::Stack { name, session: Box::new(Session::open(&selection).await?) },
            None if names_in_environment => Self::Environment(Box::new(Session::open(&selection).await?)),
            None if is_for_aws => return Err(CliError::NoStack),
            None => Self::Instance(Instance::running_on(data, InstancePart::Tables)?),
        })
    }

    pub(crate) async fn stores(&self) -> Result<Stores, CliError> {
        let (connection, names) = self.tables().await?;
        Ok(Stores::new(&DynamoDb::configured(Builder::from(&connection)), &names))
    }

    /// The names of its tables. Writes them to standard error, because the command may change money, and tries the
    /// first table.
    pub(crate) async fn tables(&self) -> Result<(SdkConfig, TableNames), CliError> {
        let names = match self {
            Self::Stack { name, .. } => TableNames::with_prefix(&format!("{name}-")),
            Self::Environment(_) | Self::Instance(_) => self.read(TableNames::read)?,
        };
        match self {
            Self::Instance(instance) => note(format_args!("On this machine, {}", instance.base_url)),
            Self::Stack { session, .. } | Self::Environment(session) => {
                note(format_args!("On AWS, {}, table {}", session.place(), names.accounts));
                session.try_table(&names.accounts).await?;
            }
        }
        Ok((self.connection(stores::SERVICE)?, names))
    }

    /// The account that its functions send through without routes; `None` if the environment does not say.
    pub(crate) async fn provider(&self) -> Result<Option<AccountName>, CliError> {
        let provider = match self {
            Self::Stack { name, session } => session.stack(name).await?.parameter("Provider"),
            Self::Environment(_) | Self::Instance(_) => self.variable(PROVIDER),
        };
        Ok(provider.and_then(|name| name.parse().ok()))
    }

    /// Whether the secrets of its accounts are in Secrets Manager.
    pub(crate) const fn has_secrets(&self) -> bool {
        !matches!(self, Self::Instance(_))
    }

    /// The secrets of its accounts.
    pub(crate) async fn secret_document(&self) -> Result<SecretText, CliError> {
        let (session, arn) = self.secret().await?;
        Ok(SecretText::parse(&session.secret_text(&arn).await?)?)
    }

    /// Replaces the secrets of the deployment's accounts.
    pub(crate) async fn replace_secret_document(&self, document: SecretText) -> Result<(), CliError> {
        let (session, arn) = self.secret().await?;
        session.replace_secret_text(&arn, &document.text()).await
    }

    async fn secret(&self) -> Result<(&Session, String), CliError> {
        match self {
            Self::Stack { name, session } => Ok((session, session.stack_output(name, SECRETS_ARN).await?)),
            Self::Environment(session) => {
                Ok((session, self.read(|environment| environment.required("PROVIDER_SECRETS_ARN"))?))
            }
            Self::Instance(_) => Err(SecretsError::NoDocument.into()),
        }
    }

    pub(crate) async fn queues(&self) -> Result<(SqsClient, QueueUrls), CliError> {
        let client = SqsClient::new(&self.connection(queue::SERVICE)?);
        let urls = match self {
            Self::Stack { name, session } => QueueUrls {
                batches: url_of(&client, session, format!("{name}-batches")).await?,
                small_batches: url_of(&client, session, format!("{name}-small-batches")).await?,
                test_batches: url_of(&client, session, format!("{name}-test-batches")).await?,
                receipts: url_of(&client, session, format!("{name}-receipts")).await?,
                ..QueueUrls::default()
            },
            Self::Environment(_) | Self::Instance(_) => self.read(|environment| QueueUrls {
                batches: environment.required("BATCHES_QUEUE_URL"),
                small_batches: environment.required("SMALL_BATCHES_QUEUE_URL"),
                test_batches: environment.required("TEST_BATCHES_QUEUE_URL"),
                receipts: environment.required("RECEIPTS_QUEUE_URL"),
                ..QueueUrls::default()
            })?,
        };
        Ok((client, urls))
    }

    /// A connection to a deployment with the region, credentials and endpoints of its session; to an instance with
    /// those of its functions.
    fn connection(&self, service: &str) -> Result<SdkConfig, CliError> {
        match self {
            Self::Stack { session, .. } | Self::Environment(session) => Ok(session.config.clone()),
            Self::Instance(_) => {
                let settings = self.read(|environment| AwsSettings::read(environment, service))?;
                Ok(settings.connection(HttpClient::new(Roots::Native)?.shared_http_client()))
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
        match (instance.variables.get(name), name) {
            (Some(value), _) => Some(value.clone()),
            // If the instance uses other endpoints, the caller's own credentials are for these.
            (None, "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN") => {
                environment::process(name)
            }
            (None, _) => None,
        }
    }
}

async fn url_of(client: &SqsClient, session: &Session, queue: String) -> Result<String, CliError> {
    let call = Call { service: "SQS", operation: "GetQueueUrl", kind: "queue", name: &queue };
    let found = client.get_queue_url().queue_name(&queue).send().await;
    let found = found.map_err(|error| session.classify(call, error))?;
    found.queue_url.ok_or(CliError::NoQueue(queue))
}

/// The API that is meant.
pub(crate) async fn client(api: &Api, data: &Path) -> Result<Client, CliError> {
    let (url, key) = address(api, data).await?;
    Ok(Client::new(&url, &key)?)
}

/// The address of the API that is meant, with the key to call it with. The demo key is used on this machine only.
pub(crate) async fn address(api: &Api, data: &Path) -> Result<(String, ApiKey), CliError> {
    let Some(name) = given(&api.profile) else {
        let (url, key) = place(api, data).await?;
        return Ok((url, key.ok_or(CliError::NoKey)?));
    };
    // A key that a variable sets must not be sent to another API.
    if given(&api.url).or(given(&api.key)).or(api.at.stack.clone()).is_some() {
        return Err(CliError::ProfileAndAddress(name));
    }
    let profiles = Profiles::read()?;
    let profile = profiles.get(&name).ok_or(CliError::Unknown { kind: "profile", name })?;
    Ok((profile.url.clone(), ApiKey::parse(&profile.key).map_err(|_| CliError::NotAKey)?))
}

/// The text, unless it is empty: an empty variable counts as not set.
fn given(text: &Option<String>) -> Option<String> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The address that flags, variables and this machine's instance name, and the key if they have one.
pub(crate) async fn place(api: &Api, data: &Path) -> Result<(String, Option<ApiKey>), CliError> {
    let key = given(&api.key).map(|key| ApiKey::parse(&key).map_err(|_| CliError::NotAKey)).transpose()?;
    let Deployment { stack, profile, region } = api.at.clone();
    let is_for_aws = profile.is_some() || region.is_some();
    Ok(match (stack, given(&api.url)) {
        (Some(stack), _) => {
            let session = Session::open(&Selection { profile, region }).await?;
            (session.stack_output(&stack, BASE_URL).await?, key)
        }
        (None, _) if is_for_aws => return Err(CliError::NoStack),
        (None, Some(url)) => (url, key),
        (None, None) => {
            (Instance::running_on(data, InstancePart::Api)?.base_url, key.or_else(|| demo_key(data)))
        }
    })
}
