//! Scopes: what an API key may do.
//!
//! | scope | allows |
//! |---|---|
//! | `sms:send` | sending, and cancelling, pausing and resuming campaigns |
//! | `sms:read` | reading campaigns and their messages |
//! | `books:read` | reading address books, contacts and opt-outs |
//! | `books:write` | changing address books and contacts, adding opt-outs |
//! | `opt-outs:remove` | removing opt-outs, after which campaigns reach these numbers again |
//! | `account:read` | reading the balance and the ledger |
//!
//! No scope includes another: a key with `sms:send` alone cannot read the campaigns that it has sent.

use std::{collections::BTreeSet, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One permission of an API key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Scope {
    /// Send, and cancel, pause or resume campaigns.
    #[serde(rename = "sms:send")]
    Send,
    /// Read campaigns and their messages.
    #[serde(rename = "sms:read")]
    Read,
    /// Read address books, contacts and opt-outs.
    #[serde(rename = "books:read")]
    ReadBooks,
    /// Change address books and contacts, and add opt-outs.
    #[serde(rename = "books:write")]
    WriteBooks,
    /// Read the balance and the ledger.
    #[serde(rename = "account:read")]
    Account,
    #[serde(rename = "opt-outs:remove")]
    RemoveOptOuts,
}

/// The text is not the name of a scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("must be one of {}", Scope::ALL.map(Scope::as_str).join(", "))]
pub struct ScopeError;

impl Scope {
    pub const ALL: [Self; 6] =
        [Self::Send, Self::Read, Self::ReadBooks, Self::WriteBooks, Self::Account, Self::RemoveOptOuts];

    /// The name that it is stored and shown by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Send => "sms:send",
            Self::Read => "sms:read",
            Self::ReadBooks => "books:read",
            Self::WriteBooks => "books:write",
            Self::Account => "account:read",
            Self::RemoveOptOuts => "opt-outs:remove",
        }
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(name: &str) -> Result<Self, ScopeError> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name).ok_or(ScopeError)
    }
}

/// All scopes of one API key.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Every scope: the default of a new key.
    pub fn all() -> Self {
        Scope::ALL.into()
    }

    /// Whether a key with these scopes may do what `scope` allows.
    pub fn allow(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Each once, in the order of [`Scope::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = Scope> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl<const N: usize> From<[Scope; N]> for Scopes {
    fn from(scopes: [Scope; N]) -> Self {
        scopes.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_allows_itself_and_nothing_else() {
        for scope in Scope::ALL {
            let scopes = Scopes::from([scope]);
            let allowed: Vec<Scope> = Scope::ALL.into_iter().filter(|other| scopes.allow(*other)).collect();
            assert_eq!(allowed, [scope]);
        }
        assert!(Scope::ALL.into_iter().all(|scope| Scopes::all().allow(scope)));
        assert!(!Scope::ALL.into_iter().any(|scope| Scopes::default().allow(scope)));
    }

    #[test]
    fn scopes_are_stored_by_their_names_each_once() {
        let stored = serde_json::to_value(Scopes::all()).unwrap();
        assert_eq!(stored, serde_json::json!(Scope::ALL.map(Scope::as_str)));
        let read: Scopes = serde_json::from_str(r#"["sms:read", "sms:send", "sms:read"]"#).unwrap();
        assert!(read.iter().eq([Scope::Send, Scope::Read]));
        assert!(serde_json::from_str::<Scopes>(r#"["sms:everything"]"#).is_err());
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        assert!(Scope::ALL.into_iter().all(|scope| scope.as_str().parse() == Ok(scope)));
        let error = "everything".parse::<Scope>().unwrap_err().to_string();
        let known = "sms:send, sms:read, books:read, books:write, account:read, opt-outs:remove";
        assert_eq!(error, format!("must be one of {known}"));
    }
}
