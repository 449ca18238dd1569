//! The accounts of a deployment, read from its environment.
//!
//! The account of a deployment's parameters comes from variables ([`Account::of_environment`]):
//!
//! | variable | what it has |
//! |---|---|
//! | `PROVIDER` | the kind, which is the account's name too |
//! | `PROVIDER_SETTINGS` | settings: `username=acme,enqueue=false`, or a JSON object |
//! | `PROVIDER_SECRETS` | the secret document ([`SecretDocument`]) |
//! | `CALLBACK_URL` | what is in front of `v1/providers/` in the address that the provider calls |
//! | `AFRICASTALKING_USERNAME`, … | a setting or secret by itself: kind and name in capitals |

use std::collections::BTreeMap;

use domain::ids::AccountName;
use platform::{environment::Environment, stage::Stage};

use crate::{
    account::Account,
    kind::{Kind, Setting},
    registry::KINDS,
    secrets::{CALLBACK_SECRET, SecretDocument},
    settings,
};

impl Account {
    /// The account of a deployment's parameters. Notes what is missing or wrong; there is no default.
    pub fn of_environment(environment: &mut Environment<'_>) -> Option<Self> {
        let kind = environment.parsed::<&'static Kind>("PROVIDER", None);
        let given = Given::read(environment);
        let settings = given_settings(environment);
        let account = given.account(environment, kind?, settings);
        Some(given.with_callback_secret(account))
    }

    /// The accounts whose callbacks a deployment takes: that of its provider, and that of each other kind which has
    /// secrets, so that reports are still taken after a change of the provider.
    pub fn called_back(environment: &mut Environment<'_>) -> Vec<Self> {
        let deployed = environment.optional("PROVIDER");
        let given = Given::read(environment);
        let settings = given_settings(environment);
        let mut accounts = Vec::new();
        for kind in KINDS.into_iter().filter(|kind| kind.callbacks.is_some()) {
            let is_deployed = deployed.as_deref() == Some(kind.name);
            let own = if is_deployed { settings.clone() } else { BTreeMap::new() };
            let account = given.account(environment, kind, own);
            if is_deployed || !account.secrets().is_empty() {
                accounts.push(given.with_callback_secret(account));
            }
        }
        accounts
    }

    /// A copy with the secrets of another environment.
    pub fn renewed(&self, environment: &mut Environment<'_>) -> Option<Self> {
        if self.name() == self.kind().account() {
            return Self::of_environment(environment);
        }
        Some(Given::read(environment).stored(self.name(), self.kind(), self.settings().clone()))
    }
}

/// A deployment's part of its accounts: secrets, and the address that providers call.
#[derive(Clone, Debug)]
pub struct Given {
    stage: Stage,
    secrets: SecretDocument,
    callback_url: Option<String>,
}

impl Given {
    pub fn read(environment: &mut Environment<'_>) -> Self {
        let stage = environment.parsed("STAGE", None).unwrap_or(Stage::Production);
        let document = environment.optional("PROVIDER_SECRETS").map(|text| text.parse::<SecretDocument>());
        let secrets = document.transpose().unwrap_or_else(|error| {
            environment.problem(format!("PROVIDER_SECRETS: {error}"));
            None
        });
        let callback_url = environment.optional("CALLBACK_URL");
        Self { stage, secrets: secrets.unwrap_or_default(), callback_url }
    }

    /// An account that an operator added, with its own secrets alone. The deployment's callback secret does not open it:
    /// a company that knows the address of its own account must not be able to report for the account of another company.
    pub fn stored(
        &self,
        name: AccountName,
        kind: &'static Kind,
        settings: BTreeMap<String, String>,
    ) -> Account {
        self.unset(kind).named(name).with_values(settings, self.secrets.of(name))
    }

    /// Gives an account of the deployment's parameters the deployment's callback secret, if its kind has one and the
    /// account is given no other.
    fn with_callback_secret(&self, account: Account) -> Account {
        let has_one = account.kind().secrets.iter().any(|secret| secret.name == CALLBACK_SECRET);
        let is_given = account.secrets().contains_key(CALLBACK_SECRET);
        match self.secrets.callback_secret() {
            Some(secret) if has_one && !is_given => account.with_secret(CALLBACK_SECRET, secret),
            _ => account,
        }
    }

    /// The account named after a kind, with the values that have a variable of their own.
    fn account(
        &self,
        environment: &mut Environment<'_>,
        kind: &'static Kind,
        mut settings: BTreeMap<String, String>,
    ) -> Account {
        let mut secrets = self.secrets.of(kind.account());
        overlay(environment, kind, kind.settings, &mut settings);
        overlay(environment, kind, kind.secrets, &mut secrets);
        self.unset(kind).with_values(settings, secrets)
    }

    /// The account named after a kind, without a value.
    fn unset(&self, kind: &'static Kind) -> Account {
        Account::new(kind, self.stage).called_at(self.callback_url.clone())
    }
}

