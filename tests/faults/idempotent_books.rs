//! `Idempotency-Key` of requests that are more than one transaction: contacts and opt-outs.

use http::Method;
use serde_json::{Value, json};

use crate::{
    points::Trial,
    rig::{At, Ground, Lived, RECIPIENTS, Rig},
    truth::Truth,
};

const OPT_OUTS: &str = "/v1/opt-outs/";
const NEW: [&str; 3] = ["+254722500001", "+254722500002", "+254722500003"];

fn contacts_of(rig: &Rig<'_>) -> String {
    format!("/v1/address-books/{}/contacts/", rig.book)
}

fn new_contacts() -> Value {
    NEW.iter().map(|phone| json!({"phone": phone})).collect()
}

/// A member of an answer to a request that reads, and is repeated if it crashes.
async fn read(rig: &Rig<'_>, path: &str, member: &str) -> Value {
    loop {
        if let Lived::Ended(answer) = rig.own(At::Books, Method::GET, path, "read", &json!({})).await {
            return answer.json()[member].take();
        }
    }
}

async fn contacts(rig: &Rig<'_>) -> Value {
    read(rig, &format!("/v1/address-books/{}/", rig.book), "contact_count").await
}

#[tokio::test]
async fn concurrent_imports_with_one_key_are_carried_out_once() {
    let ground = Ground::start().await;
    let rig = Rig::on(&ground, Truth::accepting()).await;
    let (path, body) = (contacts_of(&rig), new_contacts());
    let opt_outs = json!({"phones": NEW});
    for (path, body) in [(path.as_str(), &body), (OPT_OUTS, &opt_outs)] {
        let asks = (0..6).map(|_| rig.own(At::Books, Method::POST, path, path, body));
        let answers = tests::all(asks).await;
        let answers: Vec<_> = answers
            .into_iter()
            .filter_map(|lived| match lived {
                Lived::Ended(answer) => Some(answer),
                Lived::Died => None,
            })
            .collect();
        let done: Vec<_> = answers.iter().filter(|answer| answer.status < 300).collect();
        assert!(answers.iter().all(|answer| answer.status < 300 || answer.status == 409), "{answers:?}");
        assert_eq!(done.iter().filter(|answer| !answer.is_replay).count(), 1, "{answers:?}");
        assert!(done.iter().all(|answer| answer.body == done[0].body), "{answers:?}");
    }
    assert_eq!(contacts(&rig).await, RECIPIENTS + NEW.len() as u64);
    assert_eq!(read(&rig, OPT_OUTS, "total").await, NEW.len());
    rig.finish("six at once").await;
}

#[tokio::test]
async fn imports_that_crash_at_any_call_are_carried_out_once_with_their_key() {
    let ground = Ground::start().await;
    let add = async |rig: &Rig<'_>, (): &()| {
        rig.insist_at(At::Books, &contacts_of(rig), "once", &new_contacts()).await;
        assert_eq!(contacts(rig).await, RECIPIENTS + NEW.len() as u64);
    };
    let opt_out = async |rig: &Rig<'_>, (): &()| {
        rig.insist_at(At::Books, OPT_OUTS, "once", &json!({"phones": NEW})).await;
        assert_eq!(read(rig, OPT_OUTS, "total").await, NEW.len());
    };
    Trial::new(&ground, "contacts", 2).of(async |_| (), add).await;
    Trial::new(&ground, "opt-outs", 1).of(async |_| (), opt_out).await;
}

#[tokio::test]
async fn one_key_in_two_organisations_is_two_keys() {
    let ground = Ground::start().await;
    let (one, other) =
        (Rig::on(&ground, Truth::accepting()).await, Rig::on(&ground, Truth::accepting()).await);
    for rig in [&one, &other] {
        let answer = rig.send("once", &json!({})).await;
        assert!(matches!(&answer, Lived::Ended(answer) if answer.status == 202 && !answer.is_replay));
        rig.finish("one key of two").await;
        // The crash points of one request are not those of the other.
        rig.unharmed();
    }
    for rig in [&one, &other] {
        assert_eq!(rig.campaigns().await.len(), 1);
    }
}
