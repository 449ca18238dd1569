//! The address of the sandbox, and the check that keeps it out of production.

use std::time::Duration;

use http::Uri;
use platform::stage::Stage;

use crate::{
    account::Account,
    config::{BaseUrl, BaseUrlError, CallTimeout, ConfigError},
    one_by_one::AT_ONCE,
    submission::MAX_RECIPIENTS_PER_CALL,
    values::Values,
};

const MESSAGES_PATH: &str = "/sandbox/messages";

/// The values of an account at a sandbox server, checked.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    messages: Uri,
    https: bool,
    call_timeout: CallTimeout,
    max_recipients: usize,
    one_by_one: bool,
}

impl SandboxConfig {
    /// Checks the values of an account. `None` if it has no `url`: the sandbox then runs in the function's own process.
    ///
    /// # Errors
    /// In production, always: senders would be charged for texts that reach no one. Elsewhere with every problem
    /// listed.
    pub fn new(account: &Account) -> Result<Option<Self>, ConfigError> {
        let mut values = account.values();
        if values.stage() == Stage::Production {
            values.problem("it sends no messages and cannot be the provider of STAGE production");
        }
        let call_timeout = values.call_timeout();
        let max_recipients = max_recipients(&mut values);
        let one_by_one = values.parsed("one_by_one", false);
        let Some(url) = values.setting("url") else { return values.finish(Some(None)) };
        let messages = messages_url(url).map_err(|error| values.problem(format!("url {error}"))).ok();
        let given = messages.zip(call_timeout).zip(max_recipients.zip(one_by_one));
        values.finish(given.map(|(((messages, https), call_timeout), (max_recipients, one_by_one))| {
            let max_recipients = if one_by_one { max_recipients.min(AT_ONCE) } else { max_recipients };
            Some(Self { messages, https, call_timeout, max_recipients, one_by_one })
        }))
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

    pub(super) const fn one_by_one(&self) -> bool {
        self.one_by_one
    }

    pub(super) const fn max_recipients(&self) -> usize {
        self.max_recipients
    }
}

fn max_recipients(values: &mut Values<'_>) -> Option<usize> {
    let max = values.parsed("max_recipients", MAX_RECIPIENTS_PER_CALL)?;
    if (1..=MAX_RECIPIENTS_PER_CALL).contains(&max) {
        return Some(max);
    }
    values.problem(format!("max_recipients must be from 1 to {MAX_RECIPIENTS_PER_CALL}"));
    None
}

fn messages_url(url: &str) -> Result<(Uri, bool), BaseUrlError> {
    let base: BaseUrl = url.parse()?;
    Ok((base.join(MESSAGES_PATH)?, base.is_https()))
}

#[cfg(test)]
mod tests {
    use super::{super::KIND, *};

    fn account(stage: Stage) -> Account {
        Account::new(&KIND, stage).with("url", "http://127.0.0.1:8090")
    }

    #[test]
    fn the_sandbox_cannot_start_in_production() {
        for stage in [Stage::Local, Stage::Test] {
            assert!(SandboxConfig::new(&account(stage)).unwrap().is_some());
            assert!(SandboxConfig::new(&Account::new(&KIND, stage)).unwrap().is_none());
        }
        for account in [account(Stage::Production), Account::new(&KIND, Stage::Production)] {
            let error = SandboxConfig::new(&account).unwrap_err().to_string();
            assert!(error.contains("cannot be the provider of STAGE production"), "{error}");
        }
    }

    #[test]
    fn all_problems_are_reported_together() {
        let account = account(Stage::Production).with("url", "nowhere");
        let account = account.with("timeout_ms", "x").with("max_recipients", "x");
        let error = SandboxConfig::new(&account).unwrap_err().to_string();
        for name in ["STAGE", "url", "timeout_ms", "max_recipients"] {
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn a_call_takes_the_maximum_of_recipients_or_a_configured_number() {
        let most = |max: &str| {
            let config = SandboxConfig::new(&account(Stage::Test).with("max_recipients", max)).ok()??;
            Some(config.max_recipients())
        };
        assert_eq!((most(""), most("1")), (Some(MAX_RECIPIENTS_PER_CALL), Some(1)));
        assert_eq!((most("0"), most("101")), (None, None));
    }
}
