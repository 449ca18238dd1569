//! The adapter and the fake: each reads what the other sends.

use domain::{
    msisdn::Msisdn,
    outcome::{AccountFault, Refusal, RefusalReason, SendOutcome},
    receipt::Reported,
};
use platform::stage::Stage;
use provider_emulators::{serve, twilio::FakeTwilio};
use providers::{About, Account, Submitted, twilio::KIND};
use serde_json::json;

use crate::subject::{Subject, submission};

const ACCOUNT_SID: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const AUTH_TOKEN: &str = "f1e2d3c4b5a697887766554433221100";
const A: u64 = 254_711_000_001;
const B: u64 = 254_711_000_002;

/// For the contract tests. Twilio suspends an account that has no balance.
pub const SUBJECT: Subject = Subject {
    kind: &KIND,
    account,
    fault: AccountFault::OnHold,
    answer: |taken, _| match taken {
        [recipient] => (201, json!({"sid": Subject::id(recipient), "status": "queued"}).to_string()),
        _ => (400, json!({"code": 20_005, "message": "Account not active", "status": 400}).to_string()),
    },
    id: Subject::id,
};

fn account(url: &str) -> Account {
    Account::new(&KIND, Stage::Test)
        .with("account_sid", ACCOUNT_SID)
        .with("base_url", url)
        .with_secret("auth_token", AUTH_TOKEN)
        .called_at(Some("https://sms.example.com".to_owned()))
}

async fn start(auth_token: &str, senders: &[&str]) -> (FakeTwilio, String) {
    let fake = FakeTwilio::new(ACCOUNT_SID, auth_token, senders);
    let url = serve(fake.router()).await.unwrap();
    (fake, url)
}

#[tokio::test]
async fn each_recipient_has_its_own_request_and_answer() {
    let (fake, url) = start(AUTH_TOKEN, &["ACME"]).await;
    fake.answer_number(Msisdn::from_digits(B).unwrap(), 21_610);
    let submitted = account(&url).connect().unwrap().submit(&submission(&[A, B])).await;
    let [SendOutcome::Accepted { provider_message_id: Some(sid) }, refused] = submitted.outcomes() else {
        panic!("{submitted:?}");
    };
    assert!(sid.starts_with("SM") && sid.len() == 34, "{sid}");
    let opted_out = Refusal { reason: RefusalReason::OptedOut, provider_code: "21610".into() };
    assert_eq!(refused, &SendOutcome::Refused(opted_out));
    assert_eq!(fake.requests().len(), 2);
}

#[tokio::test]
async fn an_account_that_may_not_send_is_a_fault_of_the_account() {
    let one = submission(&[A]);
    let (_, url) = start("another token", &["ACME"]).await;
    let refused = account(&url).connect().unwrap().submit(&one).await;
    assert_eq!(refused, Submitted::account_fault(&one, AccountFault::Credentials));
    let (_, url) = start(AUTH_TOKEN, &["OTHER"]).await;
    let refused = account(&url).connect().unwrap().submit(&one).await;
    assert_eq!(refused, Submitted::account_fault(&one, AccountFault::SenderRefused));
}

#[tokio::test]
async fn a_full_queue_and_a_server_error_are_different_outcomes() {
    let (fake, url) = start(AUTH_TOKEN, &[]).await;
    let (provider, one) = (account(&url).connect().unwrap(), submission(&[A]));
    fake.answer_number(Msisdn::from_digits(A).unwrap(), 21_611);
    assert_eq!(provider.submit(&one).await, Submitted::throttled(&one, None));
    fake.answer_number(Msisdn::from_digits(A).unwrap(), 20_500);
    assert_eq!(provider.submit(&one).await, Submitted::unknown(&one));
}

#[tokio::test]
async fn the_callbacks_of_the_fake_are_read_as_twilios() {
    let (fake, url) = start(AUTH_TOKEN, &[]).await;
    fake.report_number(Msisdn::from_digits(A).unwrap(), "undelivered", Some(30_003));
    let one = submission(&[A]);
    let account = account(&url);
    account.connect().unwrap().submit(&one).await;
    let reader = account.callback_reader().unwrap().unwrap();
    let callbacks = fake.outbox().take();
    let [sent, failed] = callbacks.as_slice() else { panic!("{} callbacks", callbacks.len()) };
    let [sent, failed] = [sent, failed].map(|callback| {
        let (url, headers, body) = (callback.uri().to_string(), callback.headers(), callback.body());
        let callback = providers::Callback { url: &url, path_secret: None, headers, body };
        reader.reports(&callback).unwrap().remove(0)
    });
    assert_eq!(sent.about, About::Reference(one.recipients()[0].reference));
    assert_eq!(
        (sent.receipt.reported, failed.receipt.reported),
        (Reported::InTransit, Reported::Undelivered)
    );
    assert_eq!(failed.receipt.code.as_deref(), Some("30003"));
}
