//! The endpoints of DynamoDB and SQS: emulators in this process, unless the environment names endpoints.

use std::collections::BTreeMap;

use embedded_aws::{DynamoDb, Sqs, Storage};
use platform::{aws::AwsSettings, environment::Environment, http::HttpClient};

use super::{
    config::{ANY_PORT, StackConfig, State},
    error::StackError,
};

/// A service: an emulator in this process, or an endpoint that the environment gives.
enum Service<Embedded> {
    Embedded(Embedded),
    Given(String),
}

/// Both services. Dropping it ends the emulators of this process.
pub(super) struct Endpoints {
    dynamodb: Service<DynamoDb>,
    sqs: Service<Sqs>,
}

impl Endpoints {
    /// Starts the emulators that the environment does not name.
    pub(super) fn start(config: &StackConfig) -> Result<Self, StackError> {
        let storage = match &config.state {
            State::Memory => Storage::Memory,
            State::Folder(folder) => Storage::Folder(folder),
        };
        let dynamodb = match given(config, "DYNAMODB") {
            Some(endpoint) => Service::Given(endpoint),
            None => Service::Embedded(DynamoDb::start(storage, ANY_PORT)?),
        };
        let sqs = match given(config, "SQS") {
            Some(endpoint) => Service::Given(endpoint),
            None => Service::Embedded(Sqs::start(storage, ANY_PORT)?),
        };
        Ok(Self { dynamodb, sqs })
    }

    /// Whether both are inside this process.
    pub(super) fn are_embedded(&self) -> bool {
        matches!((&self.dynamodb, &self.sqs), (Service::Embedded(_), Service::Embedded(_)))
    }

    /// Both, if they are inside this process.
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

    /// Ends the emulators of this process, without blocking the runtime meanwhile.
    pub(super) async fn stop(self) {
        // It cannot fail but by a panic of the emulators' threads, which have ended then.
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }
}

fn given(config: &StackConfig, service: &str) -> Option<String> {
    let variable = |name: &str| (config.environment)(name).filter(|value| !value.is_empty());
    variable(&format!("AWS_ENDPOINT_URL_{service}")).or_else(|| variable("AWS_ENDPOINT_URL"))
}

/// A client for what the queues' adapter does not offer: creating, measuring, polling.
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
