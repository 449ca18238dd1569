//! Reads and writes a secret of Secrets Manager by signed requests, because the SDK's client takes minutes to build.

use std::time::Duration;

use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_types::error::ErrorMetadata;
use platform::{
    http::{HttpClient, Roots},
    signing::{self, Caller},
};
use serde_json::{Value, json};

use super::{AwsError, Call, Session, variable};
use crate::CliError;

const SERVICE: &str = "secretsmanager";
const CALL_TIMEOUT: Duration = Duration::from_secs(8);

impl Session {
    pub async fn secret_text(&self, arn: &str) -> Result<String, CliError> {
        let answer = self.call_secrets_manager("GetSecretValue", arn, json!({"SecretId": arn})).await?;
        Ok(answer["SecretString"].as_str().unwrap_or("{}").to_owned())
    }

    pub async fn replace_secret_text(&self, arn: &str, text: &str) -> Result<(), CliError> {
        let token = uuid::Uuid::new_v4().to_string();
        let request = json!({"SecretId": arn, "SecretString": text, "ClientRequestToken": token});
        self.call_secrets_manager("PutSecretValue", arn, request).await.map(drop)
    }

    async fn call_secrets_manager(
        &self,
        operation: &'static str,
        arn: &str,
        request: Value,
    ) -> Result<Value, CliError> {
        let call = Call { service: "Secrets Manager", operation, kind: "secret", name: arn };
        let cannot = |source: Box<dyn std::error::Error + Send + Sync>| {
            AwsError::configuration("no request to Secrets Manager can be made", source)
        };
        let provider =
            self.config.credentials_provider().ok_or_else(|| cannot("there are no credentials".into()))?;
        let credentials = provider.provide_credentials().await.map_err(|error| cannot(error.into()))?;
        let caller = Caller { service: SERVICE, region: &self.region, credentials: &credentials };
        let target = format!("{SERVICE}.{operation}");
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
        let request = signing::post(caller, &self.secrets_manager_url(), &headers, request.to_string())
            .ok_or_else(|| cannot("it cannot be signed".into()))?;
        let answer = HttpClient::new(Roots::Native)?.send(request, CALL_TIMEOUT).await;
        let (service, place) = (call.service, self.place());
        let answer =
            answer.map_err(|error| AwsError::Unreachable { service, place, source: error.into() })?;
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        if !answer.status().is_success() {
            return Err(self.refused(call, &refusal(&body)).into());
        }
        Ok(body)
    }

    fn secrets_manager_url(&self) -> String {
        let endpoint = variable("AWS_ENDPOINT_URL_SECRETS_MANAGER");
        let endpoint = endpoint.or_else(|| self.config.endpoint_url().map(str::to_owned));
        let regional = || format!("https://secretsmanager.{}.amazonaws.com", self.region);
        format!("{}/", endpoint.unwrap_or_else(regional).trim_end_matches('/'))
    }
}

/// The code of a refusal. Its message is left out, because it may quote the request.
fn refusal(body: &Value) -> ErrorMetadata {
    let code = body["__type"].as_str().and_then(|kind| kind.rsplit('#').next());
    let mut metadata = ErrorMetadata::builder();
    if let Some(code) = code {
        metadata = metadata.code(code);
    }
    metadata.build()
}
