//! The description of a provider, independent of any account there: one for each adapter.

use std::{fmt, str::FromStr, sync::Arc};

use domain::ids::AccountName;
use http::Method;
use thiserror::Error;

use crate::{
    account::Account, callback::CallbackReader, check::Check, config::ConfigError, provider::Provider,
    registry::KINDS,
};

/// A provider that this crate has an adapter for. Two are equal if they have the same name.
pub struct Kind {
    /// The word in configuration, logs, metrics and the callback address: `a-z` and `0-9`.
    pub name: &'static str,
    /// The name that people know.
    pub title: &'static str,
    /// Values of an account that are not secret.
    pub settings: &'static [Setting],
    /// Values of an account that are secret.
    pub secrets: &'static [Setting],
    /// The most recipients of one call; an account's setting cannot exceed it.
    pub max_recipients: usize,
    /// Whether the provider takes one recipient a request.
    pub one_per_call: bool,
    /// Whether the provider can be asked what became of a message.
    pub can_look_up: bool,
    /// The request that asks about an account without sending a text; `None` if there is none.
    pub check: Option<Check>,
    /// Makes the adapter of an account.
    pub connect: fn(&Account) -> Result<Arc<dyn Provider>, ConfigError>,
    /// How the provider calls back; `None` if it never does.
    pub callbacks: Option<Callbacks>,
}

/// A value that an account of a kind has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Setting {
    /// Consists of `a-z`, `0-9` and `_`.
    pub name: &'static str,
    /// One line about the provider, for the operator.
    pub help: &'static str,
    /// Whether an account cannot start without it.
    pub is_required: bool,
}

impl Setting {
    /// A value that an account cannot start without.
    pub const fn required(name: &'static str, help: &'static str) -> Self {
        Self { name, help, is_required: true }
    }

    /// A value that may be left out.
    pub const fn optional(name: &'static str, help: &'static str) -> Self {
        Self { name, help, is_required: false }
    }
}

/// How a provider calls back.
#[derive(Clone, Copy)]
pub struct Callbacks {
    /// The method of its calls.
    pub method: CallbackMethod,
    /// Makes the reader of an account's callbacks.
    pub reader: fn(&Account) -> Result<Arc<dyn CallbackReader>, ConfigError>,
}

/// The method that a provider calls back with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallbackMethod {
    /// `GET`: what it says is in the query.
    Get,
    /// `POST`
    Post,
}

impl CallbackMethod {
    /// The method as a type of HTTP.
    pub const fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// The word names no provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be one of: {}", KINDS.map(|kind| kind.name).join(", "))]
pub struct UnknownKind;

impl Kind {
    /// The account that a deployment has from its parameters: it is named after its kind.
    pub const fn account(&self) -> AccountName {
        AccountName::new(self.name)
    }

    /// Whether the word names a setting or a secret of the kind.
    pub fn has(&self, name: &str) -> bool {
        self.settings.iter().chain(self.secrets).any(|setting| setting.name == name)
    }

    /// The variable of an environment that has a setting or a secret: `TWILIO_AUTH_TOKEN`.
    pub fn variable(&self, setting: &str) -> String {
        format!("{}_{setting}", self.name).to_ascii_uppercase()
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Kind {}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl FromStr for &'static Kind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Self, UnknownKind> {
        KINDS.into_iter().find(|kind| kind.name == word).ok_or(UnknownKind)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{one_by_one::AT_ONCE, submission::MAX_RECIPIENTS_PER_CALL};

    fn is_name(text: &str, extra: &[u8]) -> bool {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || extra.contains(&byte);
        !text.is_empty() && text.len() <= 20 && text.bytes().all(plain)
    }

    #[test]
    fn every_description_can_be_used() {
        for kind in KINDS {
            assert!(is_name(kind.name, b"") && kind.account().to_string() == kind.name, "{kind}");
            assert!(!kind.one_per_call || kind.max_recipients <= AT_ONCE, "{kind}: a call ends in its time");
            assert!(!kind.title.is_empty() && (1..=MAX_RECIPIENTS_PER_CALL).contains(&kind.max_recipients));
            let values = || kind.settings.iter().chain(kind.secrets);
            assert!(values().all(|value| is_name(value.name, b"_") && !value.help.is_empty()), "{kind}");
            let names: BTreeSet<_> = values().map(|value| value.name).collect();
            assert_eq!(names.len(), values().count(), "{kind}: a value is declared twice");
        }
    }

    #[test]
    fn a_name_is_read_as_it_is_written_and_no_other_spelling_is_read() {
        for kind in KINDS {
            assert_eq!(kind.name.parse(), Ok(kind));
        }
        let names: BTreeSet<_> = KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), KINDS.len());
        assert_eq!("Sandbox".parse::<&Kind>(), Err(UnknownKind));
        assert_eq!(UnknownKind.to_string().matches("sandbox").count(), 1);
    }
}
