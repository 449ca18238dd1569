//! A second account, which gets what the first one definitely does not take.

use domain::{ids::AccountName, msisdn::Msisdn, outcome::AccountFault, pacing::Closure};
use http::Method;
use platform::telemetry;
use provider_emulators::{africastalking::FakeAfricasTalking, serve};
use providers::africastalking;
use serde_json::json;
use stores::{
    Creation, StoreError,
    accounts::{provider_accounts::StoredAccount, routing::ROUTING_DELAY},
};
use tests::{World, alarms, audit::ProviderTruth, phones, stored};

use crate::reports::report_delivery;

const SECOND: AccountName = AccountName::new("at-two");
/// The secret of its callback address.
const SECRET: &str = "5555555555555555555555555555555a";
/// Documented status codes of one recipient.
const UNSUPPORTED_NUMBER_TYPE: u16 = 404;
const INSUFFICIENT_BALANCE: u16 = 405;
const USER_IN_BLACKLIST: u16 = 406;
const COULD_NOT_ROUTE: u16 = 407;
/// A code that is not documented: the message may have gone out.
const UNLISTED: u16 = 199;

/// A world whose routes lead to the account of its parameters, and then to one that was added.
async fn start() -> (World, FakeAfricasTalking, FakeAfricasTalking) {
    let first = FakeAfricasTalking::new("acme", "atsk_one", &["TALKNTALK"]);
    let second = FakeAfricasTalking::new("acme", "atsk_two", &["TALKNTALK"]);
    let secrets = json!({
        "africastalking": {"api_key": "atsk_one"},
        "at-two": {"api_key": "atsk_two", "callback_secret": SECRET},
    });
    let variables = [
        ("AFRICASTALKING_USERNAME", "acme".to_owned()),
        ("AFRICASTALKING_BASE_URL", serve(first.router()).await.unwrap()),
        ("PROVIDER_SECRETS", secrets.to_string()),
    ];
    let world = World::start_over(&africastalking::KIND, variables).await;
    let settings = [
        ("username".to_owned(), "acme".to_owned()),
        ("base_url".to_owned(), serve(second.router()).await.unwrap()),
    ];
    let accounts = stored::stores(&world.stack).accounts;
    let added = StoredAccount::new(SECOND, "africastalking", settings.into());
    assert_eq!(accounts.providers.add(&added).await.unwrap(), Creation::Created);
    let route = |_| {
        let routes = vec!["=africastalking,at-two".parse().unwrap()];
        Ok::<_, StoreError>(domain::routes::RouteList::new(routes).unwrap())
    };
    accounts.routing.change(None, route).await.unwrap();
    world.clock().advance(ROUTING_DELAY);
    (world, first, second)
}

fn msisdn(phone: &str) -> Msisdn {
    Msisdn::parse_e164(phone).unwrap()
}

#[tokio::test]
async fn the_second_account_gets_the_recipients_that_the_first_does_not_take_and_no_others() {
    let (world, first, second) = start().await;
    let numbers = phones(0..4);
    first.answer_number(msisdn(&numbers[1]), COULD_NOT_ROUTE);
    first.answer_number(msisdn(&numbers[2]), UNSUPPORTED_NUMBER_TYPE);
    first.answer_number(msisdn(&numbers[3]), USER_IN_BLACKLIST);
    second.answer_number(msisdn(&numbers[2]), COULD_NOT_ROUTE);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.stack.drain().await.unwrap();
    let status = world.status(1).await;
    assert_eq!((&status["status"], &status["sent_count"]), (&json!("completed"), &json!(2)));
    assert_eq!((first.requests().len(), second.requests().len()), (1, 1));
    let code =
        async |number: &str| world.message_of(1, number.trim_start_matches('+')).await["error_code"].clone();
    assert_eq!(code(&numbers[2]).await, "not_routed", "what the last account said");
    assert_eq!(code(&numbers[3]).await, "opted_out", "no other account is asked");

    // The first account's balance is used up: it is closed, and the campaign goes on without a pause.
    telemetry::record();
    first.answer_number(msisdn(&numbers[0]), INSUFFICIENT_BALANCE);
    first.answer_number(msisdn(&numbers[1]), INSUFFICIENT_BALANCE);
    let book = world.book("Others", &numbers[..2]).await;
    world.send(&[&book]).await;
    world.stack.drain().await.unwrap();
    let status = world.status(2).await;
    assert_eq!((&status["status"], &status["sent_count"]), (&json!("completed"), &json!(2)));
    let turns = world.stack.stores().campaigns.account_turns(africastalking::KIND.account()).await.unwrap();
    let fault = turns.turns().closure().as_ref().map(Closure::fault);
    assert_eq!(fault, Some(AccountFault::BalanceEmpty));
    assert_eq!(alarms::ringing(&telemetry::take_recorded()), ["AccountsClosedAlarm"]);
    world.send(&[&book]).await;
    world.stack.drain().await.unwrap();
    assert_eq!((first.requests().len(), second.requests().len()), (2, 3), "the closed account is left alone");

    let mut truth = ProviderTruth::new();
    truth.took_number(msisdn(&numbers[0]).as_u64(), 3);
    truth.took_number(msisdn(&numbers[1]).as_u64(), 3);
    let verdict = world.judged(truth).await;
    assert!(verdict.is_clean(), "{verdict}");
}

#[tokio::test]
async fn what_the_first_account_reports_does_not_settle_a_message_that_the_second_may_have_taken() {
    let (world, first, second) = start().await;
    let numbers = phones(0..1);
    first.answer_number(msisdn(&numbers[0]), COULD_NOT_ROUTE);
    second.answer_number(msisdn(&numbers[0]), UNLISTED);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.stack.drain().await.unwrap();
    assert_eq!(world.status(1).await["unconfirmed_count"], 1);
    report_delivery(&world, &numbers[0], "ATXid_first").await;
    world.stack.drain().await.unwrap();
    assert_eq!(world.status(1).await["unconfirmed_count"], 1);
}

#[tokio::test]
async fn a_report_without_a_reference_is_looked_for_in_finished_campaigns_of_its_account_alone() {
    let (world, first, second) = start().await;
    let numbers = phones(0..1);
    first.answer_number(msisdn(&numbers[0]), COULD_NOT_ROUTE);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.stack.drain().await.unwrap();
    assert_eq!(second.requests().len(), 1);
    let row = world.message_of(1, numbers[0].trim_start_matches('+')).await;
    assert_eq!(row["status"], "sent");
    let id = row["provider_message_id"].as_str().unwrap();

    report_delivery(&world, &numbers[0], id).await;
    assert_eq!(world.queued_messages().await, 0, "the first account had none of its recipients");
    let path = format!("/v1/providers/{SECOND}/receipts/{SECRET}/");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!("id={id}&status=Success&phoneNumber=%2B{}", &numbers[0][1..]);
    let answer = world.api.without_key().call(Method::POST, &path, &form, body).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
    assert_eq!(world.queued_messages().await, 1);
    world.stack.drain().await.unwrap();
    assert_eq!(world.status(1).await["delivered_count"], 1);
}
