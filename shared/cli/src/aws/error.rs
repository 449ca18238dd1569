//! Why a command cannot reach a deployment: each cause with its remedy.

use std::{error::Error, fmt, iter::successors};

use aws_credential_types::provider::error::{CredentialsError, TokenError};
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_sso::operation::get_role_credentials::GetRoleCredentialsError;
use aws_sdk_sts::operation::{
    assume_role::AssumeRoleError, assume_role_with_web_identity::AssumeRoleWithWebIdentityError,
};
use aws_smithy_runtime_api::client::{
    orchestrator::HttpResponse,
    result::{ConnectorError, SdkError},
};
use thiserror::Error;

use super::{profiles::Origin, sources::Source};

type BoxError = Box<dyn Error + Send + Sync>;

/// Why a deployment cannot be reached.
#[derive(Debug, Error)]
pub enum AwsError {
    /// Neither flag, environment nor profile names a region.
    #[error("no AWS region is set: set AWS_REGION, use --region, or give profile {profile} a region")]
    NoRegion {
        /// The profile without a region.
        profile: String,
    },
    /// The text cannot be a part of a host's name.
    #[error("{0:?} is not the name of an AWS region, such as eu-west-1")]
    InvalidRegion(String),
    /// The profile that was named is not in the files.
    #[error("there is no AWS profile {name}{}", known_profiles(.known))]
    UnknownProfile {
        name: String,
        /// The existing profiles.
        known: Vec<String>,
    },
    /// The files, or the profile in them, contradict themselves or lack a part.
    #[error("{problem}")]
    Configuration {
        /// The invalid part of the configuration.
        problem: String,
        #[source]
        source: BoxError,
    },
    /// Only one half of an access key is given.
    #[error("{set} is set, but {missing} is not: set both or neither")]
    HalfAKey {
        /// The variable that is there.
        set: &'static str,
        /// The variable that is not.
        missing: &'static str,
    },
    /// No source has any.
    #[error("no AWS credentials were found{}: {NO_CREDENTIALS_REMEDY}", in_profile(.profile))]
    NoCredentials {
        /// The profile of `--profile`, which excludes all other sources.
        profile: Option<String>,
    },
    /// A profile whose user must sign in.
    #[error(
        "profile {profile} is not signed in, or its session has expired: run `{command} --profile {profile}`"
    )]
    SignedOut {
        profile: String,
        /// The command that signs in.
        command: &'static str,
        #[source]
        source: BoxError,
    },
    /// They were good once.
    #[error("the AWS credentials of {of} have expired: {}", remedy(.of))]
    Expired { of: Source },
    /// A source that is configured but gave no credentials.
    #[error("{} gave no AWS credentials", credential_source(.of))]
    NotGiven {
        of: Source,
        #[source]
        source: BoxError,
    },
    /// The role of a profile or of a web identity was refused.
    #[error("AWS did not give the role that {of} asks for ({code})")]
    RoleRefused {
        /// The source that asks for the role.
        of: Source,
        /// AWS's error code.
        code: String,
        #[source]
        source: BoxError,
    },
    /// Wrong keys, or keys of another partition.
    #[error(
        "AWS does not accept the credentials of {of} ({code}): they may be mistyped or revoked, the region may \
         not be enabled for the account, or this machine's clock may be wrong"
    )]
    NotAccepted {
        of: Source,
        /// AWS's error code.
        code: String,
    },
    /// No connection.
    #[error(
        "{service} cannot be reached ({place}): check the network, the region's name and AWS_ENDPOINT_URL"
    )]
    Unreachable {
        service: &'static str,
        /// The account and region.
        place: String,
        #[source]
        source: BoxError,
    },
    /// A connection, and no answer.
    #[error("{service} did not answer in time ({place})")]
    TimedOut {
        service: &'static str,
        /// The account and region.
        place: String,
    },
    /// The credentials are good, and not for this.
    #[error("AWS does not allow {of} to call {operation} on {resource}")]
    AccessDenied {
        of: Source,
        operation: &'static str,
        /// The table or queue.
        resource: String,
        /// AWS's own sentence, which names the policy's action and the caller.
        #[source]
        source: BoxError,
    },
    /// The resource does not exist: another account, another region, or another name.
    #[error(
        "there is no {kind} {name} ({place}): check the name of the stack, the region, and the account of {of}"
    )]
    NotThere {
        /// Table or queue.
        kind: &'static str,
        name: String,
        /// The account and region.
        place: String,
        of: Source,
    },
    /// The server at that address is not AWS.
    #[error("the answer of {service} is not one of AWS ({place}): check AWS_ENDPOINT_URL")]
    NotAws {
        service: &'static str,
        /// The account and region.
        place: String,
    },
    /// Any other error of AWS.
    #[error("{operation} on {resource} failed ({code})")]
    Failed {
        operation: &'static str,
        /// The table or queue.
        resource: String,
        /// AWS's error code.
        code: String,
    },
}

const NO_CREDENTIALS_REMEDY: &str = "sign in with `aws sso login` or `aws login`, name a profile with --profile, \
                                     or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

