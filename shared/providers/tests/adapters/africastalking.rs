//! The adapter and the fake: each reads what the other sends.

use domain::{
    msisdn::Msisdn,
    outcome::{AccountFault, Refusal, RefusalReason, SendOutcome},
};
use platform::stage::Stage;
use provider_emulators::{africastalking::FakeAfricasTalking, serve};
use providers::{
    Account, Provider, Recipient, Submitted,
    africastalking::{AfricasTalking, AfricasTalkingConfig, KIND},
};
use serde_json::{Value, json};

use crate::subject::{Subject, submission};

/// For the contract tests.
pub const SUBJECT: Subject = Subject {
    kind: &KIND,
    account,
    fault: AccountFault::BalanceEmpty,
    answer: |taken, refused| {
        let empty = |recipient| row(recipient, 405, "InsufficientBalance", "None");
        let accepted = |recipient: &Recipient| {
            row(recipient, 101, "Success", &format!("id-{}", recipient.msisdn.digits()))
        };
        let rows: Value = taken.iter().map(accepted).chain(refused.iter().map(empty)).collect();
        (201, json!({"SMSMessageData": {"Message": "Sent", "Recipients": rows}}).to_string())
    },
    id: Subject::id,
};

fn row(recipient: &Recipient, code: u16, status: &str, id: &str) -> Value {
    json!({"number": recipient.msisdn.e164(), "statusCode": code, "status": status, "messageId": id})
}

fn account(url: &str) -> Account {
    let account = Account::new(&KIND, Stage::Test).with("username", "acme").with("base_url", url);
    account.with_secret("api_key", "atsk_test")
}

fn africastalking(url: &str) -> AfricasTalking {
    AfricasTalking::new(AfricasTalkingConfig::new(&account(url)).unwrap()).unwrap()
}

const A: u64 = 254_711_000_001;
const B: u64 = 254_711_000_002;

async fn start(api_key: &str, senders: &[&str]) -> (FakeAfricasTalking, String) {
    let fake = FakeAfricasTalking::new("acme", api_key, senders);
    let url = serve(fake.router()).await.unwrap();
    (fake, url)
}

#[tokio::test]
async fn a_submission_is_taken_and_each_recipient_answered() {
    let (fake, url) = start("atsk_test", &["ACME"]).await;
    fake.answer_number(Msisdn::from_digits(B).unwrap(), 406);
    let submitted = africastalking(&url).submit(&submission(&[A, B])).await;
    let [SendOutcome::Accepted { provider_message_id: Some(id) }, refused] = submitted.outcomes() else {
        panic!("{submitted:?}");
    };
    assert!(id.starts_with("ATPid_"));
    let opted_out = Refusal { reason: RefusalReason::OptedOut, provider_code: "406".into() };
    assert_eq!(refused, &SendOutcome::Refused(opted_out));

    let requests = fake.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].headers["accept"], "application/json");
    assert!(requests[0].body.starts_with("username=acme&to=%2B254711000001%2C%2B254711000002&message="));
}

#[tokio::test]
async fn an_account_that_may_not_send_is_a_fault_of_the_account() {
    let submission = submission(&[A, B]);
    let (_, url) = start("another key", &["ACME"]).await;
    let refused = africastalking(&url).submit(&submission).await;
    assert_eq!(refused, Submitted::account_fault(&submission, AccountFault::Credentials));

    let (_, url) = start("atsk_test", &["OTHER"]).await;
    let refused = africastalking(&url).submit(&submission).await;
    assert_eq!(refused, Submitted::account_fault(&submission, AccountFault::SenderRefused));
}

#[tokio::test]
async fn a_balance_that_runs_out_during_a_call_is_a_fault_and_accepted_recipients_stay_accepted() {
    let (fake, url) = start("atsk_test", &["ACME"]).await;
    fake.answer_number(Msisdn::from_digits(B).unwrap(), 405);
    let submitted = africastalking(&url).submit(&submission(&[A, B])).await;
    assert!(matches!(submitted.outcomes(), [SendOutcome::Accepted { .. }, SendOutcome::NotTaken]));
    assert_eq!(submitted.signals().fault, Some(AccountFault::BalanceEmpty));
}

#[tokio::test]
async fn a_failing_gateway_makes_every_recipient_unknown() {
    let (fake, url) = start("atsk_test", &["ACME"]).await;
    fake.answer_next(502, "<html>Bad Gateway</html>");
    let provider = africastalking(&url);
    let first = submission(&[A]);
    assert_eq!(provider.submit(&first).await, Submitted::unknown(&first));
    let submitted = provider.submit(&submission(&[B])).await;
    assert!(matches!(submitted.outcomes(), [SendOutcome::Accepted { .. }]));
}
