//! Reads the values of an account, and lists every problem of them together.

use std::{collections::BTreeMap, fmt, str::FromStr};

use platform::stage::Stage;

use crate::{
    account::Account,
    callback::CallbackSecret,
    config::{BaseUrl, CallTimeout, ConfigError, Secret},
    kind::Setting,
    secrets::CALLBACK_SECRET,
};

/// The values of an account as its adapter reads them. A problem names the value and never repeats it.
pub struct Values<'a> {
    account: &'a Account,
    problems: Vec<String>,
}

impl Account {
    /// Reads its values, each checked.
    pub fn values(&self) -> Values<'_> {
        let mut values = self.callback_values();
        values.check(("a setting", "PROVIDER_SETTINGS"), self.kind().settings, self.settings());
        values.check(("a secret", "PROVIDER_SECRETS"), self.kind().secrets, self.secrets());
        values
    }

    /// Reads the values that its callbacks are verified with. Those that only the hand-over needs may be missing: the
    /// function that reads callbacks is not given them.
    pub const fn callback_values(&self) -> Values<'_> {
        Values { account: self, problems: Vec::new() }
    }
}

impl<'a> Values<'a> {
    /// Notes values that are missing, and those that the kind does not have.
    fn check(
        &mut self,
        (what, variable): (&str, &str),
        declared: &[Setting],
        given: &BTreeMap<String, String>,
    ) {
        let (name, kind) = (self.account.name(), self.account.kind());
        let place = |setting: &str| match name == kind.account() {
            true => format!(" (in {variable}, or as {})", kind.variable(setting)),
            false => String::new(),
        };
        let is_given = |name: &str| given.get(name).is_some_and(|value| !value.is_empty());
        let missing = declared.iter().filter(|setting| setting.is_required && !is_given(setting.name));
        let unset = |setting: &Setting| format!("{} is not set{}", setting.name, place(setting.name));
        self.problems.extend(missing.map(unset));
        for name in given.keys().filter(|name| declared.iter().all(|setting| setting.name != *name)) {
            let names = declared.iter().map(|setting| setting.name).collect::<Vec<_>>().join(", ");
            // A secret may be there instead of a setting's name, so only a text with the form of a name is repeated.
            let shown = if is_name(name) { name.as_str() } else { "something" };
            self.problems.push(format!("{shown} is not {what} of {kind}, which has: {names}"));
        }
    }

    pub const fn stage(&self) -> Stage {
        self.account.stage()
    }

    /// A setting. `None` if it is left out; if it is required, that is noted as a problem.
    pub fn setting(&self, name: &str) -> Option<&'a str> {
        self.account.settings().get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A setting of a type. `None` only if its text is not of that type.
    pub fn parsed<T: FromStr<Err: fmt::Display>>(&mut self, name: &str, default: T) -> Option<T> {
        let parsed = self.setting(name).map_or(Ok(default), str::parse);
        parsed.map_err(|error| self.problems.push(format!("{name} {error}"))).ok()
    }

    pub fn secret_text(&self, name: &str) -> Option<&'a str> {
        self.account.secrets().get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A secret that goes into a header.
    pub fn secret(&mut self, name: &str) -> Option<Secret> {
        let text = self.secret_text(name)?;
        let secret = Secret::parse(text);
        if secret.is_none() {
            self.problems.push(format!("{name} has characters that no key has"));
        }
        secret
    }

    /// The secret that callbacks are known by.
    pub fn callback_secret(&mut self) -> Option<CallbackSecret> {
        let secret = self.secret_text(CALLBACK_SECRET)?.parse();
        secret.map_err(|error| self.problems.push(format!("{CALLBACK_SECRET} {error}"))).ok()
    }

    /// The secret that callbacks are known by. `None` is noted as a problem.
    pub fn required_callback_secret(&mut self) -> Option<CallbackSecret> {
        if self.secret_text(CALLBACK_SECRET).is_none() {
            self.problems.push(format!("{CALLBACK_SECRET} is not set"));
        }
        self.callback_secret()
    }

    /// The setting `base_url`, to which keys may go: TLS, or this machine.
    pub fn base_url(&mut self, default: &str) -> Option<BaseUrl> {
        match self.setting("base_url").unwrap_or(default).parse::<BaseUrl>() {
            Ok(base) if base.is_private() => return Some(base),
            Ok(_) => self.problems.push("base_url must be https: the key goes there".to_owned()),
            Err(error) => self.problems.push(format!("base_url {error}")),
        }
        None
    }

    /// The setting `timeout_ms`.
    pub fn call_timeout(&mut self) -> Option<CallTimeout> {
        self.parsed("timeout_ms", CallTimeout::DEFAULT)
    }

    /// Notes a problem.
    pub fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// The result, if there is no problem.
    ///
    /// # Errors
    /// With every problem.
    pub fn finish<T>(mut self, made: Option<T>) -> Result<T, ConfigError> {
        match made {
            Some(made) if self.problems.is_empty() => Ok(made),
            _ => {
                self.problems.dedup();
                let (account, kind) = (self.account.name(), self.account.kind());
                Err(ConfigError::Values { account, kind, problems: self.problems })
            }
        }
    }
}

fn is_name(text: &str) -> bool {
    text.len() <= 30 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
