//! The profiles of `~/.aws/config` and `~/.aws/credentials`: which one is used, and where its credentials come from.

use std::borrow::Cow;

use aws_config::profile::{self, Profile, ProfileSet};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

use super::{AwsError, Selection, Source, variable};

/// The profile that is used if none is named.
const DEFAULT: &str = "default";
/// More profiles than a sensible chain of `source_profile` has.
const CHAIN_MAX: usize = 10;

/// The profiles, and the one that is meant.
#[derive(Debug)]
pub(super) struct Profiles {
    set: ProfileSet,
    pub name: String,
}

/// The source of the credentials at the beginning of a profile's chain of roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The profile names no source.
    None,
    /// IAM Identity Center: `aws sso login`.
    IdentityCenter,
    /// A session of the AWS console: `aws login`.
    Console,
    Process,
    /// Access keys, a web identity's token, or a named source such as `Environment`.
    Other,
}

impl Origin {
    /// The command with which a person signs in.
    pub const fn sign_in(self) -> Option<&'static str> {
        match self {
            Self::IdentityCenter => Some("aws sso login"),
            Self::Console => Some("aws login"),
            Self::None | Self::Process | Self::Other => None,
        }
    }
}

impl Profiles {
    /// Reads the files, and finds the profile of `--profile`, else of `AWS_PROFILE`, else the default one.
    pub async fn load(selection: &Selection) -> Result<Self, AwsError> {
        let named = selection.profile.clone().or_else(|| variable("AWS_PROFILE"));
        let name = named.clone().unwrap_or_else(|| DEFAULT.to_owned());
        let (fs, env, files) = (Fs::real(), Env::real(), EnvConfigFiles::default());
        let set = profile::load(&fs, &env, &files, Some(Cow::Owned(name.clone()))).await;
        let set = set
            .map_err(|error| AwsError::configuration("the AWS configuration files cannot be read", error))?;
        if named.is_some() && set.get_profile(&name).is_none() {
            let mut known: Vec<_> = set.profiles().map(str::to_owned).collect();
            known.sort();
            return Err(AwsError::UnknownProfile { name, known });
        }
        Ok(Self { set, name })
    }

    pub fn region(&self) -> Option<&str> {
        self.set.get("region")
    }

    pub fn source(&self) -> Source {
        let (base, origin) = self.origin();
        Source::Profile { base: base.to_owned(), origin }
    }

    /// The profile at the end of the chain of `source_profile`, and the source of its credentials.
    fn origin(&self) -> (&str, Origin) {
        let mut name = self.name.as_str();
        for _ in 0..CHAIN_MAX {
            let Some(profile) = self.set.get_profile(name) else { break };
            match profile.get("source_profile") {
                Some(source) if profile.get("role_arn").is_some() && source != name => name = source,
                _ => return (name, origin_of(profile)),
            }
        }
        // A profile that is missing or a circle: the SDK says which.
        let is_named = self.set.get_profile(&self.name).is_some();
        (name, if is_named { Origin::Other } else { Origin::None })
    }
}

/// Checks the sources in the SDK's order.
fn origin_of(profile: &Profile) -> Origin {
    let has = |key: &str| profile.get(key).is_some();
    let sso = ["sso_session", "sso_start_url", "sso_account_id", "sso_role_name", "sso_region"];
    let others = ["credential_source", "role_arn", "web_identity_token_file"];
    let keys = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"];
    if others.into_iter().any(has) {
        Origin::Other
    } else if sso.into_iter().any(has) {
        Origin::IdentityCenter
    } else if has("login_session") {
        Origin::Console
    } else if has("credential_process") {
        Origin::Process
    } else if keys.into_iter().any(has) {
        Origin::Other
    } else {
        Origin::None
    }
}
