//! The sources of credentials, tried one after the other until one has credentials.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use aws_config::{
    Region,
    ecs::EcsCredentialsProvider,
    environment::EnvironmentVariableCredentialsProvider,
    imds::{self, credentials::ImdsCredentialsProvider},
    profile::ProfileFileCredentialsProvider,
    provider_config::ProviderConfig,
    timeout::TimeoutConfig,
    web_identity_token::WebIdentityTokenCredentialsProvider,
};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError, future},
};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::{
    ATTEMPT_TIMEOUT, AwsError, CONNECT_TIMEOUT, Selection, impatient,
    profiles::{Origin, Profiles},
    variable,
};

/// Timeout of the instance metadata service. On EC2 it answers within a millisecond. Elsewhere its address does not
/// answer, and a person waits this long for "no credentials".
const METADATA_TIMEOUT: Duration = Duration::from_secs(1);
/// Credentials that expire sooner are fetched again.
const EXPIRY_MARGIN: Duration = Duration::from_secs(60);

/// A source of credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.
    Environment,
    /// A profile. Its roles, if it has any, are assumed with the credentials of another.
    Profile {
        /// The profile at the end of the chain of `source_profile`.
        base: String,
        /// The source of that profile's credentials.
        origin: Origin,
    },
    /// `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN`.
    WebIdentity,
    /// The role of a container.
    Container,
    /// The role of an EC2 instance.
    Instance,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("the environment (AWS_ACCESS_KEY_ID)"),
            Self::Profile { base, .. } => write!(f, "profile {base}"),
            Self::WebIdentity => f.write_str("the web identity (AWS_WEB_IDENTITY_TOKEN_FILE)"),
            Self::Container => f.write_str("the container's role"),
            Self::Instance => f.write_str("the instance's role"),
        }
    }
}

/// Credentials, and the provider that renews them.
#[derive(Debug)]
pub(super) struct Found {
    pub source: Source,
    pub provider: Renewed,
}

impl Found {
    pub fn account(&self) -> Option<String> {
        self.provider.first.account_id().map(|account| account.as_str().to_owned())
    }
}

/// Returns the credentials that were found, and asks their source again once they expire. Without it the SDK would ask
/// twice at the start, and a `credential_process` may ask a person for a code each time.
#[derive(Debug)]
pub(super) struct Renewed {
    first: Credentials,
    source: SharedCredentialsProvider,
}

impl ProvideCredentials for Renewed {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let soon = SystemTime::now() + EXPIRY_MARGIN;
        if self.first.expiry().is_none_or(|expiry| expiry > soon) {
            future::ProvideCredentials::ready(Ok(self.first.clone()))
        } else {
            self.source.provide_credentials()
        }
    }
}

/// Tries the sources in the order of the AWS command line. `--profile` excludes all others; a source that is configured
/// and fails is an error, not a reason to use another account's credentials.
pub(super) async fn find(
    selection: &Selection,
    profiles: &Profiles,
    region: &str,
    http: &SharedHttpClient,
) -> Result<Found, AwsError> {
    if selection.profile.is_none() {
        refuse_half_a_key()?;
    }
    for (source, provider) in sources(selection, profiles, region, http) {
        match provider.provide_credentials().await {
            Ok(first) if first.expiry().is_some_and(|expiry| expiry <= SystemTime::now()) => {
                return Err(AwsError::Expired { of: source });
            }
            Ok(first) => return Ok(Found { source, provider: Renewed { first, source: provider } }),
            Err(CredentialsError::CredentialsNotLoaded(_)) if !is_configured(&source) => {}
            // Outside EC2 the metadata service's address does not answer, refuses the connection, or belongs to another
            // server.
            Err(CredentialsError::ProviderError(_) | CredentialsError::ProviderTimedOut(_))
                if source == Source::Instance => {}
            Err(error) => return Err(AwsError::of_credentials(source, error)),
        }
    }
    Err(AwsError::NoCredentials { profile: selection.profile.clone() })
}

fn sources(
    selection: &Selection,
    profiles: &Profiles,
    region: &str,
    http: &SharedHttpClient,
) -> Vec<(Source, SharedCredentialsProvider)> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build();
    let config = ProviderConfig::without_region()
        .with_region(Some(Region::new(region.to_owned())))
        .with_http_client(http.clone())
        .with_retry_config(impatient())
        .with_timeout_config(timeouts);
    let profile = ProfileFileCredentialsProvider::builder().configure(&config).profile_name(&profiles.name);
    let profile = (profiles.source(), SharedCredentialsProvider::new(profile.build()));
    if selection.profile.is_some() {
        return vec![profile];
    }
    let web_identity = WebIdentityTokenCredentialsProvider::builder().configure(&config).build();
    let container = EcsCredentialsProvider::builder().configure(&config).build();
    vec![
        (Source::Environment, SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new())),
        profile,
        (Source::WebIdentity, SharedCredentialsProvider::new(web_identity)),
        (Source::Container, SharedCredentialsProvider::new(container)),
        (Source::Instance, SharedCredentialsProvider::new(instance(&config))),
    ]
}

fn instance(config: &ProviderConfig) -> ImdsCredentialsProvider {
    let client = imds::Client::builder()
        .configure(config)
        .max_attempts(1)
        .operation_attempt_timeout(METADATA_TIMEOUT)
        .operation_timeout(METADATA_TIMEOUT);
    ImdsCredentialsProvider::builder().configure(config).imds_client(client.build()).build()
}

/// Whether a source without credentials is a mistake. The SDK also says "not loaded" of a profile that lacks a part.
fn is_configured(source: &Source) -> bool {
    matches!(source, Source::Profile { origin, .. } if *origin != Origin::None)
}

fn refuse_half_a_key() -> Result<(), AwsError> {
    let (id, secret) = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
    match (variable(id), variable(secret)) {
        (Some(_), None) => Err(AwsError::HalfAKey { set: id, missing: secret }),
        (None, Some(_)) => Err(AwsError::HalfAKey { set: secret, missing: id }),
        _ => Ok(()),
    }
}
