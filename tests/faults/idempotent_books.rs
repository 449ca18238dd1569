//! `Idempotency-Key` of requests that are more than one transaction: contacts and opt-outs.

use http::Method;
use serde_json::{Value, json};

use crate::{
    points::Trial,
    system::{At, FaultSystem, RECIPIENTS, SharedEmulators, UnlessKilled},
    truth::Truth,
};

const OPT_OUTS: &str = "/v1/opt-outs/";
const NEW: [&str; 3] = ["+254722500001", "+254722500002", "+254722500003"];

fn contacts_of(system: &FaultSystem<'_>) -> String {
    format!("/v1/address-books/{}/contacts/", system.book)
}

fn new_contacts() -> Value {
    NEW.iter().map(|phone| json!({"phone": phone})).collect()
}

/// A member of an answer to a request that reads, and is repeated if it crashes.
async fn read(system: &FaultSystem<'_>, path: &str, member: &str) -> Value {
    loop {
        if let UnlessKilled::Ended(answer) =
            system.own(At::Books, Method::GET, path, "read", &json!({})).await
        {
            return answer.json()[member].take();
        }
    }
}

async fn contacts(system: &FaultSystem<'_>) -> Value {
    read(system, &format!("/v1/address-books/{}/", system.book), "contact_count").await
}

#[tokio::test]
async fn concurrent_imports_with_one_key_are_carried_out_once() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::accepting()).await;
    let (path, body) = (contacts_of(&system), new_contacts());
    let opt_outs = json!({"phones": NEW});
    for (path, body) in [(path.as_str(), &body), (OPT_OUTS, &opt_outs)] {
        let asks = (0..6).map(|_| system.own(At::Books, Method::POST, path, path, body));
        let answers = tests::all(asks).await;
        let answers: Vec<_> = answers
            .into_iter()
            .filter_map(|lived| match lived {
                UnlessKilled::Ended(answer) => Some(answer),
                UnlessKilled::Killed => None,
            })
            .collect();
        let done: Vec<_> = answers.iter().filter(|answer| answer.status < 300).collect();
        assert!(answers.iter().all(|answer| answer.status < 300 || answer.status == 409), "{answers:?}");
        assert_eq!(done.iter().filter(|answer| !answer.is_replay).count(), 1, "{answers:?}");
        assert!(done.iter().all(|answer| answer.body == done[0].body), "{answers:?}");
    }
    assert_eq!(contacts(&system).await, RECIPIENTS + NEW.len() as u64);
    assert_eq!(read(&system, OPT_OUTS, "total").await, NEW.len());
    system.finish("six at once").await;
}

#[tokio::test]
async fn imports_that_crash_at_any_call_are_carried_out_once_with_their_key() {
    let emulators = SharedEmulators::start().await;
    let add = async |system: &FaultSystem<'_>, (): &()| {
        system.insist_at(At::Books, &contacts_of(system), "once", &new_contacts()).await;
        assert_eq!(contacts(system).await, RECIPIENTS + NEW.len() as u64);
    };
    let opt_out = async |system: &FaultSystem<'_>, (): &()| {
        system.insist_at(At::Books, OPT_OUTS, "once", &json!({"phones": NEW})).await;
        assert_eq!(read(system, OPT_OUTS, "total").await, NEW.len());
    };
    Trial::new(&emulators, "contacts", 2).of(async |_| (), add).await;
    Trial::new(&emulators, "opt-outs", 1).of(async |_| (), opt_out).await;
}

#[tokio::test]
async fn one_key_in_two_organisations_is_two_keys() {
    let emulators = SharedEmulators::start().await;
    let (one, other) = (
        FaultSystem::on(&emulators, Truth::accepting()).await,
        FaultSystem::on(&emulators, Truth::accepting()).await,
    );
    for system in [&one, &other] {
        let answer = system.send("once", &json!({})).await;
        assert!(matches!(&answer, UnlessKilled::Ended(answer) if answer.status == 202 && !answer.is_replay));
        system.finish("one key of two").await;
        // The second request has crash points of its own.
        system.unharmed();
    }
    for system in [&one, &other] {
        assert_eq!(system.campaigns().await.len(), 1);
    }
}
