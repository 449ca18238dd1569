//! An account at a provider: its kind, its settings and its secrets, before its adapter has checked them.

use std::{collections::BTreeMap, fmt};

use domain::ids::AccountName;
use platform::stage::Stage;

use crate::{kind::Kind, secrets::CALLBACK_SECRET};

/// An account at a provider. `Debug` shows no secret.
#[derive(Clone)]
pub struct Account {
    name: AccountName,
    kind: &'static Kind,
    stage: Stage,
    settings: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
    callback_url: Option<String>,
}

impl Account {
    /// An account of a kind, named after it, without a setting.
    pub fn new(kind: &'static Kind, stage: Stage) -> Self {
        let (settings, secrets) = (BTreeMap::new(), BTreeMap::new());
        Self { name: kind.account(), kind, stage, settings, secrets, callback_url: None }
    }

    /// A copy with another name.
    pub fn named(self, name: AccountName) -> Self {
        Self { name, ..self }
    }

    /// A copy with one more setting.
    pub fn with(mut self, setting: &str, value: impl Into<String>) -> Self {
        self.settings.insert(setting.to_owned(), value.into());
        self
    }

    /// A copy with one more secret.
    pub fn with_secret(mut self, secret: &str, value: impl Into<String>) -> Self {
        self.secrets.insert(secret.to_owned(), value.into());
        self
    }

    /// A copy with these settings and secrets instead of its own.
    pub(crate) fn with_values(
        self,
        settings: BTreeMap<String, String>,
        secrets: BTreeMap<String, String>,
    ) -> Self {
        Self { settings, secrets, ..self }
    }

    /// A copy with the part before `v1/providers/` of the addresses that providers call.
    pub fn called_at(self, callback_url: Option<String>) -> Self {
        Self { callback_url, ..self }
    }

    /// Required secrets that are not given.
    pub fn missing_secrets(&self) -> Vec<&'static str> {
        let is_missing = |name: &str| self.secrets.get(name).is_none_or(String::is_empty);
        let required = self.kind.secrets.iter().filter(|secret| secret.is_required);
        required.map(|secret| secret.name).filter(|name| is_missing(name)).collect()
    }

    /// The account's name, which is in its callback address.
    pub const fn name(&self) -> AccountName {
        self.name
    }

    pub const fn kind(&self) -> &'static Kind {
        self.kind
    }

    pub(crate) const fn stage(&self) -> Stage {
        self.stage
    }

    /// Its settings as they were given. An adapter reads them by [`Account::values`].
    pub(crate) const fn settings(&self) -> &BTreeMap<String, String> {
        &self.settings
    }

    /// Its secrets as they were given. An adapter reads them by [`Account::values`].
    pub(crate) const fn secrets(&self) -> &BTreeMap<String, String> {
        &self.secrets
    }

    /// Whether another account has the same secrets.
    pub fn has_secrets_of(&self, other: &Self) -> bool {
        self.secrets == other.secrets
    }

    /// The address that the provider reports to, if this deployment knows it: for providers that are told it with
    /// each message.
    pub fn callback_url(&self) -> Option<String> {
        let base = self.callback_url.as_deref()?.trim_end_matches('/');
        let secret = self.secrets.get(CALLBACK_SECRET).map(|secret| format!("{secret}/")).unwrap_or_default();
        Some(format!("{base}/v1/providers/{}/receipts/{secret}", self.name))
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("name", &self.name).field("kind", &self.kind).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::africastalking;

    #[test]
    fn an_account_knows_the_address_that_its_provider_calls() {
        let account = Account::new(&africastalking::KIND, Stage::Test).with_secret(CALLBACK_SECRET, "s3");
        assert_eq!(account.callback_url(), None);
        let account = account.called_at(Some("https://sms.example/".to_owned()));
        let expected = "https://sms.example/v1/providers/africastalking/receipts/s3/";
        assert_eq!(account.callback_url().as_deref(), Some(expected));
    }
}
