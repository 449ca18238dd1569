//! Asks a provider about an account without handing a text over: a request that costs nothing.
//!
//! Called by the operator's `sms account check`; no function calls it. Each kind that can be asked
//! ([`Kind::asks_for`](crate::Kind::asks_for)) has a [`Check`] in the `check.rs` of its folder.

use std::time::Duration;

use bytes::Bytes;
use domain::outcome::AccountFault;
use http::Request;
use platform::http::{HttpClient, Roots};
use tracing::debug;

use crate::{account::Account, answer::Answer, config::ConfigError};

/// Longest balance that is shown; `KES 1785.5000` has 13 characters.
const MAX_BALANCE: usize = 40;

/// A request with the longest time of its call; else every value that is missing or wrong.
pub(crate) type CheckRequest = Result<(Request<Bytes>, Duration), ConfigError>;

/// How a kind is asked about an account. Both parts are pure.
#[derive(Clone, Copy)]
pub(crate) struct Check {
    /// The request, and the longest time of the call.
    pub request: fn(&Account) -> CheckRequest,
    /// Reads the state of the account from an answer.
    pub read: fn(&Answer) -> AccountState,
}

impl Check {
    /// Asks the provider about the account.
    pub async fn ask_about(self, account: &Account) -> Result<AccountState, ConfigError> {
        let (request, timeout) = (self.request)(account)?;
        let client = HttpClient::one_connection_per_call(Roots::Native)?;
        Ok(match client.send(request, timeout).await {
            Ok(answer) => (self.read)(&answer.into()),
            Err(error) => {
                debug!(kind = %account.kind(), %error, "a check got no answer");
                AccountState::Unreachable
            }
        })
    }
}

/// The state of an account, as its provider gives it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AccountState {
    /// The provider accepts the credentials and names no fault.
    Works {
        /// The balance as the provider writes it, if the answer has one.
        balance: Option<String>,
    },
    /// The provider refuses the account: its credentials, or for another reason.
    Fault(AccountFault),
    /// The provider knows the credentials, and they may not ask. Whether they may send is not known.
    MayNotAsk,
    /// No connection, or no answer in time.
    Unreachable,
    /// An answer that is not the provider's documented one.
    Unclear { status: u16 },
}

impl AccountState {
    /// The state of an account whose balance is known.
    pub(crate) fn with_balance(balance: &str) -> Self {
        let is_shown = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
        let is_balance = !balance.is_empty() && balance.len() <= MAX_BALANCE && balance.bytes().all(is_shown);
        Self::Works { balance: is_balance.then(|| balance.to_owned()) }
    }

    /// The state that an answer without the documented body means.
    pub(crate) fn by_status(answer: &Answer) -> Self {
        match answer.status {
            401 => Self::Fault(AccountFault::Credentials),
            403 => Self::MayNotAsk,
            status => Self::Unclear { status },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_short_visible_balance_is_shown() {
        let shown = |balance: &str| AccountState::with_balance(balance);
        assert_eq!(shown("KES 1785.50"), AccountState::Works { balance: Some("KES 1785.50".into()) });
        for hidden in ["", "KES\u{1b}[2J", &"9".repeat(MAX_BALANCE + 1)] {
            assert_eq!(shown(hidden), AccountState::Works { balance: None }, "{hidden:?}");
        }
    }
}
