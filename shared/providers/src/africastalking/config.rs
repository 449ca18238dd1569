//! What an Africa's Talking account is reached with.

use std::{str::FromStr, time::Duration};

use http::Uri;
use platform::{environment::Environment, stage::Stage};

use crate::{
    config::{BaseUrl, CallTimeout, ConfigError, Secret},
    name::ProviderName,
};

const LIVE_URL: &str = "https://api.africastalking.com";
const SANDBOX_URL: &str = "https://api.sandbox.africastalking.com";
/// The one username of Africa's Talking's own sandbox, which has a host of its own.
const SANDBOX_USERNAME: &str = "sandbox";
const MESSAGING_PATH: &str = "/version1/messaging";

/// The values as they are configured, before they are checked.
#[derive(Clone, Default)]
pub struct AfricasTalkingSettings {
    /// `AFRICASTALKING_USERNAME`: the application's, not a person's.
    pub username: String,
    /// `AFRICASTALKING_API_KEY`. In a deployment the caller's look-up reads it from the secret store.
    pub api_key: String,
    /// `AFRICASTALKING_BASE_URL`: for tests. The username decides where it is not set.
    pub base_url: Option<String>,
    /// `AFRICASTALKING_ENQUEUE`, `true` or `false` (`true`): whether they answer once they have queued
    /// the messages instead of once they have sent them on. Bulk should: it answers sooner.
    pub enqueue: Option<String>,
    /// `AFRICASTALKING_TIMEOUT_MS` ([`CallTimeout::DEFAULT`]).
    pub call_timeout_ms: Option<String>,
}

/// The values, checked.
#[derive(Clone, Debug)]
pub struct AfricasTalkingConfig {
    username: String,
    api_key: Secret,
    messaging: Uri,
    enqueue: bool,
    call_timeout: CallTimeout,
}

impl AfricasTalkingConfig {
    /// Checks the values.
    ///
    /// # Errors
    /// With every problem listed: a value missing or malformed, a key that would travel in the clear,
    /// and their sandbox in production, where it would charge people for texts that reach nobody.
    pub fn new(settings: &AfricasTalkingSettings, stage: Stage) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        if settings.username.is_empty() {
            problems.push("AFRICASTALKING_USERNAME is not set".to_owned());
        }
        if stage == Stage::Production && settings.username == SANDBOX_USERNAME {
            problems.push("AFRICASTALKING_USERNAME is their sandbox, which reaches nobody".to_owned());
        }
        let api_key = Secret::parse(&settings.api_key);
        if api_key.is_none() {
            problems.push("AFRICASTALKING_API_KEY is not set, or no key".to_owned());
        }
        let messaging = noted(messaging_url(settings), &mut problems);
        let enqueue =
            noted(parsed("AFRICASTALKING_ENQUEUE", settings.enqueue.as_deref(), true), &mut problems);
        let call_timeout = noted(
            parsed("AFRICASTALKING_TIMEOUT_MS", settings.call_timeout_ms.as_deref(), CallTimeout::DEFAULT),
            &mut problems,
        );
        match (api_key, messaging, enqueue, call_timeout) {
            (Some(api_key), Some(messaging), Some(enqueue), Some(call_timeout)) if problems.is_empty() => {
                Ok(Self { username: settings.username.clone(), api_key, messaging, enqueue, call_timeout })
            }
            _ => Err(ConfigError::Values { provider: ProviderName::AfricasTalking, problems }),
        }
    }

    /// Reads the values with a look-up of variables, `STAGE` among them.
    ///
    /// # Errors
    /// As [`Self::new`], and where `STAGE` is missing.
    pub fn from_env(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut environment = Environment::new(lookup);
        let stage = environment.parsed("STAGE", None);
        let variable = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let settings = AfricasTalkingSettings {
            username: variable("AFRICASTALKING_USERNAME").unwrap_or_default(),
            api_key: variable("AFRICASTALKING_API_KEY").unwrap_or_default(),
            base_url: variable("AFRICASTALKING_BASE_URL"),
            enqueue: variable("AFRICASTALKING_ENQUEUE"),
            call_timeout_ms: variable("AFRICASTALKING_TIMEOUT_MS"),
        };
        Self::new(&settings, environment.finish(stage)?)
    }

    pub(super) fn username(&self) -> &str {
        &self.username
    }

    pub(super) const fn api_key(&self) -> &Secret {
        &self.api_key
    }

    pub(super) const fn messaging(&self) -> &Uri {
        &self.messaging
    }

    pub(super) const fn enqueue(&self) -> bool {
        self.enqueue
    }

    pub(super) const fn call_timeout(&self) -> Duration {
        self.call_timeout.duration()
    }
}

