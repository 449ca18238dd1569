//! One call of Secrets Manager: `GetSecretValue` in AWS JSON 1.1.
//!
//! AWS Secrets Manager API Reference, "GetSecretValue"; the signature is the SDK's own signer's.

use std::time::{Duration, SystemTime};

use ::http::{Request, Response};
use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;

use super::error::SecretError;
use crate::{
    aws::AwsSettings,
    http::{HttpClient, HttpError},
};

/// The name that requests are signed for.
const SIGNING_NAME: &str = "secretsmanager";
const TARGET: &str = "secretsmanager.GetSecretValue";
/// Three of these, and the pauses, fit into the ten seconds that a function has to start.
const CALL_TIMEOUT: Duration = Duration::from_secs(2);
/// Tries, the first included. Reading is safe to repeat.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(100);

/// A connection to Secrets Manager.
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

/// What one try came to.
enum Try {
    Value(String),
    Failed { error: SecretError, may_pass: bool },
}

impl SecretsManager {
    pub(super) fn new(settings: &AwsSettings, http: HttpClient) -> Self {
        let region = settings.region.to_string();
        let regional = || format!("https://secretsmanager.{region}.amazonaws.com");
        let endpoint = settings.endpoint.clone().unwrap_or_else(regional);
        let url = format!("{}/", endpoint.trim_end_matches('/'));
        Self { url, region, credentials: settings.credentials.clone(), http }
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
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SIGNING_NAME)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .ok()?
            .into();
        let content = SignableBody::Bytes(body.as_bytes());
        let signable = SignableRequest::new("POST", &self.url, headers.into_iter(), content).ok()?;
        let (instructions, _) = sign(signable, &parameters).ok()?.into_parts();
        let request = Request::post(&self.url).header(headers[0].0, headers[0].1);
        let mut request = request.header(headers[1].0, headers[1].1).body(Bytes::from(body)).ok()?;
        instructions.apply_to_request_http1x(&mut request);
        Some(request)
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

/// AWS's code without its namespace, or the status: never the message, which may quote anything.
fn refusal_code(answer: &Response<Bytes>) -> String {
    let refusal = serde_json::from_slice::<Refusal>(answer.body()).ok();
    let code = refusal.as_ref().and_then(|refusal| refusal.kind.rsplit('#').next());
    code.map_or_else(|| answer.status().to_string(), str::to_owned)
}
