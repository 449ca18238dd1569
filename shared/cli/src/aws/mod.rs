//! A deployment's region and credentials, from all usual sources: flags, environment, profiles, IAM Identity Center,
//! `aws login`, `credential_process`, web identity, a container's role, an instance's role.
//!
//! Both are resolved before the first call, so that a command can say which of them is missing and what to do. Called
//! by `target` for `--stack` and for tables that the environment names; an instance on this machine needs none of this.
//! The SDK's default chain is not used: it waits for the instance's metadata service, which no laptop has, and does not
//! say which of its sources failed.

mod calls;
mod error;
mod profiles;
mod secret;
mod sources;
mod stack;

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use platform::{
    environment,
    http::{HttpClient, Roots},
};

pub(crate) use calls::Call;
pub use error::AwsError;
pub(crate) use sources::Source;

use crate::CliError;
use profiles::Profiles;

/// The time for one attempt at a call.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(8);
/// The time to connect for one attempt. The connector that all clients share has its own, which is no longer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The options of the command line; the environment and the profiles give the rest.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    pub profile: Option<String>,
    pub region: Option<String>,
}

/// Region and credentials that were found. Holds secrets, which its `Debug` does not show.
#[derive(Debug)]
pub(crate) struct Session {
    pub config: SdkConfig,
    pub region: String,
    /// The account, if the source of the credentials names it.
    pub account: Option<String>,
    source: Source,
}

impl Session {
    /// Resolves the region, then the credentials.
    pub async fn open(selection: &Selection) -> Result<Self, CliError> {
        let profiles = Profiles::load(selection).await?;
        let region = region(selection, &profiles)?;
        let http = HttpClient::new(Roots::Native)?.shared_http_client();
        let found = sources::find(selection, &profiles, &region, &http).await?;
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .build();
        let account = found.account();
        let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.clone()))
            .profile_name(&profiles.name)
            .http_client(http)
            .timeout_config(timeouts)
            .credentials_provider(found.provider)
            .load()
            .await;
        Ok(Self { config, region, account, source: found.source })
    }

    /// The account and region of the calls, for a message.
    pub fn place(&self) -> String {
        match &self.account {
            Some(account) => format!("account {account}, region {}", self.region),
            None => format!("region {}", self.region),
        }
    }
}

/// The region of `--region`, else of the environment, else of the profile.
fn region(selection: &Selection, profiles: &Profiles) -> Result<String, AwsError> {
    let region = selection.region.clone();
    let region = region.or_else(|| variable("AWS_REGION")).or_else(|| variable("AWS_DEFAULT_REGION"));
    let region = region.or_else(|| profiles.region().map(str::to_owned));
    let region = region.ok_or_else(|| AwsError::NoRegion { profile: profiles.name.clone() })?;
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if region.is_empty() || !region.bytes().all(is_plain) {
        return Err(AwsError::InvalidRegion(region));
    }
    Ok(region)
}

/// A variable of the environment. A blank one counts as not set.
fn variable(name: &str) -> Option<String> {
    environment::process(name).filter(|value| !value.trim().is_empty())
}

/// Few and quick attempts: a failure here is mostly a mistake, and a person waits for the message.
fn impatient() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(2).with_initial_backoff(Duration::from_millis(100))
}
