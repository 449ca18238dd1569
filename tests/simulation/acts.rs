//! The actions of customers and operators, with their retries.

use cli::operator::{StopScope, go, stop};
use domain::{
    money::Money,
    opt_out::{OptOutOrigin, OptOutSource},
    stop::Activity,
};
use http::Request;
use lambda_http::Body;
use serde_json::{Value, json};
use stores::{ListRequest, StoreError, accounts::wallets::Posted};

use crate::{
    chance::Chance,
    customers::{Customer, PRICE, drafts, number},
    history,
    life::{invocation, request},
    shape::HORIZON,
    system::System,
};

const TRIES: u32 = 60;

/// A POST with the key of a customer.
pub fn post(customer: &Customer, path: &str, idempotency_key: Option<&str>, body: &Value) -> Request<Body> {
    let mut request = Request::post(format!("http://sms.example{path}"))
        .header("authorization", format!("Bearer {}", customer.key.reveal()))
        .header("content-type", "application/json");
    if let Some(key) = idempotency_key {
        request = request.header("idempotency-key", key);
    }
    request.body(Body::from(body.to_string())).unwrap()
}

/// Requests one campaign with one key until the answer is final; sometimes twice at the same instant.
pub async fn send(system: &System, customer: &Customer, mut chance: Chance, name: String) {
    system.time.pass(chance.secs(0, HORIZON.as_secs() * 2 / 3)).await;
    let books: &[_] = if chance.comes(500) { &customer.books } else { &customer.books[..1] };
    let mut body = json!({"group_ids": books, "message": "Your parcel is at the counter."});
    if chance.comes(250) {
        let at = system.time.now().plus(domain::timestamp::Millis::from_secs(chance.between(60, 300) as i64));
        body["scheduled_at"] = json!(at.rfc3339(domain::timestamp::Offset::EAST_AFRICA));
    }
    if chance.comes(300) {
        let other = chance.clone();
        tokio::join!(
            insist(system, customer, chance, &name, &body),
            insist(system, customer, other, &name, &body)
        );
    } else {
        insist(system, customer, chance, &name, &body).await;
    }
}

async fn insist(system: &System, customer: &Customer, mut chance: Chance, name: &str, body: &Value) {
    for _ in 0..TRIES {
        let answer = system.request(post(customer, "/v1/sms/send-group/", Some(name), body)).await;
        match answer {
            Some((202, answer)) => {
                let campaign = answer["campaign_id"].as_u64().unwrap();
                let recipients = answer["recipients_count"].as_u64().unwrap();
                let mut confirmed = customer.confirmed.lock().unwrap();
                let before = confirmed.accepted.insert(name.to_owned(), (campaign, recipients));
                assert!(before.is_none_or(|before| before == (campaign, recipients)), "a replay differs");
                return;
            }
            Some((400 | 402, answer)) if answer["code"] != "invalid_request" => return,
            Some((409 | 429 | 500.., _)) | None => system.time.pass(chance.secs(3, 40)).await,
            Some((status, answer)) => panic!("{status}: {answer}"),
        }
    }
    panic!("{name} was never answered");
}

/// Cancels, pauses or resumes some campaign, once.
pub async fn control(system: &System, customer: &Customer, mut chance: Chance) {
    system.time.pass(chance.secs(20, HORIZON.as_secs())).await;
    let campaigns: Vec<u64> =
        customer.confirmed.lock().unwrap().accepted.values().map(|(campaign, _)| *campaign).collect();
    if campaigns.is_empty() {
        return;
    }
    let (campaign, verb) =
        (chance.one_of(&campaigns), chance.one_of(&["cancel", "pause", "resume", "pause"]));
    let path = format!("/v1/sms/campaigns/{campaign}/{verb}/");
    if let Some((status, answer)) = system.request(post(customer, &path, None, &json!({}))).await {
        assert!(matches!(status, 200 | 409 | 429 | 500..), "{verb}: {status} {answer}");
    }
}