fn messaging_url(settings: &AfricasTalkingSettings) -> Result<Uri, String> {
    let by_username = if settings.username == SANDBOX_USERNAME { SANDBOX_URL } else { LIVE_URL };
    let text = settings.base_url.as_deref().unwrap_or(by_username);
    let base: BaseUrl = text.parse().map_err(|error| format!("AFRICASTALKING_BASE_URL {error}"))?;
    if !base.is_private() {
        return Err("AFRICASTALKING_BASE_URL must be https: the key goes there".to_owned());
    }
    base.join(MESSAGING_PATH).map_err(|error| format!("AFRICASTALKING_BASE_URL {error}"))
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(
    name: &str,
    text: Option<&str>,
    default: T,
) -> Result<T, String> {
    text.map_or(Ok(default), str::parse).map_err(|error| format!("{name} {error}"))
}

fn noted<T>(value: Result<T, String>, problems: &mut Vec<String>) -> Option<T> {
    value.map_err(|problem| problems.push(problem)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> AfricasTalkingSettings {
        let (username, api_key) = ("acme".to_owned(), "atsk_secret".to_owned());
        AfricasTalkingSettings { username, api_key, ..Default::default() }
    }

    fn problems(settings: &AfricasTalkingSettings, stage: Stage) -> String {
        AfricasTalkingConfig::new(settings, stage).unwrap_err().to_string()
    }

    #[test]
    fn the_username_decides_the_host() {
        let host = |username: &str, stage| {
            let settings = AfricasTalkingSettings { username: username.into(), ..settings() };
            AfricasTalkingConfig::new(&settings, stage).unwrap().messaging().to_string()
        };
        assert_eq!(host("acme", Stage::Production), "https://api.africastalking.com/version1/messaging");
        assert_eq!(host("sandbox", Stage::Test), "https://api.sandbox.africastalking.com/version1/messaging");
    }

    #[test]
    fn every_problem_is_named_at_once_and_no_key_is_shown() {
        let settings = AfricasTalkingSettings {
            username: "sandbox".into(),
            api_key: "atsk secret".into(),
            base_url: Some("http://api.africastalking.com".into()),
            enqueue: Some("yes".into()),
            call_timeout_ms: Some("0".into()),
        };
        let problems = problems(&settings, Stage::Production);
        for name in ["USERNAME", "API_KEY", "BASE_URL must be https", "ENQUEUE", "TIMEOUT_MS"] {
            assert!(problems.contains(&format!("AFRICASTALKING_{name}")), "{name}: {problems}");
        }
        assert!(!problems.contains("atsk"), "{problems}");
    }

    #[test]
    fn the_environment_names_the_same_values() {
        let lookup = |name: &str| match name {
            "STAGE" => Some("production".to_owned()),
            "AFRICASTALKING_USERNAME" => Some("acme".to_owned()),
            "AFRICASTALKING_API_KEY" => Some("atsk_secret".to_owned()),
            "AFRICASTALKING_ENQUEUE" => Some("false".to_owned()),
            _ => None,
        };
        let config = AfricasTalkingConfig::from_env(&lookup).unwrap();
        assert!(!config.enqueue());
        assert_eq!(config.call_timeout(), CallTimeout::DEFAULT.duration());
        assert!(!format!("{config:?}").contains("atsk"));
        assert!(AfricasTalkingConfig::from_env(&|_| None).unwrap_err().to_string().contains("STAGE"));
    }
}