fn given_settings(environment: &mut Environment<'_>) -> BTreeMap<String, String> {
    let settings = environment.optional("PROVIDER_SETTINGS").map(|text| settings::parse(&text));
    settings
        .transpose()
        .unwrap_or_else(|error| {
            environment.problem(format!("PROVIDER_SETTINGS: {error}"));
            None
        })
        .unwrap_or_default()
}

/// Adds the values that have a variable of their own. One that is given twice is a problem.
fn overlay(
    environment: &mut Environment<'_>,
    kind: &Kind,
    declared: &[Setting],
    values: &mut BTreeMap<String, String>,
) {
    for setting in declared {
        let variable = kind.variable(setting.name);
        let Some(value) = environment.optional(&variable) else { continue };
        if values.insert(setting.name.to_owned(), value).is_some() {
            environment.problem(format!("{} of {kind} is given twice: once as {variable}", setting.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<Account, String> {
        let lookup = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let mut environment = Environment::new(&lookup);
        let account = Account::of_environment(&mut environment);
        environment.finish(account).map_err(|error| error.to_string())
    }

    const LIVE: [(&str, &str); 2] = [("PROVIDER", "africastalking"), ("STAGE", "production")];
    const SECRETS: (&str, &str) = ("PROVIDER_SECRETS", r#"{"africastalking": {"api_key": "atsk_0"}}"#);

    #[test]
    fn the_account_of_a_deployments_parameters_is_named_after_its_kind() {
        let settings = ("PROVIDER_SETTINGS", "username=acme, enqueue=false");
        let account = of(&[LIVE[0], LIVE[1], SECRETS, settings]).unwrap();
        assert_eq!(
            (account.name().to_string(), account.kind().name),
            (account.kind().to_string(), "africastalking")
        );
        let provider = account.connect().unwrap();
        assert_eq!(provider.kind(), account.kind());
        assert!(!format!("{account:?}{provider:?}").contains("atsk"));
    }

    #[test]
    fn a_value_may_have_a_variable_of_its_own_but_not_be_given_twice() {
        let own = [("AFRICASTALKING_USERNAME", "acme"), ("AFRICASTALKING_API_KEY", "atsk_0")];
        assert!(of(&[LIVE[0], LIVE[1], own[0], own[1]]).unwrap().connect().is_ok());
        let twice = of(&[LIVE[0], LIVE[1], own[0], own[1], SECRETS]).unwrap_err();
        assert!(twice.contains("api_key") && twice.contains("twice") && !twice.contains("atsk"), "{twice}");
    }

    #[test]
    fn no_other_provider_starts_in_place_of_one_that_cannot() {
        let refused = [
            (vec![("STAGE", "local")], "PROVIDER"),
            (vec![("STAGE", "local"), ("PROVIDER", "nobody")], "PROVIDER"),
            (vec![("PROVIDER", "sandbox")], "STAGE"),
            (vec![LIVE[0], LIVE[1], ("PROVIDER_SETTINGS", "acme")], "PROVIDER_SETTINGS"),
            (vec![LIVE[0], LIVE[1], ("PROVIDER_SECRETS", "atsk_0")], "PROVIDER_SECRETS"),
        ];
        for (variables, problem) in refused {
            let error = of(&variables).unwrap_err();
            assert!(error.contains(problem) && !error.contains("atsk"), "{error}");
        }
        let sandbox = of(&[("PROVIDER", "sandbox"), ("STAGE", "production")]).unwrap();
        assert!(sandbox.connect().unwrap_err().to_string().contains("production"));
    }

    #[test]
    fn an_account_that_cannot_start_names_every_value() {
        let error =
            of(&[LIVE[0], LIVE[1], ("PROVIDER_SETTINGS", "user=acme")]).unwrap().connect().unwrap_err();
        for part in [
            "username is not set",
            "api_key is not set",
            "user is not a setting",
            "username, ",
            "AFRICASTALKING_API_KEY",
        ] {
            assert!(error.to_string().contains(part), "{part}: {error}");
        }
    }

    #[test]
    fn callbacks_are_taken_of_the_deployments_provider_and_of_kinds_with_secrets() {
        let called_back = |variables: &[(&str, &str)]| {
            let lookup = |name: &str| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            let accounts = Account::called_back(&mut Environment::new(&lookup));
            accounts.iter().map(|account| account.kind().name).collect::<Vec<_>>()
        };
        let callback = ("PROVIDER_SECRETS", r#"{"callback_secret": "0123456789abcdef0123456789abcdef"}"#);
        assert_eq!(called_back(&[callback, LIVE[0]]), ["africastalking"]);
        assert_eq!(called_back(&[("PROVIDER", "sandbox"), SECRETS]), ["sandbox", "africastalking"]);
        assert_eq!(called_back(&[callback]), [""; 0]);
    }
}
