//! The endpoints of DynamoDB and SQS: emulators in this process, unless the environment names endpoints.

use std::collections::BTreeMap;

use embedded_aws::{AccessKey, DynamoDb, Sqs, Storage};
use platform::{aws::AwsSettings, environment::Environment, http::HttpClient};

use super::{
    config::{ANY_PORT, StackConfig, State},
    error::StackError,
};

/// A service: an emulator in this process, or an endpoint that the environment names.
enum Service<Embedded> {
    Embedded(Embedded),
    Given(String),
}

/// The endpoints of DynamoDB and SQS. Dropping this value ends the emulators of this process.
pub(super) struct Endpoints {
    dynamodb: Service<DynamoDb>,
    sqs: Service<Sqs>,
    key: AccessKey,
}

impl Endpoints {
    /// Starts the emulators that the environment does not name. They accept calls signed with `own`; if only one of the
    /// two is embedded, it accepts the key that the environment gives for the other.
    pub(super) fn start(config: &StackConfig, own: &AccessKey) -> Result<Self, StackError> {
        let (given_dynamodb, given_sqs) = (given(config, "DYNAMODB"), given(config, "SQS"));
        let are_embedded = given_dynamodb.is_none() && given_sqs.is_none();
        let of_environment = variable(config, "AWS_ACCESS_KEY_ID").filter(|_| !are_embedded);
        let key = of_environment.map_or_else(|| own.clone(), AccessKey::of);
        let storage = match &config.state {
            State::Memory => Storage::Memory,
            State::Folder(folder) => Storage::Folder(folder),
        };
        let dynamodb = match given_dynamodb {
            Some(endpoint) => Service::Given(endpoint),
            None => Service::Embedded(DynamoDb::start(storage, ANY_PORT, &key)?),
        };
        let sqs = match given_sqs {
            Some(endpoint) => Service::Given(endpoint),
            None => Service::Embedded(Sqs::start(storage, ANY_PORT, &key)?),
        };
        Ok(Self { dynamodb, sqs, key })
    }

    /// Whether both are in this process.
    pub(super) fn are_embedded(&self) -> bool {
        matches!((&self.dynamodb, &self.sqs), (Service::Embedded(_), Service::Embedded(_)))
    }

    /// The access key id that calls are signed with.
    pub(super) const fn key(&self) -> &AccessKey {
        &self.key
    }

    /// Both emulators, if they are inside this process.
    pub(super) fn embedded(&self) -> Option<(&DynamoDb, &Sqs)> {
        self.dynamodb().zip(self.sqs())
    }

    pub(super) fn dynamodb(&self) -> Option<&DynamoDb> {
        match &self.dynamodb {
            Service::Embedded(dynamodb) => Some(dynamodb),
            Service::Given(_) => None,
        }
    }

    pub(super) fn sqs(&self) -> Option<&Sqs> {
        match &self.sqs {
            Service::Embedded(sqs) => Some(sqs),
            Service::Given(_) => None,
        }
    }

    pub(super) fn dynamodb_url(&self) -> &str {
        match &self.dynamodb {
            Service::Embedded(dynamodb) => dynamodb.endpoint(),
            Service::Given(endpoint) => endpoint,
        }
    }

    pub(super) fn sqs_url(&self) -> &str {
        match &self.sqs {
            Service::Embedded(sqs) => sqs.endpoint(),
            Service::Given(endpoint) => endpoint,
        }
    }

    /// Stops the emulators of this process without blocking the runtime.
    pub(super) async fn stop(self) {
        // The drop can only fail by a panic of the emulators' threads, and they have then ended.
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}

fn given(config: &StackConfig, service: &str) -> Option<String> {
    variable(config, &format!("AWS_ENDPOINT_URL_{service}")).or_else(|| variable(config, "AWS_ENDPOINT_URL"))
}

fn variable(config: &StackConfig, name: &str) -> Option<String> {
    (config.environment)(name).filter(|value| !value.is_empty())
}

/// A client for operations that the crate `queue` does not have: creating, measuring, polling.
pub(super) fn sqs_client(
    variables: &BTreeMap<String, String>,
    http: &HttpClient,
) -> Result<aws_sdk_sqs::Client, StackError> {
    let lookup = |name: &str| variables.get(name).cloned();
    let mut environment = Environment::new(&lookup);
    let settings = AwsSettings::read(&mut environment, queue::SERVICE);
    let settings = environment.finish(Some(settings))?;
    Ok(aws_sdk_sqs::Client::new(&settings.connection(http.shared_http_client())))
}
