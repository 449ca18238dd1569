//! One call of Secrets Manager: `GetSecretValue` in AWS JSON 1.1.
//!
//! Source: AWS Secrets Manager API Reference, "GetSecretValue".

use std::time::Duration;

use ::http::{Request, Response};
use aws_credential_types::Credentials;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::error::SecretError;
use crate::{
    aws::AwsSettings,
    http::{HttpClient, HttpError},
    signing::{self, Caller},
};

/// The service's name in signatures.
const SERVICE: &str = "secretsmanager";
const TARGET: &str = "secretsmanager.GetSecretValue";
/// Three calls, with their pauses, fit into the ten seconds that a function has to start.
const CALL_TIMEOUT: Duration = Duration::from_secs(2);
/// Attempts, the first included. Reading is safe to repeat.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(100);

pub(super) struct SecretsManager {
    url: String,
    region: String,
    credentials: Credentials,
    http: HttpClient,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SecretValue {
    secret_string: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "__type")]
    kind: String,
}

/// The result of one attempt.
enum Try {
    Value(String),
    Failed { error: SecretError, may_pass: bool },
}

impl SecretsManager {
    pub(super) fn new(settings: &AwsSettings, http: HttpClient) -> Self {
        let (url, region) = (format!("{}/", settings.endpoint_of(SERVICE)), settings.region().to_owned());
        Self { url, region, credentials: settings.credentials().clone(), http }
    }

    /// The text of a secret, which is the value of `variable`.
    pub(super) async fn value(&self, variable: &str, arn: &str) -> Result<String, SecretError> {
        let mut tries = 1;
        loop {
            match self.try_value(variable, arn).await {
                Try::Value(value) => return Ok(value),
                Try::Failed { may_pass: true, .. } if tries < ATTEMPTS => tries += 1,
                Try::Failed { error, .. } => return Err(error),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn try_value(&self, variable: &str, arn: &str) -> Try {
        let variable = variable.to_owned();
        let Some(request) = self.request(arn) else {
            return Try::Failed { error: SecretError::Unsigned { variable }, may_pass: false };
        };
        match self.http.send(request, CALL_TIMEOUT).await {
            Ok(answer) => read(variable, &answer),
            Err(source) => Try::Failed { error: unreachable(variable, source), may_pass: true },
        }
    }

    fn request(&self, arn: &str) -> Option<Request<Bytes>> {
        let body = json!({ "SecretId": arn }).to_string();
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", TARGET)];
        let (region, credentials) = (&self.region, &self.credentials);
        signing::post(Caller { service: SERVICE, region, credentials }, &self.url, &headers, body)
    }
}

fn unreachable(variable: String, source: HttpError) -> SecretError {
    SecretError::Unreachable { variable, source }
}

fn read(variable: String, answer: &Response<Bytes>) -> Try {
    let status = answer.status();
    if !status.is_success() {
        let code = refusal_code(answer);
        let may_pass = status.is_server_error() || code == "ThrottlingException";
        return Try::Failed { error: SecretError::Refused { variable, code }, may_pass };
    }
    let value = serde_json::from_slice::<SecretValue>(answer.body()).ok();
    match value.and_then(|value| value.secret_string) {
        Some(value) => Try::Value(value),
        None => Try::Failed { error: SecretError::NotText { variable }, may_pass: false },
    }
}

/// AWS's error code without its namespace, or the status. Never the message, which may quote the request.
fn refusal_code(answer: &Response<Bytes>) -> String {
    let refusal = serde_json::from_slice::<Refusal>(answer.body()).ok();
    let code = refusal.as_ref().and_then(|refusal| refusal.kind.rsplit('#').next());
    code.map_or_else(|| answer.status().to_string(), str::to_owned)
}
