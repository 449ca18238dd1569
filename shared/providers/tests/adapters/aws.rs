//! The adapter and the fake: each reads what the other sends.

use domain::{
    msisdn::Msisdn,
    outcome::{AccountFault, Refusal, RefusalReason, SendOutcome},
    receipt::Reported,
};
use platform::stage::Stage;
use provider_emulators::{aws::FakeAws, serve};
use providers::{
    About, Account, Submitted,
    aws::{KIND, receipt},
};
use serde_json::json;

use crate::subject::{Subject, submission};

const KEY: &str = "AKIDEXAMPLE";
const A: u64 = 254_711_000_001;
const B: u64 = 254_711_000_002;

/// For the contract tests.
pub const SUBJECT: Subject = Subject {
    kind: &KIND,
    account,
    fault: AccountFault::BalanceEmpty,
    answer: |taken, _| match taken {
        [recipient] => (200, json!({"MessageId": Subject::id(recipient)}).to_string()),
        _ => {
            let reason = "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT";
            (400, json!({"__type": "ServiceQuotaExceededException", "Reason": reason}).to_string())
        }
    },
    id: Subject::id,
};

fn account(url: &str) -> Account {
    Account::new(&KIND, Stage::Test)
        .with("region", "eu-west-1")
        .with("configuration_set", "sms")
        .with("base_url", url)
        .with_secret("access_key_id", KEY)
        .with_secret("secret_access_key", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
}

async fn start(key: &str, identities: &[&str]) -> (FakeAws, String) {
    let fake = FakeAws::new(key, identities);
    let url = serve(fake.router()).await.unwrap();
    (fake, url)
}

#[tokio::test]
async fn each_recipient_has_its_own_request_and_answer() {
    let (fake, url) = start(KEY, &["ACME"]).await;
    let opted_out = "DESTINATION_PHONE_NUMBER_OPTED_OUT";
    fake.answer_number(Msisdn::from_digits(B).unwrap(), "ConflictException", Some(opted_out));
    let submitted = account(&url).connect().unwrap().submit(&submission(&[A, B])).await;
    let [SendOutcome::Accepted { provider_message_id: Some(_) }, refused] = submitted.outcomes() else {
        panic!("{submitted:?}");
    };
    let expected = Refusal { reason: RefusalReason::OptedOut, provider_code: opted_out.into() };
    assert_eq!(refused, &SendOutcome::Refused(expected));
    assert_eq!(fake.requests().len(), 2);
}

#[tokio::test]
async fn an_account_that_may_not_send_is_a_fault_of_the_account() {
    let one = submission(&[A]);
    let (_, url) = start("another key", &["ACME"]).await;
    let refused = account(&url).connect().unwrap().submit(&one).await;
    assert_eq!(refused, Submitted::account_fault(&one, AccountFault::Credentials));
    let (_, url) = start(KEY, &["OTHER"]).await;
    let refused = account(&url).connect().unwrap().submit(&one).await;
    assert_eq!(refused, Submitted::account_fault(&one, AccountFault::SenderRefused));
}

#[tokio::test]
async fn a_throttled_call_is_not_taken_and_an_internal_error_is_unknown() {
    let (fake, url) = start(KEY, &[]).await;
    let (provider, one) = (account(&url).connect().unwrap(), submission(&[A]));
    fake.answer_number(Msisdn::from_digits(A).unwrap(), "ThrottlingException", None);
    assert_eq!(provider.submit(&one).await, Submitted::throttled(&one, None));
    fake.answer_number(Msisdn::from_digits(A).unwrap(), "InternalServerException", None);
    assert_eq!(provider.submit(&one).await, Submitted::unknown(&one));
}

#[tokio::test]
async fn the_events_of_the_fake_are_read_as_the_services() {
    let (fake, url) = start(KEY, &[]).await;
    fake.report_number(Msisdn::from_digits(A).unwrap(), "TEXT_CARRIER_BLOCKED");
    let one = submission(&[A]);
    account(&url).connect().unwrap().submit(&one).await;
    let events = fake.take_events();
    let [pending, blocked] = events.as_slice() else { panic!("{} events", events.len()) };
    let [pending, blocked] = [pending, blocked].map(|event| receipt::parse(event).unwrap());
    assert_eq!(pending.about, About::Reference(one.recipients()[0].reference));
    assert_eq!(pending.receipt.reported, Reported::InTransit);
    assert_eq!(blocked.receipt.reported, Reported::Undelivered);
    assert_eq!(blocked.receipt.code.as_deref(), Some("TEXT_CARRIER_BLOCKED"));
}
