//! Where the sandbox is, and the one place that keeps it out of production.

use std::time::Duration;

use http::Uri;
use platform::{environment::Environment, stage::Stage};

use crate::{
    config::{BaseUrl, BaseUrlError, CallTimeout, ConfigError},
    name::ProviderName,
    submission::MAX_RECIPIENTS_PER_CALL,
};

const MESSAGES_PATH: &str = "/sandbox/messages";

/// The values as they are configured, before they are checked.
#[derive(Clone, Debug, Default)]
pub struct SandboxSettings {
    /// `SANDBOX_URL`.
    pub url: String,
    /// `SANDBOX_TIMEOUT_MS` ([`CallTimeout::DEFAULT`]).
    pub call_timeout_ms: Option<String>,
    /// `SANDBOX_MAX_RECIPIENTS` of one call ([`MAX_RECIPIENTS_PER_CALL`]): 1 plays a provider that takes
    /// one at a time.
    pub max_recipients: Option<String>,
}

/// The values, checked.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    messages: Uri,
    https: bool,
    call_timeout: CallTimeout,
    max_recipients: usize,
}

impl SandboxConfig {
    /// Checks the values.
    ///
    /// # Errors
    /// In production, always: people would be charged for texts that reach nobody. Elsewhere with
    /// every problem listed.
    pub fn new(settings: &SandboxSettings, stage: Stage) -> Result<Self, ConfigError> {
        let mut problems: Vec<String> = not_in_production(stage).into_iter().collect();
        let url = messages_url(&settings.url);
        if let Err(error) = &url {
            problems.push(format!("SANDBOX_URL {error}"));
        }
        let call_timeout = settings.call_timeout_ms.as_deref().map_or(Ok(CallTimeout::DEFAULT), str::parse);
        if let Err(error) = &call_timeout {
            problems.push(format!("SANDBOX_TIMEOUT_MS {error}"));
        }
        let max_recipients = settings.max_recipients.as_deref().map_or(Some(MAX_RECIPIENTS_PER_CALL), max_of);
        if max_recipients.is_none() {
            problems.push(format!("SANDBOX_MAX_RECIPIENTS must be from 1 to {MAX_RECIPIENTS_PER_CALL}"));
        }
        match (url, call_timeout, max_recipients) {
            (Ok((messages, https)), Ok(call_timeout), Some(max_recipients)) if problems.is_empty() => {
                Ok(Self { messages, https, call_timeout, max_recipients })
            }
            _ => Err(ConfigError::Values { provider: ProviderName::Sandbox, problems }),
        }
    }

    /// Reads the values with a look-up of variables, `STAGE` among them. `None` if `SANDBOX_URL` is not set: the sandbox
    /// then runs in the function's own process.
    ///
    /// # Errors
    /// As [`Self::new`], and if `STAGE` is missing.
    pub fn from_env(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Option<Self>, ConfigError> {
        let mut environment = Environment::new(lookup);
        let stage = environment.parsed("STAGE", None);
        let given = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let stage = environment.finish(stage)?;
        let Some(url) = given("SANDBOX_URL") else {
            return match not_in_production(stage) {
                None => Ok(None),
                Some(problem) => {
                    Err(ConfigError::Values { provider: ProviderName::Sandbox, problems: vec![problem] })
                }
            };
        };
        let settings = SandboxSettings {
            url,
            call_timeout_ms: given("SANDBOX_TIMEOUT_MS"),
            max_recipients: given("SANDBOX_MAX_RECIPIENTS"),
        };
        Self::new(&settings, stage).map(Some)
    }

    pub(super) const fn messages(&self) -> &Uri {
        &self.messages
    }

    pub(super) const fn is_https(&self) -> bool {
        self.https
    }

    pub(super) const fn call_timeout(&self) -> Duration {
        self.call_timeout.duration()
    }

    pub(super) const fn max_recipients(&self) -> usize {
        self.max_recipients
    }
}

fn not_in_production(stage: Stage) -> Option<String> {
    let problem = "it reaches nobody and cannot be the provider of STAGE production";
    (stage == Stage::Production).then(|| problem.to_owned())
}

fn max_of(text: &str) -> Option<usize> {
    text.parse().ok().filter(|max| (1..=MAX_RECIPIENTS_PER_CALL).contains(max))
}

fn messages_url(url: &str) -> Result<(Uri, bool), BaseUrlError> {
    let base: BaseUrl = url.parse()?;
    Ok((base.join(MESSAGES_PATH)?, base.is_https()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sandbox_cannot_start_in_production() {
        let settings = SandboxSettings { url: "http://127.0.0.1:8090".into(), ..Default::default() };
        for stage in [Stage::Local, Stage::Test] {
            assert!(SandboxConfig::new(&settings, stage).is_ok());
        }
        let error = SandboxConfig::new(&settings, Stage::Production).unwrap_err().to_string();
        assert!(error.contains("cannot be the provider of STAGE production"), "{error}");
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let wrong = || Some("x".to_owned());
        let settings =
            SandboxSettings { url: "nowhere".into(), call_timeout_ms: wrong(), max_recipients: wrong() };
        let error = SandboxConfig::new(&settings, Stage::Production).unwrap_err().to_string();
        for name in ["STAGE", "SANDBOX_URL", "SANDBOX_TIMEOUT_MS", "SANDBOX_MAX_RECIPIENTS"] {
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn a_call_takes_as_many_as_any_may_or_fewer_where_it_is_told_to() {
        let most = |max_recipients: Option<&str>| {
            let max_recipients = max_recipients.map(str::to_owned);
            let url = "http://127.0.0.1:8090".to_owned();
            let settings = SandboxSettings { url, max_recipients, ..Default::default() };
            SandboxConfig::new(&settings, Stage::Test).map(|config| config.max_recipients()).ok()
        };
        assert_eq!((most(None), most(Some("1"))), (Some(MAX_RECIPIENTS_PER_CALL), Some(1)));
        assert_eq!((most(Some("0")), most(Some("101"))), (None, None));
    }
}
