//! The account itself (`GET /2010-04-01/Accounts/{sid}.json`). Pure.
//!
//! Its status is asked for instead of its balance: Twilio suspends an account whose balance is used up, and a
//! subaccount has no balance of its own.
//!
//! | answer | state of the account |
//! |---|---|
//! | 200 with `active` | it works |
//! | 200 with `suspended` or `closed` | it is held back |
//! | 4xx with a listed code of a fault | that fault |
//! | 401 | the credentials are refused |
//! | anything else | unclear |

use bytes::Bytes;
use domain::outcome::AccountFault;
use http::{
    HeaderValue, Request,
    header::{ACCEPT, AUTHORIZATION},
};
use serde::Deserialize;

use super::{codes, config::TwilioConfig};
use crate::{
    account::Account,
    answer::Answer,
    check::{AccountState, Check, CheckRequest},
    meaning::Meaning,
};

pub(super) const CHECK: Check = Check { request, read };

#[derive(Deserialize)]
struct Fetched {
    status: String,
}

#[derive(Deserialize)]
struct Problem {
    code: u32,
}

fn request(account: &Account) -> CheckRequest {
    let config = TwilioConfig::new(account)?;
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = config.account().clone();
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    request.headers_mut().insert(AUTHORIZATION, config.authorization());
    Ok((request, config.call_timeout()))
}

fn read(answer: &Answer) -> AccountState {
    let fetched = serde_json::from_slice::<Fetched>(&answer.body).ok().filter(|_| answer.status == 200);
    match fetched.as_ref().map(|fetched| fetched.status.as_str()) {
        Some("active") => AccountState::Works { balance: None },
        Some("suspended" | "closed") => AccountState::Fault(AccountFault::OnHold),
        _ => of_a_problem(answer).unwrap_or_else(|| AccountState::by_status(answer)),
    }
}

fn of_a_problem(answer: &Answer) -> Option<AccountState> {
    let problem = serde_json::from_slice::<Problem>(&answer.body).ok().filter(|_| answer.status >= 400)?;
    match codes::by_number(problem.code)?.meaning {
        Meaning::Fault(fault) => Some(AccountState::Fault(fault)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_is_not_active_is_held_back() {
        let state = |status, body: &'static str| {
            read(&Answer { status, retry_after: None, body: Bytes::from_static(body.as_bytes()) })
        };
        assert_eq!(state(200, r#"{"status": "active"}"#), AccountState::Works { balance: None });
        for body in [r#"{"status": "suspended"}"#, r#"{"status": "closed"}"#] {
            assert_eq!(state(200, body), AccountState::Fault(AccountFault::OnHold), "{body}");
        }
        assert_eq!(state(403, r#"{"code": 20005}"#), AccountState::Fault(AccountFault::OnHold));
        let refused = AccountState::Fault(AccountFault::Credentials);
        assert_eq!((state(401, r#"{"code": 20003}"#), state(401, "")), (refused.clone(), refused));
        assert_eq!(state(200, r#"{"status": "dormant"}"#), AccountState::Unclear { status: 200 });
        assert_eq!(state(503, "{}"), AccountState::Unclear { status: 503 });
    }
}
