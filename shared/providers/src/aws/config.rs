//! The configuration of an account at AWS End User Messaging SMS.

use std::{str::FromStr, time::Duration};

use aws_credential_types::Credentials;
use http::Uri;
use thiserror::Error;

use crate::{
    account::Account,
    config::{CallTimeout, ConfigError},
    values::Values,
};

/// The name in the service's addresses, and that its requests are signed for.
pub(super) const SERVICE: &str = "sms-voice";
/// Longest name or ARN of an identity or a configuration set.
const MAX_NAME: usize = 256;

/// The values, checked.
#[derive(Clone, Debug)]
pub struct AwsConfig {
    url: Uri,
    region: String,
    credentials: Credentials,
    configuration_set: String,
    origination_identity: Option<String>,
    message_type: Option<MessageType>,
    call_timeout: CallTimeout,
}

/// Whether texts are critical or advertise something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum MessageType {
    Transactional,
    Promotional,
}

impl MessageType {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transactional => "TRANSACTIONAL",
            Self::Promotional => "PROMOTIONAL",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be TRANSACTIONAL or PROMOTIONAL")]
pub(super) struct MessageTypeError;

impl FromStr for MessageType {
    type Err = MessageTypeError;

    fn from_str(word: &str) -> Result<Self, MessageTypeError> {
        let all = [Self::Transactional, Self::Promotional];
        all.into_iter().find(|kind| kind.as_str() == word).ok_or(MessageTypeError)
    }
}

impl AwsConfig {
    /// Checks the values of an account.
    ///
    /// # Errors
    /// With every problem listed.
    pub fn new(account: &Account) -> Result<Self, ConfigError> {
        let mut values = account.values();
        let region = region(&mut values);
        let credentials = credentials(&mut values);
        let configuration_set = values.setting("configuration_set").unwrap_or_default().to_owned();
        if !configuration_set.is_empty() && !is_name(&configuration_set) {
            values.problem("configuration_set must be a configuration set's name or ARN");
        }
        let origination_identity = values.setting("origination_identity").map(str::to_owned);
        if origination_identity.as_deref().is_some_and(|identity| !is_identity(identity)) {
            values.problem("origination_identity must be a phone number, pool or sender id, or its ARN");
        }
        let message_type = message_type(&mut values);
        let call_timeout = values.call_timeout();
        let regional = format!("https://{SERVICE}.{}.amazonaws.com", region.as_deref().unwrap_or_default());
        let url = values.base_url(&regional).and_then(|base| base.join("/").ok());
        let made = url.zip(region).zip(credentials.zip(call_timeout));
        values.finish(made.map(|((url, region), (credentials, call_timeout))| Self {
            url,
            region,
            credentials,
            configuration_set,
            origination_identity,
            message_type,
            call_timeout,
        }))
    }

    pub(super) const fn url(&self) -> &Uri {
        &self.url
    }

    pub(super) fn region(&self) -> &str {
        &self.region
    }

    pub(super) const fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    pub(super) fn configuration_set(&self) -> &str {
        &self.configuration_set
    }

    pub(super) fn origination_identity(&self) -> Option<&str> {
        self.origination_identity.as_deref()
    }

    pub(super) const fn message_type(&self) -> Option<MessageType> {
        self.message_type
    }

    pub(super) const fn call_timeout(&self) -> Duration {
        self.call_timeout.duration()
    }
}

/// A value of the account, or else of the function's environment, which AWS has set.
fn own(given: Option<&str>, variable: &str) -> Option<String> {
    let given = given.map(str::to_owned);
    given.or_else(|| platform::environment::process(variable).filter(|value| !value.is_empty()))
}

fn region(values: &mut Values<'_>) -> Option<String> {
    let region = own(values.setting("region"), "AWS_REGION");
    let is_region = |region: &String| {
        region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if !region.as_ref().is_some_and(is_region) {
        values.problem("region must be the name of an AWS region, such as eu-west-1");
    }
    region
}

fn credentials(values: &mut Values<'_>) -> Option<Credentials> {
    let key = values.secret_text("access_key_id");
    let secret = values.secret_text("secret_access_key");
    // A token belongs to its key: it is never taken from somewhere else.
    let token = match key {
        Some(_) => values.secret_text("session_token").map(str::to_owned),
        None => own(None, "AWS_SESSION_TOKEN"),
    };
    let (key, secret) = (own(key, "AWS_ACCESS_KEY_ID"), own(secret, "AWS_SECRET_ACCESS_KEY"));
    if key.is_none() || secret.is_none() {
        values
            .problem("access_key_id and secret_access_key are not set, and the function has none of its own");
    }
    Some(Credentials::new(key?, secret?, token, None, "account"))
}

fn message_type(values: &mut Values<'_>) -> Option<MessageType> {
    values.setting("message_type")?;
    values.parsed("message_type", MessageType::Promotional)
}

fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_:/-".contains(&byte);
    (1..=MAX_NAME).contains(&text.len()) && text.bytes().all(plain)
}

/// Whether the service accepts a text as the sending identity: sender ids may have spaces here, but not there.
pub(super) fn is_identity(text: &str) -> bool {
    is_name(&text.replace('+', ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::account;

    #[test]
    fn a_region_has_its_own_address() {
        let config = AwsConfig::new(&account()).unwrap();
        assert_eq!(config.url().to_string(), "https://sms-voice.eu-west-1.amazonaws.com/");
        let config = AwsConfig::new(&account().with("region", "us-east-1")).unwrap();
        assert_eq!(config.url().host(), Some("sms-voice.us-east-1.amazonaws.com"));
        assert_eq!(config.call_timeout(), CallTimeout::DEFAULT.duration());
    }

    #[test]
    fn all_problems_are_reported_together_and_no_secret_is_shown() {
        let account = account()
            .with("region", "Ireland!")
            .with("configuration_set", "two words")
            .with("origination_identity", "ACME SHOP")
            .with("message_type", "other")
            .with("timeout_ms", "0");
        let error = AwsConfig::new(&account).unwrap_err().to_string();
        for name in ["region", "configuration_set", "origination_identity", "message_type", "timeout_ms"] {
            assert!(error.contains(name), "{name}: {error}");
        }
        let config = AwsConfig::new(&crate::aws::testing::account()).unwrap();
        assert!(!format!("{config:?}").contains("wJalr"), "{config:?}");
    }

    #[test]
    fn a_sender_id_with_a_space_is_no_identity() {
        assert!(is_identity("ACME-1_x") && is_identity("+14255550100"));
        assert!(is_identity("arn:aws:sms-voice:eu-west-1:123456789012:pool/pool-0123"));
        assert!(!is_identity("ACME SHOP") && !is_identity("") && !is_identity(&"A".repeat(257)));
    }
}
