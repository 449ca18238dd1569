//! The application's data, with its balance (`GET /version1/user`). Pure.
//!
//! | answer | state of the account |
//! |---|---|
//! | 200 with a balance above zero | it works |
//! | 200 with another balance | its balance is empty: Africa's Talking is paid in advance |
//! | 401 | the credentials are refused |
//! | anything else | unclear |

use bytes::Bytes;
use domain::outcome::AccountFault;
use http::{HeaderValue, Request, header::ACCEPT};
use serde::Deserialize;

use super::{config::AfricasTalkingConfig, request::API_KEY};
use crate::{
    account::Account,
    answer::Answer,
    check::{AccountState, Check, CheckRequest},
};

pub(super) const CHECK: Check = Check { request, read };

#[derive(Deserialize)]
struct Body {
    // Africa's Talking documents both spellings.
    #[serde(rename = "UserData", alias = "userData")]
    user: User,
}

#[derive(Deserialize)]
struct User {
    balance: String,
}

fn request(account: &Account) -> CheckRequest {
    let config = AfricasTalkingConfig::new(account)?;
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = config.user().clone();
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    request.headers_mut().insert(API_KEY, config.api_key().header());
    Ok((request, config.call_timeout()))
}

fn read(answer: &Answer) -> AccountState {
    match serde_json::from_slice::<Body>(&answer.body) {
        Ok(body) if answer.status == 200 => of_balance(&body.user.balance),
        _ => AccountState::by_status(answer),
    }
}

/// A balance is a currency and a decimal: `KES 1785.50`.
fn of_balance(balance: &str) -> AccountState {
    let amount = balance.rsplit(' ').next().unwrap_or_default();
    let is_above_zero = !amount.starts_with('-') && amount.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    match is_above_zero {
        true => AccountState::with_balance(balance),
        false => AccountState::Fault(AccountFault::BalanceEmpty),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balance_is_read_in_both_spellings_and_an_empty_one_is_a_fault() {
        let state = |body: &str| {
            read(&Answer { status: 200, retry_after: None, body: Bytes::copy_from_slice(body.as_bytes()) })
        };
        for name in ["UserData", "userData"] {
            let works = state(&format!(r#"{{"{name}": {{"balance": "KES 1785.50"}}}}"#));
            assert_eq!(works, AccountState::with_balance("KES 1785.50"));
        }
        for empty in ["KES 0.0000", "KES -3.20", "0"] {
            let state = state(&format!(r#"{{"UserData": {{"balance": "{empty}"}}}}"#));
            assert_eq!(state, AccountState::Fault(AccountFault::BalanceEmpty), "{empty}");
        }
        assert_eq!(state("<html>"), AccountState::Unclear { status: 200 });
    }
}
