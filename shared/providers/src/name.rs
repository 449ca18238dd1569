//! The names that a deployment chooses its provider by.

use std::{fmt, str::FromStr};

use domain::ids::AccountName;
use thiserror::Error;

/// A provider that this crate has an adapter for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ProviderName {
    /// Our own: plays every outcome and reaches nobody.
    Sandbox,
    /// Africa's Talking.
    AfricasTalking,
}

/// The word names no provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be sandbox or africastalking")]
pub struct ProviderNameError;

impl ProviderName {
    /// Every provider.
    pub const ALL: [Self; 2] = [Self::Sandbox, Self::AfricasTalking];

    /// The word in configuration, logs, metrics and callback URLs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::AfricasTalking => "africastalking",
        }
    }

    /// The deployment's account with this provider.
    pub const fn account(self) -> AccountName {
        AccountName::new(self.as_str())
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ProviderName {
    type Err = ProviderNameError;

    fn from_str(word: &str) -> Result<Self, ProviderNameError> {
        Self::ALL.into_iter().find(|name| name.as_str() == word).ok_or(ProviderNameError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_back_and_no_other_spelling_does() {
        for name in ProviderName::ALL {
            assert_eq!(name.to_string().parse(), Ok(name));
        }
        assert_eq!("Sandbox".parse::<ProviderName>(), Err(ProviderNameError));
        assert_eq!("".parse::<ProviderName>(), Err(ProviderNameError));
    }
}
