//! The description of a provider, independent of any account there. Each provider's folder has one in its `kind.rs`.

use std::fmt;

use domain::ids::AccountName;
use http::Method;

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
    /// The method that the provider calls back with; `None` if it never does.
    pub callbacks: Option<CallbackMethod>,
    /// What is asked of the provider to check an account, written after "asks for"; `None` if it cannot be asked.
    pub asks_for: Option<&'static str>,
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
