//! The adapter and the fake: each reads what the other sends.

use domain::{
    msisdn::Msisdn,
    outcome::{AccountFault, SendOutcome},
    receipt::Reported,
};
use platform::stage::Stage;
use provider_emulators::{infobip::FakeInfobip, serve};
use providers::{
    About, Account, Callback, Recipient, Submission, Submitted,
    infobip::{KIND, MessageId},
};
use serde_json::{Value, json};

use crate::subject::{Subject, submission};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const A: u64 = 254_711_000_001;
const B: u64 = 254_711_000_002;
const NOT_ENOUGH_CREDITS: u32 = 12;
const SYSTEM_ERROR: u32 = 21;

/// For the contract tests.
pub const SUBJECT: Subject = Subject {
    kind: &KIND,
    account,
    fault: AccountFault::BalanceEmpty,
    answer: |taken, refused| {
        let empty = |recipient: &Recipient| row(recipient, NOT_ENOUGH_CREDITS);
        let accepted = |recipient: &Recipient| row(recipient, 26);
        let rows: Value = taken.iter().map(accepted).chain(refused.iter().map(empty)).collect();
        (200, json!({"bulkId": "2034072219640523072", "messages": rows}).to_string())
    },
    id: |recipient| MessageId::of(recipient).to_string(),
};

fn row(recipient: &Recipient, status: u32) -> Value {
    json!({"messageId": MessageId::of(recipient).to_string(), "status": {"id": status}})
}

fn account(url: &str) -> Account {
    Account::new(&KIND, Stage::Test)
        .with("base_url", url)
        .with_secret("api_key", "ib_test")
        .with_secret("callback_secret", SECRET)
        .called_at(Some("https://sms.example.com".to_owned()))
}

async fn start(key: &str, senders: &[&str]) -> (FakeInfobip, String) {
    let fake = FakeInfobip::new(key, senders);
    let url = serve(fake.router()).await.unwrap();
    (fake, url)
}

#[tokio::test]
async fn a_submission_is_taken_and_each_recipient_answered() {
    let (fake, url) = start("ib_test", &["ACME"]).await;
    fake.answer_number(Msisdn::from_digits(B).unwrap(), NOT_ENOUGH_CREDITS);
    let submission = submission(&[A, B]);
    let submitted = account(&url).connect().unwrap().submit(&submission).await;
    let id = Some(MessageId::of(&submission.recipients()[0]).to_string());
    let accepted = SendOutcome::Accepted { provider_message_id: id };
    assert_eq!(submitted.outcomes(), [accepted, SendOutcome::NotTaken]);
    assert_eq!(submitted.signals().fault, Some(AccountFault::BalanceEmpty));
    assert_eq!(fake.requests().len(), 1);
}

#[tokio::test]
async fn an_account_that_may_not_send_is_a_fault_of_the_account() {
    let submission = submission(&[A, B]);
    let (_, url) = start("another key", &["ACME"]).await;
    let refused = account(&url).connect().unwrap().submit(&submission).await;
    assert_eq!(refused, Submitted::account_fault(&submission, AccountFault::Credentials));
    let (_, url) = start("ib_test", &["OTHER"]).await;
    let refused = account(&url).connect().unwrap().submit(&submission).await;
    assert_eq!(refused, Submitted::account_fault(&submission, AccountFault::SenderRefused));
}

#[tokio::test]
async fn a_repeated_hand_over_is_unknown_and_one_after_a_refusal_is_new() {
    let (fake, url) = start("ib_test", &[]).await;
    let (provider, first) = (account(&url).connect().unwrap(), submission(&[A]));
    fake.answer_number(Msisdn::from_digits(A).unwrap(), SYSTEM_ERROR);
    assert_eq!(provider.submit(&first).await.outcomes(), [SendOutcome::PutOff]);
    assert_eq!(provider.submit(&first).await.outcomes(), [SendOutcome::Unknown], "the same id again");
    fake.answer_number(Msisdn::from_digits(A).unwrap(), 26);
    let recipients = first.recipients().iter().map(|r| Recipient { times_put_off: 1, ..*r }).collect();
    let again = Submission::new(first.sender().clone(), first.text().clone(), recipients).unwrap();
    assert!(matches!(provider.submit(&again).await.outcomes(), [SendOutcome::Accepted { .. }]));
}

#[tokio::test]
async fn the_reports_of_the_fake_come_in_one_callback() {
    let (fake, url) = start("ib_test", &[]).await;
    fake.report_number(Msisdn::from_digits(B).unwrap(), 9);
    let (account, submission) = (account(&url), submission(&[A, B]));
    account.connect().unwrap().submit(&submission).await;
    let callbacks = fake.outbox().take();
    let [callback] = callbacks.as_slice() else { panic!("{} callbacks", callbacks.len()) };
    let (url, headers, body) = (callback.uri().to_string(), callback.headers(), callback.body());
    assert_eq!(url, format!("https://sms.example.com/v1/providers/infobip/receipts/{SECRET}/"));
    let reader = account.callback_reader().unwrap().unwrap();
    let callback = Callback { url: &url, path_secret: Some(SECRET), headers, body };
    let reports = reader.reports(&callback).unwrap();
    let reported: Vec<_> = reports.iter().map(|report| report.receipt.reported).collect();
    assert_eq!(reported, [Reported::Delivered, Reported::Undelivered]);
    assert_eq!(reports[0].about, About::Reference(submission.recipients()[0].reference));
    assert_eq!(reports[1].receipt.code.as_deref(), Some("EC_ABSENT_SUBSCRIBER"));
}
