//! The secret document, and secrets as an operator types them.

use std::{collections::BTreeMap, io::Read};

use domain::ids::AccountName;
use providers::Kind;
use serde_json::{Map, Value};
use thiserror::Error;

/// The secret that an account's callbacks are known by.
const CALLBACK_SECRET: &str = "callback_secret";
/// 48 hexadecimal digits, as long as the deployment's own.
const CALLBACK_SECRET_BYTES: usize = 24;

/// Longest input, in bytes; Secrets Manager takes 65,536.
const MAX_BYTES: u64 = 60_000;

/// Why secrets were not set. Never repeats one.
#[derive(Debug, Error)]
pub enum SecretsError {
    /// The instance on this machine has no secret document.
    #[error(
        "an instance on this machine takes its secrets from its environment (PROVIDER_SECRETS); name a deployment by --stack"
    )]
    NoDocument,
    /// The stored document is not a JSON object.
    #[error("the text of the secret is not a JSON object of accounts")]
    NotADocument,
    /// Standard input could not be read.
    #[error("standard input cannot be read")]
    Input(#[from] std::io::Error),
    /// Standard input has no secrets.
    #[error("standard input has no secrets: write one name=value on each line, or a JSON object of texts")]
    Form,
    /// The operating system gives no random numbers.
    #[error("the operating system gives no random numbers")]
    NoRandomness,
    /// A secret that the kind does not have.
    #[error("{kind} has no secret {name}; its secrets are: {known}", name = shown(name))]
    UnknownSecret {
        kind: &'static Kind,
        name: String,
        /// The secrets of that kind.
        known: String,
    },
}

/// The name, if it has the form of one: otherwise the text may be the secret itself, and is not repeated.
fn shown(name: &str) -> &str {
    let is_name = name.len() <= 30 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if is_name { name } else { "of this name" }
}

/// The stored secrets of all accounts. No `Debug`.
pub struct SecretText(Map<String, Value>);

impl SecretText {
    /// Reads the stored text.
    ///
    /// # Errors
    /// If it is not a JSON object.
    pub fn parse(text: &str) -> Result<Self, SecretsError> {
        serde_json::from_str(text).map(Self).map_err(|_| SecretsError::NotADocument)
    }

    /// The text to be stored.
    pub fn text(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    pub fn secrets_of(&self, account: AccountName) -> BTreeMap<String, String> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let own = self.0.get(account.as_str()).and_then(Value::as_object);
        own.into_iter().flatten().filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect()
    }
}

/// The document with new secrets of an account, which replace those of the same name.
pub fn merge_secrets(
    document: SecretText,
    account: AccountName,
    secrets: BTreeMap<String, String>,
) -> SecretText {
    let SecretText(mut accounts) = document;
    let mut own = match accounts.remove(account.as_str()) {
        Some(Value::Object(own)) => own,
        _ => Map::new(),
    };
    own.extend(secrets.into_iter().map(|(name, value)| (name, Value::String(value))));
    accounts.insert(account.to_string(), Value::Object(own));
    SecretText(accounts)
}

/// Gives an added account a callback secret if its kind has one, and neither the document nor `secrets` has one of the
/// account. Says whether it did.
///
/// # Errors
/// If the operating system gives no random numbers.
pub fn add_callback_secret(
    kind: &Kind,
    document: &SecretText,
    account: AccountName,
    secrets: &mut BTreeMap<String, String>,
) -> Result<bool, SecretsError> {
    let is_missing = !secrets.contains_key(CALLBACK_SECRET)
        && !document.secrets_of(account).contains_key(CALLBACK_SECRET)
        && kind.secrets.iter().any(|secret| secret.name == CALLBACK_SECRET);
    if is_missing {
        let random = platform::random::bytes::<CALLBACK_SECRET_BYTES>();
        let random = random.map_err(|_| SecretsError::NoRandomness)?;
        secrets.insert(CALLBACK_SECRET.to_owned(), hex::encode(random));
    }
    Ok(is_missing)
}

