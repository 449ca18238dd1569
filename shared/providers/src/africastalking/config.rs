//! What an Africa's Talking account is reached with.

use std::time::Duration;

use http::Uri;
use platform::stage::Stage;

use crate::{
    account::Account,
    config::{CallTimeout, ConfigError, Secret},
    form::form,
    values::Values,
};

const LIVE_URL: &str = "https://api.africastalking.com";
const SANDBOX_URL: &str = "https://api.sandbox.africastalking.com";
/// The one username of Africa's Talking's own sandbox, which has a host of its own.
const SANDBOX_USERNAME: &str = "sandbox";
const MESSAGING_PATH: &str = "/version1/messaging";

/// The values of an account, checked.
#[derive(Clone, Debug)]
pub struct AfricasTalkingConfig {
    username: String,
    api_key: Secret,
    messaging: Uri,
    user: Uri,
    enqueue: bool,
    call_timeout: CallTimeout,
}

impl AfricasTalkingConfig {
    /// Checks the values of an account.
    ///
    /// # Errors
    /// With every problem listed: a value missing or malformed, a key that would travel in the clear,
    /// and their sandbox in production, where it would charge customers for messages that are never sent.
    pub fn new(account: &Account) -> Result<Self, ConfigError> {
        let mut values = account.values();
        let username = values.setting("username");
        if values.stage() == Stage::Production && username == Some(SANDBOX_USERNAME) {
            values.problem("username is Africa's Talking's sandbox, which sends no messages");
        }
        let api_key = values.secret("api_key");
        let urls = urls(&mut values, username);
        let enqueue = values.parsed("enqueue", true);
        let call_timeout = values.call_timeout();
        let given = username.zip(api_key).zip(urls).zip(enqueue.zip(call_timeout));
        values.finish(given.map(|(((username, api_key), (messaging, user)), (enqueue, call_timeout))| Self {
            username: username.to_owned(),
            api_key,
            messaging,
            user,
            enqueue,
            call_timeout,
        }))
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

    /// The address of the application's data.
    pub(super) const fn user(&self) -> &Uri {
        &self.user
    }

    pub(super) const fn enqueue(&self) -> bool {
        self.enqueue
    }

    pub(super) const fn call_timeout(&self) -> Duration {
        self.call_timeout.duration()
    }
}

/// The addresses of texts and of the application's data.
fn urls(values: &mut Values<'_>, username: Option<&str>) -> Option<(Uri, Uri)> {
    let by_username = if username == Some(SANDBOX_USERNAME) { SANDBOX_URL } else { LIVE_URL };
    let base = values.base_url(by_username)?;
    let mut join =
        |path: &str| base.join(path).map_err(|error| values.problem(format!("base_url {error}"))).ok();
    join(MESSAGING_PATH).zip(join(&user_path(username.unwrap_or_default())))
}

/// The path and query of the application's data.
fn user_path(username: &str) -> String {
    format!("/version1/user?{}", form([("username", username)]))
}

#[cfg(test)]
mod tests {
    use super::{super::KIND, *};

    fn account(stage: Stage) -> Account {
        Account::new(&KIND, stage).with("username", "acme").with_secret("api_key", "atsk_secret")
    }

    #[test]
    fn the_username_decides_the_host() {
        let host = |username: &str, stage| {
            let account = account(stage).with("username", username);
            AfricasTalkingConfig::new(&account).unwrap().messaging().to_string()
        };
        assert_eq!(host("acme", Stage::Production), "https://api.africastalking.com/version1/messaging");
        assert_eq!(host("sandbox", Stage::Test), "https://api.sandbox.africastalking.com/version1/messaging");
    }

    #[test]
    fn every_problem_is_named_at_once_and_no_key_is_shown() {
        let account = account(Stage::Production)
            .with("username", "sandbox")
            .with_secret("api_key", "atsk secret")
            .with("base_url", "http://api.africastalking.com")
            .with("enqueue", "yes")
            .with("timeout_ms", "0");
        let problems = AfricasTalkingConfig::new(&account).unwrap_err().to_string();
        for name in ["username", "api_key", "base_url must be https", "enqueue", "timeout_ms"] {
            assert!(problems.contains(name), "{name}: {problems}");
        }
        assert!(!problems.contains("atsk"), "{problems}");
    }

    #[test]
    fn settings_that_are_left_out_have_their_defaults() {
        let config = AfricasTalkingConfig::new(&account(Stage::Production)).unwrap();
        assert!(config.enqueue());
        assert_eq!(config.call_timeout(), CallTimeout::DEFAULT.duration());
        assert!(!format!("{config:?}").contains("atsk"));
    }
}
