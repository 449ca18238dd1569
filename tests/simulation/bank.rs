//! One wallet, many top-ups, sends and cancels at once: what every reader sees must be explained by one
//! order of what was asked, which agrees with real time.
//!
//! Every top-up is another power of two, and so is every campaign's cost: a balance *is* the set of
//! what has been applied. So the check is not a search: the sets that readers saw must form a chain, with
//! whatever was answered before a reader asked in it, and nothing that was asked after it was answered.

use std::{cell::Cell, cell::RefCell, collections::BTreeMap, time::Duration};

use domain::{ids::BookId, money::Money, wallet::Wallet};
use serde_json::json;

use crate::{
    acts::post,
    audit::audit,
    chance::Chance,
    life::invocation,
    people::{Customer, PRICE, create_book, number},
    run::{Act, all, on_virtual_time, release, services, settle},
    shape::Shape,
    system::System,
};

const TOP_UPS: u32 = 12;
const SENDS: u32 = 5;
const READERS: u32 = 4;
const READS: u32 = 25;
/// Contacts are used up by the campaigns' costs; top-ups are multiples of this.
const ONE: i64 = PRICE;

/// From when an operation may have been applied, and until when it was.
#[derive(Clone, Copy, Debug)]
struct Span {
    asked: Duration,
    /// `None` while, or where, nobody was told.
    answered: Option<Duration>,
}

/// What a reader saw.
#[derive(Clone, Copy, Debug)]
struct Seen {
    span: Span,
    wallet: Wallet,
}

#[derive(Default)]
struct History {
    top_ups: RefCell<BTreeMap<u32, Span>>,
    sends: RefCell<BTreeMap<u32, Span>>,
    cancels: RefCell<BTreeMap<u32, Span>>,
    seen: RefCell<Vec<Seen>>,
}

async fn top_up(system: &System, customer: &Customer, history: &History, n: u32) {
    let mut chance = Chance::of(system.shape.seed, &format!("bank top-up {n}"));
    system.time.pass(chance.secs(0, 100)).await;
    let (reference, amount) = (format!("power-{n}"), ONE << n);
    let asked = system.time.elapsed();
    history.top_ups.borrow_mut().insert(n, Span { asked, answered: None });
    loop {
        let money = Money::from_ten_thousandths(amount);
        let wallets = &system.stores.accounts.wallets;
        let work = wallets.top_up(customer.id, &reference, money, system.time.now());
        if let Some(Ok(_)) = invocation(work).await {
            break;
        }
        system.time.pass(chance.secs(1, 5)).await;
    }
    let answered = Some(system.time.elapsed());
    history.top_ups.borrow_mut().insert(n, Span { asked, answered });
    customer.told.lock().unwrap().top_ups.insert(reference, amount);
}

/// Sends to the book of `1 << n` people; every other campaign is cancelled at once.
async fn send(system: &System, customer: &Customer, history: &History, n: u32, book: BookId) {
    let mut chance = Chance::of(system.shape.seed, &format!("bank send {n}"));
    system.time.pass(chance.secs(0, 100)).await;
    let (key, body) = (format!("send-{n}"), json!({"group_ids": [book], "message": "Hello!"}));
    let asked = system.time.elapsed();
    let campaign = loop {
        let sent = system.request(post(customer, "/v1/sms/send-group/", Some(&key), &body)).await;
        match sent {
            Some((202, answer)) => break answer["campaign_id"].as_u64().unwrap(),
            // Refused: tried again, so it may be applied from the first time on.
            Some((402 | 409 | 500.., _)) | None => system.time.pass(chance.secs(1, 20)).await,
            Some((status, answer)) => panic!("{status}: {answer}"),
        }
        history.sends.borrow_mut().entry(n).or_insert(Span { asked, answered: None });
    };
    let answered = Some(system.time.elapsed());
    history.sends.borrow_mut().insert(n, Span { asked, answered });
    customer.told.lock().unwrap().accepted.insert(key, (campaign, 1 << n));
    if n % 2 == 1 {
        history.cancels.borrow_mut().insert(n, Span { asked: system.time.elapsed(), answered: None });
        let path = format!("/v1/sms/campaigns/{campaign}/cancel/");
        let _ = system.request(post(customer, &path, None, &json!({}))).await;
    }
}

async fn read(system: &System, customer: &Customer, history: &History, n: u32) {
    let mut chance = Chance::of(system.shape.seed, &format!("bank reader {n}"));
    for _ in 0..READS {
        system.time.pass(chance.millis(500, 8_000)).await;
        let asked = system.time.elapsed();
        let read = invocation(system.stores.accounts.wallets.get(customer.id)).await;
        if let Some(Ok(wallet)) = read {
            let span = Span { asked, answered: Some(system.time.elapsed()) };
            history.seen.borrow_mut().push(Seen { span, wallet });
        }
    }
}