impl AwsError {
    /// The stable code of the JSON document.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoRegion { .. } => "no_region",
            Self::InvalidRegion(_) => "invalid_region",
            Self::UnknownProfile { .. } => "unknown_profile",
            Self::Configuration { .. } | Self::HalfAKey { .. } => "invalid_aws_configuration",
            Self::NoCredentials { .. } => "no_credentials",
            Self::SignedOut { .. } => "signed_out",
            Self::Expired { .. } => "credentials_expired",
            Self::NotGiven { .. } => "credentials_not_given",
            Self::RoleRefused { .. } => "role_refused",
            Self::NotAccepted { .. } => "credentials_not_accepted",
            Self::Unreachable { .. } => "unreachable",
            Self::TimedOut { .. } => "timed_out",
            Self::AccessDenied { .. } => "access_denied",
            Self::NotThere { .. } => "not_there",
            Self::NotAws { .. } => "not_aws",
            Self::Failed { .. } => "aws_call_failed",
        }
    }

    pub(crate) fn configuration(problem: impl Into<String>, source: impl Into<BoxError>) -> Self {
        Self::Configuration { problem: problem.into(), source: source.into() }
    }

    /// The error for a source of credentials that failed.
    pub(super) fn of_credentials(of: Source, error: CredentialsError) -> Self {
        let (service, place) = ("AWS's sign-in service", of.to_string());
        let fault = Fault::of(&error);
        let is_misconfigured = matches!(
            error,
            CredentialsError::InvalidConfiguration(_) | CredentialsError::CredentialsNotLoaded(_)
        );
        let source: BoxError = Causes(error).into();
        let sign_in = match &of {
            Source::Profile { base, origin, .. } => origin.sign_in().map(|command| (base.clone(), command)),
            _ => None,
        };
        match (fault, sign_in) {
            (Fault::TimedOut, _) => Self::TimedOut { service, place },
            (Fault::Unreachable, _) => Self::Unreachable { service, place, source },
            (Fault::Service(code), Some((profile, command))) if code == "UnauthorizedException" => {
                Self::SignedOut { profile, command, source }
            }
            (Fault::Service(code), _) => match code.as_str() {
                "ExpiredToken" | "ExpiredTokenException" => Self::Expired { of },
                code if NOT_ACCEPTED.contains(&code) => Self::NotAccepted { of, code: code.to_owned() },
                _ => Self::RoleRefused { of, code, source },
            },
            (Fault::Other, _) if is_misconfigured => {
                Self::configuration(format!("{of} cannot be used"), source)
            }
            (Fault::Other, Some((profile, command))) => Self::SignedOut { profile, command, source },
            (Fault::Other, None) => Self::NotGiven { of, source },
        }
    }
}

/// AWS's codes for keys that it does not know, or whose signature is wrong.
pub(super) const NOT_ACCEPTED: [&str; 8] = [
    "AuthFailure",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

/// The last cause of a failed source of credentials.
enum Fault {
    TimedOut,
    Unreachable,
    /// AWS refused, with this code.
    Service(String),
    Other,
}

impl Fault {
    fn of(error: &CredentialsError) -> Self {
        if matches!(error, CredentialsError::ProviderTimedOut(_)) {
            return Self::TimedOut;
        }
        let first: &(dyn Error + 'static) = error;
        let mut causes = successors(Some(first), |cause: &&(dyn Error + 'static)| (*cause).source());
        causes.find_map(Self::of_cause).unwrap_or(Self::Other)
    }

    fn of_cause(cause: &(dyn Error + 'static)) -> Option<Self> {
        Self::of_call::<GetRoleCredentialsError>(cause)
            .or_else(|| Self::of_call::<AssumeRoleError>(cause))
            .or_else(|| Self::of_call::<AssumeRoleWithWebIdentityError>(cause))
            .or_else(|| {
                let connection = cause.downcast_ref::<ConnectorError>()?;
                Some(if connection.is_timeout() { Self::TimedOut } else { Self::Unreachable })
            })
    }

    fn of_call<E>(cause: &(dyn Error + 'static)) -> Option<Self>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        match cause.downcast_ref::<SdkError<E, HttpResponse>>()? {
            SdkError::TimeoutError(_) => Some(Self::TimedOut),
            error => error.code().map(|code| Self::Service(code.to_owned())),
        }
    }
}

/// The causes of a [`CredentialsError`] without the layers that say only that there was an error.
#[derive(Debug)]
struct Causes(CredentialsError);

impl Causes {
    fn first(&self) -> &(dyn Error + 'static) {
        let mut first: &(dyn Error + 'static) = &self.0;
        while (first.is::<CredentialsError>() || first.is::<TokenError>())
            && let Some(cause) = first.source()
        {
            first = cause;
        }
        first
    }
}

impl fmt::Display for Causes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.first(), f)
    }
}

impl Error for Causes {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.first().source()
    }
}

fn known_profiles(known: &[String]) -> String {
    match known {
        [] => ": no profile is configured".to_owned(),
        known => format!(", only {}", known.join(", ")),
    }
}

fn in_profile(profile: &Option<String>) -> String {
    profile.as_ref().map(|profile| format!(" in profile {profile}")).unwrap_or_default()
}

/// How to renew credentials.
fn remedy(of: &Source) -> String {
    match of {
        Source::Environment => {
            "set new ones in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN".to_owned()
        }
        Source::Profile { base, origin, .. } => match origin.sign_in() {
            Some(command) => format!("run `{command} --profile {base}`"),
            None if *origin == Origin::Process => "its credential_process gives old ones".to_owned(),
            None => "put new ones into the profile".to_owned(),
        },
        Source::WebIdentity => "its token file needs a new token".to_owned(),
        Source::Container | Source::Instance => "AWS renews them by itself; try again".to_owned(),
    }
}

fn credential_source(of: &Source) -> String {
    match of {
        Source::Profile { base, origin: Origin::Process, .. } => {
            format!("the credential_process of profile {base}")
        }
        _ => of.to_string(),
    }
}
