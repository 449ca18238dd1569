//! Accounts at providers: those that an operator adds are called back, hold and open, and send.

use std::sync::{Arc, Mutex};

use ::dispatch::{Dispatcher, StartError};
use callbacks::{CallbackAccounts, Callbacks, Configuration};
use domain::{ids::AccountName, stop::STOP_DELAY, timestamp::Millis};
use http::Method;
use lambda_http::{Body, Service};
use platform::environment::Environment;
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
    // The second one pauses the campaign, so that the message may be of any account.
    let numbers = [phones(0..1), world.magic(&["000021"])].concat();
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

/// The secret document as it is stored now, and how often it was read since the start. `None` if it cannot be read.
#[derive(Clone, Default)]
struct Document(Arc<Mutex<(Option<String>, usize)>>);

impl Document {
    fn store(&self, document: Option<serde_json::Value>) {
        self.0.lock().unwrap().0 = document.map(|document| document.to_string());
    }

    fn readings(&self) -> usize {
        self.0.lock().unwrap().1
    }

    fn configuration(&self) -> Option<Configuration> {
        let document = self.0.lock().unwrap().0.clone()?;
        let lookup = |name: &str| match name {
            "PROVIDER_SECRETS" => Some(document.clone()),
            "PROVIDER" => Some("africastalking".to_owned()),
            "STAGE" => Some("test".to_owned()),
            _ => None,
        };
        Some(Configuration::read(&mut Environment::new(&lookup)))
    }

    fn read_again(&self) -> Option<Configuration> {
        self.0.lock().unwrap().1 += 1;
        self.configuration()
    }

    /// Callbacks that began with the document of now.
    fn callbacks(&self, world: &World) -> Callbacks {
        let (document, stack) = (self.clone(), &world.stack);
        let read_again = Box::new(move || {
            let document = document.clone();
            Box::pin(async move { document.read_again() }) as _
        });
        let configuration = self.configuration().unwrap();
        let accounts = CallbackAccounts::renewed(configuration, world.now(), read_again);
        Callbacks::new(stack.stores().clone(), stack.queues().clone(), world.clock().clone(), accounts)
    }
}

/// The status of a callback of Africa's Talking to an account.
async fn called(callbacks: &Callbacks, account: &str, secret: &str) -> u16 {
    let request =
        http::Request::post(format!("https://sms.example/v1/providers/{account}/receipts/{secret}/"));
    let body = Body::from("id=ATPid_1&status=Success&phoneNumber=%2B254711000001");
    let request = request.header(FORM[0].0, FORM[0].1).body(body).unwrap();
    web::service(callbacks.routes()).call(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn an_added_account_and_a_rotated_secret_need_no_new_instance_and_a_flood_reads_nothing() {
    let (world, document) = (World::start().await, Document::default());
    let (deployments, rotated) = (SECRET.replace('5', "1"), SECRET.replace('5', "6"));
    document.store(Some(json!({"callback_secret": deployments})));
    let callbacks = document.callbacks(&world);
    let at = async |account: &str, secret: &str| called(&callbacks, account, secret).await;
    let later = || world.clock().advance(Millis::from_secs(30));
    assert_eq!(at("africastalking", &deployments).await, 200);
    assert_eq!((at("at-ke", SECRET).await, document.readings()), (404, 0), "they were just read");

    let accounts = stored::stores(&world.stack).accounts.providers;
    for name in ["at-ke", "at-ug"] {
        let added = account(name, "africastalking", &[("username", "acme")]);
        assert_eq!(accounts.add(&added).await.unwrap(), Creation::Created);
    }
    let keys = |secret: &str| json!({"api_key": "atsk_1", "callback_secret": secret});
    let documented = |secret: &str| json!({"callback_secret": deployments, "at-ke": keys(secret), "at-ug": {"api_key": "atsk_2"}});
    document.store(Some(documented(SECRET)));
    later();
    assert_eq!((at("at-ke", SECRET).await, document.readings()), (200, 1), "an added account");
    for opened in ["at-ke", "at-ug"] {
        assert_ne!(at(opened, &deployments).await, 200, "{opened} is not the deployment's");
    }

    later();
    document.store(Some(documented(&rotated)));
    assert_eq!((at("at-ke", &rotated).await, document.readings()), (200, 2), "a rotated secret");
    assert_eq!(at("at-ke", SECRET).await, 403);

    later();
    document.store(None);
    for guess in 0..200 {
        assert_eq!(at("at-ke", &format!("{guess:032}")).await, 403);
        assert_eq!(at("nobody", SECRET).await, 503, "it may have been added");
    }
    assert_eq!(document.readings(), 3);
    document.store(Some(documented(&rotated)));
    later();
    assert_eq!((at("nobody", SECRET).await, document.readings()), (404, 4));
    assert_eq!(at("at-ke", &rotated).await, 200);
}

#[tokio::test]
async fn while_an_account_is_held_its_campaigns_wait_and_no_recipient_is_lost() {
    let world = World::start_with_batches_of(10).await;
    let (book, stops) =
        (world.book("Book", &phones(0..11)).await, stored::stores(&world.stack).accounts.stops);
    let sandbox = AccountName::new("sandbox");
    stops.hold(sandbox, Some("a contract ends"), world.now()).await.unwrap();
    stops.hold(AccountName::new("at-ke"), None, world.now()).await.unwrap();
    world.send(&[&book]).await;
    world.as_test().await.send(&[&book]).await;
    world.drain().await;
    let status = world.status(1).await;
    assert_eq!(
        (&status["queued_count"], &status["waiting"]["reason"]),
        (&json!(11), &json!("operator_stopped"))
    );
    assert!(!status.to_string().contains("contract"), "the reason is the operator's");
    assert_eq!(world.as_test().await.status(2).await["status"], "completed", "a test needs no account");
    assert_eq!(world.inbox().messages, 0);

    stops.open(sandbox).await.unwrap();
    world.clock().advance(Millis::from_mins(3));
    assert!(STOP_DELAY < Millis::from_mins(3));
    world.tick().await;
    world.drain().await;
    assert_eq!(world.status(1).await["sent_count"], 11, "the hold of another account keeps none");
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
    let other = start("removed").await.unwrap();
    let connected = other.accounts.current(&other.stores, &other.clock).await.unwrap();
    assert!(connected.account(added.name).is_some(), "the removed account stops no other");

    assert_eq!(accounts.remove(added.name).await.unwrap(), Changed::Done);
    let incomplete = account("at-ke", "africastalking", &[("user", "acme")]);
    assert_eq!(accounts.add(&incomplete).await.unwrap(), Creation::Created);
    let error = start("at-ke").await.unwrap_err().to_string();
    assert!(error.contains("username is not set") && error.contains("user is not a setting"), "{error}");
}
