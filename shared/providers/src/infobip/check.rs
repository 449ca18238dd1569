//! The balance (`GET /account/1/balance`). Pure.
//!
//! A key has scopes: one that may send need not be allowed to read the balance, which is then answered 403. Accounts
//! may be paid afterwards, so a balance of zero is no fault.
//!
//! | answer | state of the account |
//! |---|---|
//! | 200 with a balance | it works |
//! | 401 | the credentials are refused |
//! | 403 | the key may not ask |
//! | anything else | unclear |

use bytes::Bytes;
use http::{
    HeaderValue, Request,
    header::{ACCEPT, AUTHORIZATION},
};
use serde::Deserialize;
use serde_json::Number;

use super::config::InfobipConfig;
use crate::{
    account::Account,
    answer::Answer,
    check::{AccountState, Check, CheckRequest},
};

pub(super) const CHECK: Check = Check { request, read };

#[derive(Deserialize)]
struct Balance {
    balance: Number,
    currency: String,
}

fn request(account: &Account) -> CheckRequest {
    let config = InfobipConfig::new(account)?;
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = config.balance().clone();
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    request.headers_mut().insert(AUTHORIZATION, config.authorization());
    Ok((request, config.call_timeout()))
}

fn read(answer: &Answer) -> AccountState {
    match serde_json::from_slice::<Balance>(&answer.body) {
        Ok(Balance { balance, currency }) if answer.status == 200 => {
            AccountState::with_balance(&format!("{currency} {balance}"))
        }
        _ => AccountState::by_status(answer),
    }
}

#[cfg(test)]
mod tests {
    use domain::outcome::AccountFault;

    use super::*;

    #[test]
    fn a_key_that_may_not_read_the_balance_is_told_from_one_that_is_refused() {
        let state = |status, body: &'static str| {
            read(&Answer { status, retry_after: None, body: Bytes::from_static(body.as_bytes()) })
        };
        let works = AccountState::with_balance("EUR 47.79");
        assert_eq!(state(200, r#"{"balance": 47.79, "currency": "EUR"}"#), works);
        assert_eq!(state(401, "{}"), AccountState::Fault(AccountFault::Credentials));
        assert_eq!(state(403, "{}"), AccountState::MayNotAsk);
        assert_eq!(state(200, "{}"), AccountState::Unclear { status: 200 });
    }
}
