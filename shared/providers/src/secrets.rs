//! The secret document: the secrets of every account of a deployment, in one text.
//!
//! `{"callback_secret": "…", "africastalking": {"api_key": "…"}, "twilio": {"auth_token": "…"}}`
//!
//! The `callback_secret` next to the accounts applies to every account without its own.

use std::{collections::BTreeMap, fmt, str::FromStr};

use domain::ids::AccountName;
use serde::Deserialize;
use thiserror::Error;

/// The secret that callbacks are known by.
pub(crate) const CALLBACK_SECRET: &str = "callback_secret";

/// The secrets of accounts, by the account's name. Its debug output shows none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SecretDocument {
    callback_secret: Option<String>,
    accounts: BTreeMap<String, BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Secret(String),
    Account(BTreeMap<String, String>),
}

/// The text is not a secret document. Never repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(r#"must be a JSON object of accounts, such as {{"africastalking": {{"api_key": "…"}}}}"#)]
pub struct SecretDocumentError;

impl SecretDocument {
    /// The secrets of an account; empty if it has none.
    pub fn of(&self, account: AccountName) -> BTreeMap<String, String> {
        self.accounts.get(account.as_str()).cloned().unwrap_or_default()
    }

    /// The callback secret of accounts without their own.
    pub fn callback_secret(&self) -> Option<&str> {
        self.callback_secret.as_deref()
    }
}

impl FromStr for SecretDocument {
    type Err = SecretDocumentError;

    fn from_str(text: &str) -> Result<Self, SecretDocumentError> {
        let entries: BTreeMap<String, Entry> = serde_json::from_str(text).map_err(|_| SecretDocumentError)?;
        let mut document = Self::default();
        for (name, entry) in entries {
            match entry {
                Entry::Account(secrets) => drop(document.accounts.insert(name, secrets)),
                Entry::Secret(secret) if name == CALLBACK_SECRET => document.callback_secret = Some(secret),
                Entry::Secret(_) => return Err(SecretDocumentError),
            }
        }
        Ok(document)
    }
}

impl fmt::Debug for SecretDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SecretDocument").field(&self.accounts.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_its_own_secrets_only() {
        let document: SecretDocument =
            r#"{"one": {"api_key": "a"}, "two": {"api_key": "b"}}"#.parse().unwrap();
        let of = |name| document.of(AccountName::new(name)).into_values().collect::<Vec<_>>();
        assert_eq!((of("one"), of("two")), (vec!["a".to_owned()], vec!["b".to_owned()]));
        assert!(of("three").is_empty() && document.callback_secret().is_none());
        assert_eq!(format!("{document:?}"), r#"SecretDocument(["one", "two"])"#);
    }

    #[test]
    fn another_text_is_refused_and_not_repeated() {
        for text in ["", "atsk_0", "[]", r#"{"one": "atsk_0"}"#, r#"{"one": {"api_key": 7}}"#] {
            let error = text.parse::<SecretDocument>().unwrap_err().to_string();
            assert!(!error.contains("atsk"), "{error}");
        }
        assert_eq!("{}".parse(), Ok(SecretDocument::default()));
        let document: SecretDocument = r#"{"callback_secret": "c", "one": {}}"#.parse().unwrap();
        assert_eq!(document.callback_secret(), Some("c"));
    }
}
