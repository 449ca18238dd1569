//! Shares: the part of a route's recipients that goes to a further account first, so that a standby is known to work.
//!
//! The message's id decides, not chance: a worker that takes a recipient up again after a crash chooses the same account.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Leg;
use crate::{
    ids::{AccountName, AccountNameError},
    keys::MessageKey,
    mixed::mixed,
};

const WHOLE: u8 = 100;

/// A part of a route's recipients: 1 to 99 percent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Share(u8);

/// The share of an account. An operator writes `infobip=1%`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AccountShare {
    pub account: AccountName,
    pub share: Share,
}

/// A number is not a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a share is a whole number of percent, from 1 to 99")]
pub struct ShareError;

/// A text is not the share of an account.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AccountShareError {
    /// No `=`.
    #[error("`{0}` is not a share: write ACCOUNT=PERCENT such as infobip=1%")]
    Form(String),
    /// The name of the account.
    #[error("the account `{text}` {error}")]
    Account {
        /// The text in place of a name.
        text: String,
        /// The fault.
        error: AccountNameError,
    },
    /// The percentage.
    #[error(transparent)]
    Share(#[from] ShareError),
}

impl Share {
    /// A share in percent.
    pub const fn percent(percent: u8) -> Result<Self, ShareError> {
        if percent == 0 || percent >= WHOLE { Err(ShareError) } else { Ok(Self(percent)) }
    }
}

/// Whether shares leave something for the first account, which has none.
pub(super) fn fit(legs: &[Leg]) -> bool {
    let percents = || legs.iter().map(|leg| leg.share.map_or(0, |share| u32::from(share.0)));
    percents().next() == Some(0) && percents().sum::<u32>() < u32::from(WHOLE)
}

/// The place of the leg that a message prefers: of the first one, unless it falls into the share of another.
pub fn preferred_leg(legs: &[Leg], message: MessageKey) -> usize {
    if legs.iter().all(|leg| leg.share.is_none()) {
        return 0;
    }
    let id = message.to_uuid().as_u64_pair();
    let place = mixed(mixed(id.0) ^ id.1) % u64::from(WHOLE);
    let mut end = 0;
    let falls_into = |leg: &Leg| {
        end += leg.share.map_or(0, |share| u64::from(share.0));
        place < end
    };
    legs.iter().position(falls_into).unwrap_or_default()
}

impl TryFrom<u8> for Share {
    type Error = ShareError;

    fn try_from(percent: u8) -> Result<Self, ShareError> {
        Self::percent(percent)
    }
}

impl From<Share> for u8 {
    fn from(share: Share) -> Self {
        share.0
    }
}

impl FromStr for AccountShare {
    type Err = AccountShareError;

    fn from_str(text: &str) -> Result<Self, AccountShareError> {
        let (account, share) =
            text.split_once('=').ok_or_else(|| AccountShareError::Form(text.to_owned()))?;
        let (account, share) = (account.trim(), share.trim());
        let named =
            account.parse().map_err(|error| AccountShareError::Account { text: account.to_owned(), error });
        let percent = share.strip_suffix('%').unwrap_or(share);
        let is_number = percent.bytes().all(|byte| byte.is_ascii_digit());
        let percent = percent.parse().ok().filter(|_| is_number).ok_or(ShareError)?;
        Ok(Self { account: named?, share: Share::percent(percent)? })
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

impl fmt::Display for AccountShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.account, self.share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_written_as_it_is_read() {
        for text in ["infobip=1%", "at-ke=99%"] {
            assert_eq!(text.parse::<AccountShare>().unwrap().to_string(), text);
        }
        assert_eq!(" infobip = 5 ".parse::<AccountShare>().unwrap().to_string(), "infobip=5%");
        for (text, expected) in [
            ("infobip", "`infobip` is not a share: write ACCOUNT=PERCENT such as infobip=1%"),
            ("AT=1%", "the account `AT` must have 1 to 20"),
            ("infobip=0%", "a share is a whole number of percent, from 1 to 99"),
            ("infobip=100%", "a share is"),
            ("infobip=1.5%", "a share is"),
            ("infobip=+5%", "a share is"),
            ("infobip=", "a share is"),
            ("infobip=300", "a share is"),
        ] {
            let error = text.parse::<AccountShare>().unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
        assert!(serde_json::from_str::<Share>("100").is_err() && serde_json::from_str::<Share>("0").is_err());
    }
}
