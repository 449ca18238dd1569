//! Region, credentials and endpoints of AWS, read from the environment; all clients share one connector.
//!
//! Lambda gives credentials as environment variables that are valid for the life of the process, so a function does not
//! load the SDK's credential chain (and its unused STS client) at a cold start. The operator's commands use the full
//! chain instead.

use std::time::SystemTime;

use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::{
    rt::sleep::{SharedAsyncSleep, TokioSleep},
    time::{SharedTimeSource, SystemTimeSource},
};
use aws_smithy_runtime_api::client::{
    behavior_version::BehaviorVersion, http::SharedHttpClient,
    stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{SdkConfig, region::Region};

use crate::environment::Environment;

/// Settings of a connection to one AWS service.
#[derive(Clone, Debug)]
pub struct AwsSettings {
    region: Region,
    credentials: Credentials,
    endpoint: Option<String>,
    first_backoff: std::time::Duration,
}

/// Attempts of one AWS call, the first included; the SDK makes them, with its backoff. Never used for the hand-over to
/// a provider.
const AWS_CALL_ATTEMPTS: u32 = 4;
/// The SDK's own first backoff.
const FIRST_BACKOFF: std::time::Duration = std::time::Duration::from_secs(1);
/// The first backoff of retries against an emulator on this machine.
const EMULATOR_FIRST_BACKOFF: std::time::Duration = std::time::Duration::from_millis(2);
const THIS_MACHINE: &str = "http://127.0.0.1:";
const CONNECT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(2);
const ATTEMPT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(8);

impl AwsSettings {
    /// Reads the standard variables; `service` is the suffix of `AWS_ENDPOINT_URL_…`, for emulators.
    pub fn read(environment: &mut Environment<'_>, service: &str) -> Self {
        let region = environment.required("AWS_REGION");
        let key = environment.required("AWS_ACCESS_KEY_ID");
        let secret = environment.required("AWS_SECRET_ACCESS_KEY");
        let token = environment.optional("AWS_SESSION_TOKEN");
        let specific = environment.optional(&format!("AWS_ENDPOINT_URL_{service}"));
        let endpoint = specific.or_else(|| environment.optional("AWS_ENDPOINT_URL"));
        let credentials = Credentials::new(key, secret, token, None::<SystemTime>, "environment");
        let first_backoff = match &endpoint {
            Some(endpoint) if endpoint.starts_with(THIS_MACHINE) => EMULATOR_FIRST_BACKOFF,
            _ => FIRST_BACKOFF,
        };
        Self { region: Region::new(region), credentials, endpoint, first_backoff }
    }

    /// The access key id of [`Self::emulator`].
    pub const EMULATOR_KEY: &str = "emulator";

    /// Settings for an emulator that takes [`Self::EMULATOR_KEY`].
    pub fn emulator(endpoint: &str) -> Self {
        Self::emulator_of(endpoint, Self::EMULATOR_KEY)
    }

    /// Settings for an emulator that takes this access key id, and verifies no signature.
    pub fn emulator_of(endpoint: &str, key: &str) -> Self {
        Self {
            region: Region::from_static("us-east-1"),
            credentials: Credentials::new(key, "emulator", None, None, "emulator"),
            endpoint: Some(endpoint.to_owned()),
            first_backoff: EMULATOR_FIRST_BACKOFF,
        }
    }

    pub fn region(&self) -> &str {
        self.region.as_ref()
    }

    pub const fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The address of a service, without a final slash; `name` is the service's part of AWS host names.
    pub fn endpoint_of(&self, service: &str) -> String {
        let regional = || format!("https://{service}.{}.amazonaws.com", self.region);
        let endpoint = self.endpoint.clone().unwrap_or_else(regional);
        endpoint.trim_end_matches('/').to_owned()
    }

    /// The configuration that a service's client is built from.
    pub fn connection(&self, http_client: SharedHttpClient) -> SdkConfig {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT);
        let retries = RetryConfig::standard().with_max_attempts(AWS_CALL_ATTEMPTS);
        let retries = retries.with_initial_backoff(self.first_backoff);
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(self.region.clone())
            .credentials_provider(SharedCredentialsProvider::new(self.credentials.clone()))
            .retry_config(retries)
            .timeout_config(timeouts.build())
            // Stalled-stream protection is meant for streams. Here every attempt has a timeout, and the protection
            // would cost time on each call.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .time_source(SharedTimeSource::new(SystemTimeSource::new()))
            .http_client(http_client);
        config.set_endpoint_url(self.endpoint.clone());
        config.build()
    }
}
