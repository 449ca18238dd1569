//! The choice of the provider, made once at start.

use platform::environment::Environment;

use crate::{
    africastalking::{AfricasTalking, AfricasTalkingConfig},
    config::ConfigError,
    name::ProviderName,
    provider::{BoxFuture, Provider},
    sandbox::{InProcess, Sandbox, SandboxConfig, receipt::SandboxReceipt},
    submission::Submission,
    submitted::Submitted,
};

/// The provider that a deployment is configured with.
#[derive(Clone, Debug)]
pub enum AnyProvider {
    /// The sandbox, over HTTP.
    Sandbox(Sandbox),
    /// The sandbox without a server.
    SandboxInProcess(InProcess),
    /// Africa's Talking.
    AfricasTalking(AfricasTalking),
}

impl AnyProvider {
    /// The provider that `PROVIDER` names, with its own configuration. There is no default: a
    /// deployment whose provider is not named, or not configured, does not start.
    ///
    /// # Errors
    /// Where it is not named, not known, or not configured.
    pub fn from_env(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut environment = Environment::new(lookup);
        let name = environment.parsed("PROVIDER", None);
        match environment.finish(name)? {
            ProviderName::Sandbox => match SandboxConfig::from_env(lookup)? {
                Some(config) => Sandbox::new(config).map(Self::Sandbox),
                None => Ok(Self::SandboxInProcess(InProcess::reporting())),
            },
            ProviderName::AfricasTalking => {
                AfricasTalking::new(AfricasTalkingConfig::from_env(lookup)?).map(Self::AfricasTalking)
            }
        }
    }

    fn provider(&self) -> &dyn Provider {
        match self {
            Self::Sandbox(provider) => provider,
            Self::SandboxInProcess(provider) => provider,
            Self::AfricasTalking(provider) => provider,
        }
    }
}

impl Provider for AnyProvider {
    fn name(&self) -> ProviderName {
        self.provider().name()
    }

    fn max_recipients(&self) -> usize {
        self.provider().max_recipients()
    }

    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted> {
        self.provider().submit(submission)
    }

    fn reports(&self, submission: &Submission, submitted: &Submitted) -> Vec<SandboxReceipt> {
        self.provider().reports(submission, submitted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<ProviderName, String> {
        let lookup = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        AnyProvider::from_env(&lookup).map(|provider| provider.name()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_named_provider_starts() {
        let sandbox = [("PROVIDER", "sandbox"), ("STAGE", "local"), ("SANDBOX_URL", "http://127.0.0.1:9")];
        assert_eq!(from(&sandbox), Ok(ProviderName::Sandbox));
        let in_process = [("PROVIDER", "sandbox"), ("STAGE", "test")];
        assert_eq!(from(&in_process), Ok(ProviderName::Sandbox));
        let africastalking = [
            ("PROVIDER", "africastalking"),
            ("STAGE", "production"),
            ("AFRICASTALKING_USERNAME", "acme"),
            ("AFRICASTALKING_API_KEY", "atsk_0"),
        ];
        assert_eq!(from(&africastalking), Ok(ProviderName::AfricasTalking));
    }

    #[test]
    fn no_other_provider_stands_in_for_one_that_cannot_start() {
        let sandbox = ("SANDBOX_URL", "http://127.0.0.1:9");
        let refused = [
            (vec![("STAGE", "local"), sandbox], "PROVIDER"),
            (vec![("STAGE", "local"), sandbox, ("PROVIDER", "twilio")], "PROVIDER"),
            (vec![("STAGE", "local"), sandbox, ("PROVIDER", "africastalking")], "AFRICASTALKING_API_KEY"),
            (vec![sandbox, ("PROVIDER", "sandbox")], "STAGE"),
            (vec![sandbox, ("STAGE", "production"), ("PROVIDER", "sandbox")], "production"),
            (vec![("STAGE", "production"), ("PROVIDER", "sandbox")], "production"),
        ];
        for (variables, problem) in refused {
            let error = from(&variables).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }
}