/// Reads secrets of a kind: a JSON object, a `name=value` on each line, or only the value of a kind with one required
/// secret.
///
/// # Errors
/// If the text has none of these forms, or the kind has no secret of a name.
pub fn read_secrets(kind: &'static Kind, input: impl Read) -> Result<BTreeMap<String, String>, SecretsError> {
    let mut text = String::new();
    input.take(MAX_BYTES).read_to_string(&mut text)?;
    let text = text.trim();
    let secrets = if text.starts_with('{') {
        serde_json::from_str(text).map_err(|_| SecretsError::Form)?
    } else {
        of_lines(kind, text)?
    };
    let known = || kind.secrets.iter().map(|secret| secret.name);
    if let Some(name) = secrets.keys().find(|name| known().all(|known| known != name.as_str())) {
        let known = known().collect::<Vec<_>>().join(", ");
        return Err(SecretsError::UnknownSecret { kind, name: name.clone(), known });
    }
    let is_given = |secrets: &BTreeMap<String, String>| {
        !secrets.is_empty() && secrets.values().all(|value| !value.is_empty())
    };
    Some(secrets).filter(is_given).ok_or(SecretsError::Form)
}

fn of_lines(kind: &Kind, text: &str) -> Result<BTreeMap<String, String>, SecretsError> {
    let mut required = kind.secrets.iter().filter(|secret| secret.is_required);
    let only = required.next().filter(|_| required.next().is_none());
    let is_named = |line: &str| {
        line.split_once('=')
            .is_some_and(|(name, _)| kind.secrets.iter().any(|secret| secret.name == name.trim()))
    };
    match only {
        Some(only) if !text.contains('\n') && !is_named(text) && !text.is_empty() => {
            return Ok(BTreeMap::from([(only.name.to_owned(), text.to_owned())]));
        }
        _ => {}
    }
    let pair = |line: &str| {
        let (name, value) = line.split_once('=').ok_or(SecretsError::Form)?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use providers::{CallbackSecret, africastalking, twilio};

    use super::*;

    fn read(text: &str) -> Result<BTreeMap<String, String>, String> {
        read_secrets(&africastalking::KIND, text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn secrets_are_read_in_each_of_their_forms() {
        let key = BTreeMap::from([("api_key".to_owned(), "atsk_0=".to_owned())]);
        for text in ["atsk_0=\n", "api_key=atsk_0=", " api_key = atsk_0=\n\n", r#"{"api_key": "atsk_0="}"#] {
            assert_eq!(read(text), Ok(key.clone()), "{text}");
        }
        assert_eq!(read("api_key=a\ncallback_secret=b").map(|secrets| secrets.len()), Ok(2));
    }

    #[test]
    fn an_invalid_secret_is_refused_and_not_repeated() {
        for text in ["", "{", "{}", "api_key=", "atsk_0\natsk_1", "ATSK=0\nATSL=1", r#"{"api_key": 7}"#] {
            let error = read(text).unwrap_err();
            assert!(!error.to_lowercase().contains("ats"), "{text}: {error}");
        }
        assert!(read("api_kye=a\ncallback_secret=b").unwrap_err().contains("api_kye"));
    }

    #[test]
    fn an_added_account_is_given_a_callback_secret_once() {
        let (kind, name) = (&africastalking::KIND, AccountName::new("one"));
        let add = |kind, text: &str, mut secrets: BTreeMap<String, String>| {
            let added =
                add_callback_secret(kind, &SecretText::parse(text).unwrap(), name, &mut secrets).unwrap();
            (added, secrets.remove(CALLBACK_SECRET))
        };
        let (added, secret) = add(kind, r#"{"callback_secret":"of the deployment"}"#, BTreeMap::new());
        assert!(added && secret.is_some_and(|secret| secret.parse::<CallbackSecret>().is_ok()));
        let typed = BTreeMap::from([(CALLBACK_SECRET.to_owned(), "typed".to_owned())]);
        assert_eq!(add(kind, "{}", typed), (false, Some("typed".to_owned())));
        assert_eq!(add(kind, r#"{"one":{"callback_secret":"stored"}}"#, BTreeMap::new()), (false, None));
        assert_eq!(add(&twilio::KIND, "{}", BTreeMap::new()), (false, None));
    }

    #[test]
    fn setting_a_secret_keeps_those_of_other_accounts() {
        let text = r#"{"callback_secret":"c","one":{"api_key":"a","other":"x"},"two":{"api_key":"b"}}"#;
        let new = BTreeMap::from([("api_key".to_owned(), "n".to_owned())]);
        let merged = merge_secrets(SecretText::parse(text).unwrap(), AccountName::new("one"), new.clone());
        let expected = text.replace(r#""api_key":"a""#, r#""api_key":"n""#);
        assert_eq!(merged.text(), expected);
        assert_eq!(merged.secrets_of(AccountName::new("one"))["api_key"], "n");
        let merged = merge_secrets(SecretText::parse("{}").unwrap(), AccountName::new("one"), new);
        assert_eq!(merged.text(), r#"{"one":{"api_key":"n"}}"#);
        assert!(SecretText::parse("atsk_0").is_err());
    }
}
