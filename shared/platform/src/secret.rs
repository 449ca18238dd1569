//! Reads secrets of AWS Secrets Manager once at a cold start, so that no environment variable has a secret in clear.
//!
//! Called by the functions that call a provider or are called by one. A variable `X` may be given as `X_ARN` instead;
//! [`Secrets`] reads the secret that it names and returns its text for `X`. On a developer's machine and in tests, `X`
//! itself is set and Secrets Manager is not called.
//!
//! One signed request over the shared HTTP client is enough. Another SDK client would cost every cold start half a
//! million instructions, and the AWS Parameters and Secrets Extension answers in the INVOKE phase only, not while a
//! function starts (AWS Systems Manager User Guide, "Using Parameter Store parameters in AWS Lambda functions").
//!
//! It never writes a secret, and never shows one: not in `Debug`, not in an error.

mod error;
mod manager;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt};

use crate::{
    aws::AwsSettings,
    environment::{self, Environment},
    http::{HttpClient, Roots},
};
pub use error::SecretError;
use manager::SecretsManager;

/// Suffix of a variable that names the secret with another variable's value.
pub const ARN_SUFFIX: &str = "_ARN";

/// The service's suffix of the standard endpoint variable, `AWS_ENDPOINT_URL_SECRETS_MANAGER`.
const SERVICE: &str = "SECRETS_MANAGER";

/// Values of the variables that are kept in Secrets Manager.
#[derive(Clone, Default)]
pub struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// Reads the value of each of `variables` for which the environment names a secret. If it names none, nothing is
    /// called.
    ///
    /// # Errors
    /// If a value is given twice (in clear and as a secret), or a secret cannot be read.
    pub async fn read(
        variables: &[&str],
        lookup: &(dyn Fn(&str) -> Option<String> + Sync),
    ) -> Result<Self, SecretError> {
        let Some(SecretReferences { named, settings }) = references(variables, lookup)? else {
            return Ok(Self::default());
        };
        let manager = SecretsManager::new(&settings, HttpClient::new(Roots::Amazon)?);
        let mut values = BTreeMap::new();
        for (variable, arn) in named {
            values.insert(variable.to_owned(), manager.value(variable, &arn).await?);
        }
        Ok(Self(values))
    }

    /// The look-up with the secrets laid over it.
    pub fn over<'a>(
        &'a self,
        lookup: &'a dyn Fn(&str) -> Option<String>,
    ) -> impl Fn(&str) -> Option<String> + 'a {
        move |name| self.0.get(name).cloned().or_else(|| lookup(name))
    }
}

/// Makes a value of this process's environment with its secrets, which are read again.
///
/// # Errors
/// If a secret cannot be read, or the environment with the secrets has a problem.
pub async fn read_again<T>(
    variables: &[&str],
    read: impl FnOnce(&mut Environment<'_>) -> Option<T>,
) -> Result<T, SecretError> {
    let secrets = Secrets::read(variables, &environment::process).await?;
    let lookup = secrets.over(&environment::process);
    let mut environment = Environment::new(&lookup);
    let value = read(&mut environment);
    Ok(environment.finish(value)?)
}

/// Shows which values there are, and none of them.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secrets").field(&self.0.keys()).finish()
    }
}

/// Variables with the names of their secrets, and how Secrets Manager is reached.
struct SecretReferences<'a> {
    named: Vec<(&'a str, String)>,
    settings: AwsSettings,
}

/// The secrets to read; `None` if no variable is given as a secret.
fn references<'a>(
    variables: &[&'a str],
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<SecretReferences<'a>>, SecretError> {
    let mut environment = Environment::new(lookup);
    let named = named(variables, &mut environment);
    if named.is_empty() {
        return Ok(environment.finish(Some(None))?);
    }
    let settings = AwsSettings::read(&mut environment, SERVICE);
    Ok(environment.finish(Some(Some(SecretReferences { named, settings })))?)
}

/// Variables that are given as secrets, and the secrets' names.
fn named<'a>(variables: &[&'a str], environment: &mut Environment<'_>) -> Vec<(&'a str, String)> {
    let mut named = Vec::new();
    for &variable in variables {
        let Some(arn) = environment.optional(&format!("{variable}{ARN_SUFFIX}")) else { continue };
        if environment.optional(variable).is_some() {
            environment.problem(format!("{variable} and {variable}{ARN_SUFFIX} are both set"));
        }
        named.push((variable, arn));
    }
    named
}