/// Tops up with one reference until it is applied, and sometimes once more.
pub async fn top_up(system: &System, customer: &Customer, mut chance: Chance, reference: String) {
    system.time.pass(chance.secs(0, HORIZON.as_secs())).await;
    let amount = PRICE * chance.between(1, 30) as i64;
    let money = Money::from_ten_thousandths(amount);
    let mut times = 1 + u32::from(chance.comes(400));
    for _ in 0..TRIES {
        history::note(system.time.elapsed(), || format!("{reference} is topped up"));
        system.because(|reasons| reasons.requested(1));
        let work = system.stores.accounts.wallets.top_up(customer.id, &reference, money, system.time.now());
        match invocation(work).await {
            Some(Ok(Posted::Applied | Posted::AppliedBefore)) => {
                customer.confirmed.lock().unwrap().top_ups.insert(reference.clone(), amount);
                times -= 1;
                if times == 0 {
                    if chance.comes(300) {
                        correct(system, customer, chance, reference, amount / 2).await;
                    }
                    return;
                }
            }
            Some(Ok(other)) => panic!("{reference}: {other:?}"),
            Some(Err(_)) | None => {}
        }
        system.time.pass(chance.secs(1, 20)).await;
    }
    panic!("{reference} was never applied");
}

/// Corrects a part of a top-up, unless it is spent by then.
async fn correct(system: &System, customer: &Customer, mut chance: Chance, reference: String, amount: i64) {
    let (money, wallets) = (Money::from_ten_thousandths(amount), &system.stores.accounts.wallets);
    for _ in 0..TRIES {
        history::note(system.time.elapsed(), || format!("{reference} is corrected"));
        system.because(|reasons| reasons.requested(1));
        let now = system.time.now();
        match invocation(wallets.correct(customer.id, &reference, money, "too much", now)).await {
            Some(Ok(Posted::Applied | Posted::AppliedBefore)) => {
                customer.confirmed.lock().unwrap().corrections.insert(reference, amount);
                return;
            }
            Some(Ok(Posted::OutOfBounds)) => return,
            Some(Ok(Posted::ReferenceUsed)) => panic!("{reference} was used twice"),
            Some(Err(_)) | None => system.time.pass(chance.secs(1, 20)).await,
        }
    }
    panic!("{reference} was never corrected");
}

/// Stops everything, or dispatching, and ends the stop a while later. In between, once every function must have read
/// the stop, no call may begin.
pub async fn stop_and_go(system: &System, mut chance: Chance) {
    system.time.pass(chance.secs(5, HORIZON.as_secs())).await;
    let scope =
        StopScope { organisation: None, activity: chance.one_of(&[None, Some(Activity::Dispatching)]) };
    command(system, &mut chance, "everything stops", || {
        stop(&system.stores, scope, Some("a drill"), system.time.now())
    })
    .await;
    system.truth.forbid_calls();
    system.time.pass(chance.secs(10, 240)).await;
    system.truth.allow_calls();
    command(system, &mut chance, "everything goes on", || go(&system.stores, scope)).await;
}

/// Repeats an operator's command until it does not crash.
async fn command<T, F: Future<Output = Result<T, StoreError>>>(
    system: &System,
    chance: &mut Chance,
    what: &str,
    command: impl Fn() -> F,
) {
    for _ in 0..TRIES {
        history::note(system.time.elapsed(), || what.to_owned());
        system.because(|reasons| reasons.requested(1));
        if let Some(Ok(_)) = invocation(command()).await {
            return;
        }
        system.time.pass(chance.secs(1, 20)).await;
    }
    panic!("it never came to it: {what}");
}

/// Imports, deletes a contact, or opts a number out; once, without a retry.
pub async fn edit(system: &System, customer: &Customer, mut chance: Chance) {
    system.time.pass(chance.secs(0, HORIZON.as_secs())).await;
    let (book, now) = (customer.book(chance.one_of(&customer.books)), system.time.now());
    let (books, opt_outs) = (&system.stores.books, &system.stores.accounts.opt_outs);
    let kind = chance.below(3);
    history::note(system.time.elapsed(), || {
        ["imports", "deletes a contact", "opts out"][kind as usize].to_owned()
    });
    // A client that deletes a contact reads one first.
    system.because(|reasons| reasons.requested(2));
    match kind {
        0 => {
            let contacts = chance.between(1, 4);
            let drafts = drafts(&mut chance, contacts, customer.crowd);
            let _ = request(books.import(book, drafts, now)).await;
        }
        1 => {
            let page = ListRequest::page(1, 1);
            let found = request(books.contacts(book, page, now)).await;
            if let Some(Ok(Some((_, page)))) = found
                && let Some(contact) = page.results.first()
            {
                let _ = request(books.delete_contact(book, contact.id, now)).await;
            }
        }
        _ => {
            let numbers = [number(chance.below(customer.crowd))];
            let origin = OptOutOrigin::new(OptOutSource::Organisation, None, now);
            let _ = request(opt_outs.add(customer.id, &numbers, &origin)).await;
        }
    }
}