/// The top-ups, and the sends that are reserved or charged, that a balance is made of.
fn sets(wallet: &Wallet) -> (u64, u64) {
    let part = |money: Money| {
        assert!(money >= Money::ZERO, "a part fell below zero: {wallet:?}");
        assert_eq!(money.ten_thousandths() % ONE, 0, "{wallet:?}");
        (money.ten_thousandths() / ONE) as u64
    };
    let spent = part(wallet.reserved) + part(wallet.charged);
    (part(wallet.available) + spent, spent)
}

/// Whether an operation must, or must not, be in what a reader saw.
fn agrees(span: &Span, seen: &Seen, is_in: bool) -> bool {
    let reader_answered = seen.span.answered.unwrap();
    let must = span.answered.is_some_and(|answered| answered < seen.span.asked);
    let may = span.asked <= reader_answered;
    (is_in || !must) && (may || !is_in)
}

fn check(history: &History, opening: u64) {
    let seen = history.seen.borrow();
    assert!(seen.len() as u32 > READERS * READS / 2, "readers saw nothing");
    for one in seen.iter() {
        let (topped_up, spent) = sets(&one.wallet);
        let topped_up = topped_up - opening;
        for (n, span) in history.top_ups.borrow().iter() {
            assert!(agrees(span, one, topped_up & (1 << n) != 0), "top-up {n}: {span:?}, {one:?}");
        }
        assert_eq!(topped_up >> TOP_UPS, 0, "money out of nothing: {one:?}");
        assert_eq!(spent >> SENDS, 0, "charged out of nothing: {one:?}");
        for (n, span) in history.sends.borrow().iter() {
            let is_in = spent & (1 << n) != 0;
            // A campaign that was cancelled may have been given back since.
            let back = history.cancels.borrow().get(n).is_some_and(|c| c.asked <= one.span.answered.unwrap());
            assert!(agrees(span, one, is_in) || (back && !is_in), "send {n}: {span:?}, {one:?}");
        }
        for other in seen.iter() {
            let others = sets(&other.wallet).0 - opening;
            assert!(topped_up & !others == 0 || others & !topped_up == 0, "no one order: {one:?}, {other:?}");
            if one.span.answered.unwrap() < other.span.asked {
                assert_eq!(topped_up & !others, 0, "time ran backwards: {one:?}, {other:?}");
            }
        }
    }
}

async fn play(seed: u64) {
    let parts = "contacts=1,organisations=1,moods=0,faults=40,mishaps=50,workers=3,group=7,batch=1000";
    let shape: Shape = format!("{seed},{parts}").parse().unwrap();
    let system = System::start(shape).await;
    let mut chance = Chance::of(seed, "bank");
    let now = system.time.now();
    let customer = Customer::set_up(&system.stores, &system.shape, &mut chance, now).await;
    let opening = sets(&system.stores.accounts.wallets.get(customer.id).await.unwrap()).0;
    let mut books = Vec::new();
    for n in 0..SENDS {
        let draft = |place| stores::books::ContactDraft { phone: Some(number(place)), ..Default::default() };
        let contacts = (0..1 << n).map(draft).collect();
        books.push(create_book(&system.stores, customer.id, &mut chance, contacts, now).await);
    }
    let history = History::default();
    let over = Cell::new(false);
    let mut acts: Vec<Act<'_>> = Vec::new();
    for n in 0..TOP_UPS {
        acts.push(Box::pin(top_up(&system, &customer, &history, n)));
    }
    for (n, book) in (0..).zip(books) {
        acts.push(Box::pin(send(&system, &customer, &history, n, book)));
    }
    for n in 0..READERS {
        acts.push(Box::pin(read(&system, &customer, &history, n)));
    }
    system.storm(system.shape.faults);
    let story = async {
        all(acts).await;
        system.calm();
        let ended = settle(&system, std::slice::from_ref(&customer)).await;
        over.set(true);
        ended
    };
    let (ended, ()) = tokio::join!(story, all(services(&system, &over)));
    ended.unwrap();
    check(&history, opening);
    release(&system).await;
    audit(&system, &[customer]).await.unwrap();
}

#[test]
fn every_balance_that_anybody_sees_is_explained_by_one_order_of_what_was_asked() {
    for seed in 1..=4 {
        on_virtual_time(seed, play(seed));
    }
}
