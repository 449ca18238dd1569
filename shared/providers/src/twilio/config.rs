//! What a Twilio account is reached with.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderValue, Uri};

use crate::{
    account::Account,
    config::{CallTimeout, ConfigError},
};

const LIVE_URL: &str = "https://api.twilio.com";
/// Digits of a Twilio id behind its two letters.
const SID_DIGITS: usize = 32;

/// The values, checked.
#[derive(Clone, Debug)]
pub struct TwilioConfig {
    messages: Uri,
    account: Uri,
    authorization: HeaderValue,
    sender: Sender,
    callback_url: String,
    call_timeout: CallTimeout,
}

/// Under which name texts are sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Sender {
    /// The campaign's sender.
    Campaigns,
    /// The sender that a messaging service chooses.
    MessagingService(String),
}

impl TwilioConfig {
    /// Checks the values of an account.
    ///
    /// # Errors
    /// With every problem listed.
    pub fn new(account: &Account) -> Result<Self, ConfigError> {
        let mut values = account.values();
        let sid = values.setting("account_sid").unwrap_or_default();
        if !sid.is_empty() && !is_sid("AC", sid) {
            values.problem("account_sid must be AC and 32 digits from 0 to 9 and a to f");
        }
        let service = values.setting("messaging_service");
        if service.is_some_and(|service| !is_sid("MG", service)) {
            values.problem("messaging_service must be MG and 32 digits from 0 to 9 and a to f");
        }
        let token = values.secret("auth_token").and_then(|_| values.secret_text("auth_token"));
        let authorization = token.and_then(|token| basic(sid, token));
        let callback_url = account.callback_url();
        if callback_url.is_none() {
            values.problem("CALLBACK_URL is not set: Twilio is told with each message where it reports to");
        }
        let base = values.base_url(LIVE_URL);
        let join = |path: &str| base.as_ref().and_then(|base| base.join(path).ok());
        let urls = join(&format!("{}/Messages.json", path(sid))).zip(join(&format!("{}.json", path(sid))));
        let sender = service.map_or(Sender::Campaigns, |sid| Sender::MessagingService(sid.to_owned()));
        let call_timeout = values.call_timeout();
        let made = urls.zip(authorization).zip(callback_url.zip(call_timeout));
        values.finish(made.map(|(((messages, account), authorization), (callback_url, call_timeout))| Self {
            messages,
            account,
            authorization,
            sender,
            callback_url,
            call_timeout,
        }))
    }

    pub(super) const fn messages(&self) -> &Uri {
        &self.messages
    }

    /// The address of the account itself.
    pub(super) const fn account(&self) -> &Uri {
        &self.account
    }

    pub(super) fn authorization(&self) -> HeaderValue {
        self.authorization.clone()
    }

    pub(super) const fn sender(&self) -> &Sender {
        &self.sender
    }

    pub(super) fn callback_url(&self) -> &str {
        &self.callback_url
    }

    pub(super) const fn call_timeout(&self) -> Duration {
        self.call_timeout.duration()
    }
}

fn path(account_sid: &str) -> String {
    format!("/2010-04-01/Accounts/{account_sid}")
}

fn is_sid(letters: &str, text: &str) -> bool {
    let digits = text.strip_prefix(letters).unwrap_or_default();
    digits.len() == SID_DIGITS && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Basic authentication (RFC 7617).
fn basic(user: &str, password: &str) -> Option<HeaderValue> {
    let text = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
    let mut value = HeaderValue::try_from(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twilio::testing::account;

    #[test]
    fn an_account_is_reached_under_its_sid() {
        let config = TwilioConfig::new(&account()).unwrap();
        let messages =
            "https://api.twilio.com/2010-04-01/Accounts/ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Messages.json";
        assert_eq!(config.messages().to_string(), messages);
        assert_eq!(config.call_timeout(), CallTimeout::DEFAULT.duration());
    }

    #[test]
    fn every_problem_is_named_at_once_and_no_secret_is_shown() {
        let account = account().called_at(None).with("account_sid", "SKaaaa").with("messaging_service", "MG");
        let account =
            account.with_secret("auth_token", "two words").with("base_url", "http://twilio.example.com");
        let error = TwilioConfig::new(&account).unwrap_err().to_string();
        for name in ["account_sid", "messaging_service", "auth_token", "base_url", "CALLBACK_URL"] {
            assert!(error.contains(name), "{name}: {error}");
        }
        assert!(!error.contains("two words"), "{error}");
        let config = TwilioConfig::new(&crate::twilio::testing::account()).unwrap();
        assert!(!format!("{config:?}").contains("QUNh"), "the authorization is not shown");
    }
}
