//! Accounts at providers: those that an operator adds are called back, hold and open, and send.

use ::dispatch::{Dispatcher, StartError};
use domain::{ids::AccountName, stop::STOP_DELAY, timestamp::Millis};
use http::Method;
use serde_json::json;
use stores::{Changed, Creation, accounts::provider_accounts::StoredAccount};
use tests::{World, phones, stored};

const SECRET: &str = "5555555555555555555555555555555a";
const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];

fn account(name: &'static str, kind: &str, settings: &[(&str, &str)]) -> StoredAccount {
    let setting = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let settings = settings.iter().map(setting).collect();
    StoredAccount::new(AccountName::new(name), kind, settings)
}

/// A world whose secret document has the secrets of two accounts at Africa's Talking.
async fn world() -> World {
    let document =
        json!({"at-ke": {"api_key": "atsk_1", "callback_secret": SECRET}, "at-ug": {"api_key": "atsk_2"}});
    World::start_over(&providers::sandbox::KIND, [("PROVIDER_SECRETS", document.to_string())]).await
}

#[tokio::test]
async fn an_added_account_gets_callbacks_and_its_secret_is_not_valid_for_another_account() {
    let world = world().await;
    let numbers = phones(0..1);
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.drain().await;
    let row = world.message_of(1, numbers[0].trim_start_matches('+')).await;
    let (id, mobile) = (row["provider_message_id"].as_str().unwrap(), row["mobile"].as_str().unwrap());
    let body = format!("id={id}&status=Success&phoneNumber=%2B{mobile}&networkCode=63902");
    let api = world.api.without_key();
    let call = async |account: &str, secret: &str| {
        let path = format!("/v1/providers/{account}/receipts/{secret}/");
        api.call(Method::POST, &path, &FORM, body.clone()).await
    };
    let detail = call("at-ke", SECRET).await.refused(404, "unknown_path");
    assert!(detail.contains("No provider account of this name"), "{detail}");

    let accounts = stored::stores(&world.stack).accounts.providers;
    for added in [
        account("at-ke", "africastalking", &[("username", "acme")]),
        account("at-ug", "africastalking", &[("username", "acme-ug")]),
        account("odd", "carrier-pigeon", &[]),
    ] {
        assert_eq!(accounts.add(&added).await.unwrap(), Creation::Created);
        assert_eq!(accounts.add(&added).await.unwrap(), Creation::IdTaken);
    }
    // Calls of unknown accounts make the function read the list at most once in half a minute.
    call("at-ke", SECRET).await.refused(404, "unknown_path");
    world.clock().advance(Millis::from_secs(30));
    call("at-ke", &SECRET.replace('a', "b")).await.refused(403, "forged_callback");
    call("at-ug", SECRET).await.refused(503, "unavailable");
    call("odd", SECRET).await.refused(404, "unknown_path");
    assert_eq!(world.message_of(1, mobile).await["status"], "sent");
    assert_eq!(call("at-ke", SECRET).await.status, 200);
    world.drain().await;
    assert_eq!(world.message_of(1, mobile).await["status"], "delivered");
}

#[tokio::test]
async fn while_an_account_is_held_its_campaigns_wait_and_no_recipient_is_lost() {
    let world = World::start_small().await;
    let (book, stops) =
        (world.book("Book", &phones(0..110)).await, stored::stores(&world.stack).accounts.stops);
    let sandbox = AccountName::new("sandbox");
    stops.hold(sandbox, Some("a contract ends"), world.now()).await.unwrap();
    stops.hold(AccountName::new("at-ke"), None, world.now()).await.unwrap();
    world.send(&[&book]).await;
    world.as_test().await.send(&[&book]).await;
    world.drain().await;
    let status = world.status(1).await;
    assert_eq!(
        (&status["queued_count"], &status["waiting"]["reason"]),
        (&json!(110), &json!("operator_stopped"))
    );
    assert!(!status.to_string().contains("contract"), "the reason is the operator's");
    assert_eq!(world.as_test().await.status(2).await["status"], "completed", "a test needs no account");
    assert_eq!(world.inbox().messages, 0);

    stops.open(sandbox).await.unwrap();
    world.clock().advance(Millis::from_mins(3));
    assert!(STOP_DELAY < Millis::from_mins(3));
    world.tick().await;
    world.drain().await;
    assert_eq!(world.status(1).await["sent_count"], 110, "the hold of another account keeps none");
}

#[tokio::test]
async fn dispatch_starts_with_the_account_that_its_parameter_names() {
    let world = world().await;
    let start = async |provider: &str| {
        let lookup = |name: &str| match name {
            "PROVIDER" => Some(provider.to_owned()),
            name => world.stack.variables().get(name).cloned(),
        };
        Dispatcher::start(&lookup).await
    };
    let missing = start("at-ke").await.unwrap_err();
    assert!(matches!(missing, StartError::UnknownAccount(_)), "{missing}");
    let accounts = stored::stores(&world.stack).accounts.providers;
    let added = account("at-ke", "africastalking", &[("username", "acme")]);
    assert_eq!(accounts.add(&added).await.unwrap(), Creation::Created);
    let dispatcher = start("at-ke").await.unwrap();
    let connected = dispatcher.accounts.current(&dispatcher.stores, &dispatcher.clock).await.unwrap();
    let provider = &connected.account(added.name).unwrap().provider;
    assert_eq!((provider.account(), provider.kind().name), (added.name, "africastalking"));
    assert!(!format!("{dispatcher:?}").contains("atsk"));

    assert_eq!(accounts.remove(added.name).await.unwrap(), Changed::Done);
    let incomplete = account("at-ke", "africastalking", &[("user", "acme")]);
    assert_eq!(accounts.add(&incomplete).await.unwrap(), Creation::Created);
    let error = start("at-ke").await.unwrap_err().to_string();
    assert!(error.contains("username is not set") && error.contains("user is not a setting"), "{error}");
}
