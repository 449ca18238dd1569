//! A text that AWS checks and does not send (`SendTextMessage` with `DryRun`), which is free. Pure but for the time of
//! its signature.
//!
//! It goes to a number of AWS's own simulator. That AWS does not send to that number (a sandbox without it, a sender id
//! that its country does not know) says nothing against the account.
//!
//! | answer | state of the account |
//! |---|---|
//! | 200 with a JSON object | it works |
//! | 4xx with a listed error of the account | that fault |
//! | 4xx with a listed error of the recipient | it works |
//! | anything else | unclear |

use platform::signing::{self, Caller};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    codes,
    config::{AwsConfig, SERVICE},
    request::HEADERS,
    response::Problem,
};
use crate::{
    account::Account,
    answer::Answer,
    check::{AccountState, Check, CheckRequest},
    meaning::Meaning,
};

pub(super) const CHECK: Check = Check { request, read };
/// The number of AWS's SMS simulator for texts to the United States that arrive.
const SIMULATOR: &str = "+14254147755";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DryRun<'a> {
    destination_phone_number: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    origination_identity: Option<&'a str>,
    message_body: &'static str,
    configuration_set_name: &'a str,
    dry_run: bool,
}

fn request(account: &Account) -> CheckRequest {
    let config = AwsConfig::new(account)?;
    let body = serde_json::to_string(&DryRun {
        destination_phone_number: SIMULATOR,
        origination_identity: config.origination_identity(),
        message_body: "Check",
        configuration_set_name: config.configuration_set(),
        dry_run: true,
    });
    let caller = Caller { service: SERVICE, region: config.region(), credentials: config.credentials() };
    let signed = body.ok().and_then(|body| signing::post(caller, &config.url().to_string(), &HEADERS, body));
    let mut values = account.values();
    if signed.is_none() {
        values.problem("the request cannot be signed with these credentials");
    }
    values.finish(signed.map(|request| (request, config.call_timeout())))
}

fn read(answer: &Answer) -> AccountState {
    match answer.status {
        200 if serde_json::from_slice::<Map<String, Value>>(&answer.body).is_ok() => {
            AccountState::Works { balance: None }
        }
        400..=499 => of_a_problem(answer).unwrap_or_else(|| AccountState::by_status(answer)),
        status => AccountState::Unclear { status },
    }
}

fn of_a_problem(answer: &Answer) -> Option<AccountState> {
    let problem: Problem = serde_json::from_slice(&answer.body).ok()?;
    match codes::find(problem.error(), problem.reason())?.meaning {
        Meaning::Fault(fault) => Some(AccountState::Fault(fault)),
        Meaning::Refused(_) => Some(AccountState::Works { balance: None }),
        Meaning::Accepted | Meaning::NotNow | Meaning::Throttled | Meaning::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::outcome::AccountFault;

    use super::*;

    #[test]
    fn an_error_about_the_number_means_that_the_account_works() {
        let state = |kind: &str, reason: &str| {
            let body = format!(r#"{{"__type": "{kind}", "Reason": "{reason}"}}"#);
            read(&Answer { status: 400, retry_after: None, body: body.into() })
        };
        let works = AccountState::Works { balance: None };
        assert_eq!(state("ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED"), works);
        for (kind, reason, fault) in [
            ("AccessDeniedException", "ACCOUNT_DISABLED", AccountFault::OnHold),
            ("AccessDeniedException", "", AccountFault::Credentials),
            ("UnrecognizedClientException", "", AccountFault::Credentials),
            ("ConflictException", "NO_ORIGINATION_IDENTITIES_FOUND", AccountFault::SenderRefused),
        ] {
            assert_eq!(state(kind, reason), AccountState::Fault(fault), "{kind} {reason}");
        }
        assert_eq!(state("ThrottlingException", ""), AccountState::Unclear { status: 400 });
        let page = Answer { status: 200, retry_after: None, body: "<html>".into() };
        assert_eq!(read(&page), AccountState::Unclear { status: 200 });
    }
}
