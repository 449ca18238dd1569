//! What an Infobip account is reached with.

use std::time::Duration;

use http::{HeaderValue, Uri};

use crate::{
    account::Account,
    config::{CallTimeout, ConfigError},
};

const MESSAGES_PATH: &str = "/sms/3/messages";
const BALANCE_PATH: &str = "/account/1/balance";

/// The values, checked.
#[derive(Clone, Debug)]
pub struct InfobipConfig {
    messages: Uri,
    balance: Uri,
    authorization: HeaderValue,
    callback_url: String,
    call_timeout: CallTimeout,
}

impl InfobipConfig {
    /// Checks the values of an account.
    ///
    /// # Errors
    /// With every problem listed.
    pub fn new(account: &Account) -> Result<Self, ConfigError> {
        let mut values = account.values();
        let key = values.secret("api_key").and_then(|_| values.secret_text("api_key"));
        let authorization = key.and_then(authorization);
        // Without a secret anyone could send reports, so none are requested then.
        let has_secret = values.callback_secret().is_some();
        let callback_url = account.callback_url().filter(|_| has_secret);
        if callback_url.is_none() {
            values.problem("callback_secret or CALLBACK_URL is not set: Infobip is told where it reports to");
        }
        // A missing `base_url` is already reported as a problem.
        let is_given = values.setting("base_url").is_some();
        let base_url = if is_given { values.base_url("") } else { None };
        let join = |path| base_url.as_ref().and_then(|base| base.join(path).ok());
        let urls = join(MESSAGES_PATH).zip(join(BALANCE_PATH));
        let call_timeout = values.call_timeout();
        let made = urls.zip(authorization).zip(callback_url.zip(call_timeout));
        values.finish(made.map(|(((messages, balance), authorization), (callback_url, call_timeout))| Self {
            messages,
            balance,
            authorization,
            callback_url,
            call_timeout,
        }))
    }

    pub(super) const fn messages(&self) -> &Uri {
        &self.messages
    }

    /// The address of the account's balance.
    pub(super) const fn balance(&self) -> &Uri {
        &self.balance
    }

    pub(super) fn authorization(&self) -> HeaderValue {
        self.authorization.clone()
    }

    pub(super) fn callback_url(&self) -> &str {
        &self.callback_url
    }

    pub(super) const fn call_timeout(&self) -> Duration {
        self.call_timeout.duration()
    }
}

fn authorization(key: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::try_from(format!("App {key}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infobip::testing::account;

    #[test]
    fn an_account_has_an_address_of_its_own() {
        let config = InfobipConfig::new(&account()).unwrap();
        assert_eq!(config.messages().to_string(), "https://acme.api.infobip.com/sms/3/messages");
        assert_eq!(config.call_timeout(), CallTimeout::DEFAULT.duration());
        assert!(!format!("{config:?}").contains("App k"));
    }

    #[test]
    fn every_problem_is_named_at_once_and_no_secret_is_shown() {
        let account = account().with("base_url", "http://acme.api.infobip.com").called_at(None);
        let account = account.with_secret("api_key", "two words").with("timeout_ms", "x");
        let error = InfobipConfig::new(&account).unwrap_err().to_string();
        for name in ["base_url must be https", "api_key", "CALLBACK_URL", "timeout_ms"] {
            assert!(error.contains(name), "{name}: {error}");
        }
        assert!(!error.contains("two words"), "{error}");
    }
}
