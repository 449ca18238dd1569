//! One wallet and four clients that top up, send, cancel and read at the same time, with faults: one order of the
//! operations must explain every answer ([`crate::linear`]).
//!
//! Workers make charges and refunds, which no client asks for. They are taken from the ledger's lines, and may have
//! happened at any time after their campaign was accepted. The last read, after everything has ended, includes each of
//! them once.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    time::Duration,
};

use domain::{
    ids::BookId,
    money::Money,
    phone::Phone,
    wallet::{PostingKind, WalletChange},
};
use serde_json::json;
use stores::ListRequest;

use crate::{
    acts::post,
    audit::audit,
    chance::Chance,
    customers::{Customer, PRICE, create_book, number},
    life::invocation,
    linear::{Effect, Operation, explain},
    run::{Act, all, on_virtual_time, release, services, settle},
    shape::Shape,
    system::System,
};

/// Played by every `cargo test`.
const HISTORIES: u64 = 1;
const CLIENTS: u64 = 4;
/// The number of actions of each client.
const ACTS: u64 = 5;
/// Books of one contact, of two, and so on.
const BOOKS: u64 = 5;
/// Lines of a ledger that are read at most.
const MOST_LINES: u64 = 1_000;

struct OneWallet<'a> {
    system: &'a System,
    customer: &'a Customer,
    books: &'a [BookId],
    history: RefCell<Vec<Operation>>,
    /// The indexes in the history of what campaigns reserved.
    reserved: RefCell<BTreeMap<u64, usize>>,
}

impl OneWallet<'_> {
    /// Records an answer; returns its index in the history.
    fn note(&self, asked: Duration, effect: Effect) -> usize {
        let answered = Some(self.system.time.elapsed());
        let mut history = self.history.borrow_mut();
        history.push(Operation { effect, asked, answered, after: None });
        history.len() - 1
    }

    async fn client(&self, name: u64) {
        let mut chance = Chance::of(self.system.shape.seed, &format!("wallet client {name}"));
        for n in 0..ACTS {
            self.system.time.pass(chance.millis(0, 3_000)).await;
            match chance.below(5) {
                0 => self.top_up(&mut chance, format!("{name}-{n}")).await,
                1 | 2 => self.send(&mut chance, format!("{name}-{n}")).await,
                _ => self.read().await,
            }
        }
    }

    /// Tops up with one reference until the answer confirms it.
    async fn top_up(&self, chance: &mut Chance, reference: String) {
        let (asked, amount) = (self.system.time.elapsed(), PRICE * chance.between(1, 6) as i64);
        let (money, wallets) = (Money::from_ten_thousandths(amount), &self.system.stores.accounts.wallets);
        loop {
            let now = self.system.time.now();
            self.system.because(|reasons| reasons.requested(1));
            if let Some(Ok(_)) = invocation(wallets.top_up(self.customer.id, &reference, money, now)).await {
                break;
            }
            self.system.time.pass(chance.secs(1, 3)).await;
        }
        self.note(asked, Effect::Moves(PostingKind::TopUp.change(money)));
        self.customer.confirmed.lock().unwrap().top_ups.insert(reference, amount);
    }

    /// Sends to a random book with one key until the answer is final; cancels half of the accepted campaigns.
    async fn send(&self, chance: &mut Chance, key: String) {
        let body = json!({"group_ids": [chance.one_of(self.books)], "message": "Hello!"});
        let first_asked = self.system.time.elapsed();
        let (campaign, recipients) = loop {
            let asked = self.system.time.elapsed();
            let request = post(self.customer, "/v1/sms/send-group/", Some(&key), &body);
            match self.system.request(request).await {
                Some((202, answer)) => {
                    let number = |name: &str| answer[name].as_u64().unwrap();
                    break (number("campaign_id"), number("recipients_count"));
                }
                Some((402, answer)) => {
                    self.note(asked, Effect::Refused(required(answer["detail"].as_str().unwrap())));
                    return;
                }
                // Every contact of the book has opted out.
                Some((400, answer)) if answer["code"] == "no_reachable_recipient" => return,
                Some((409 | 500.., _)) | None => self.system.time.pass(chance.secs(1, 10)).await,
                Some((status, answer)) => panic!("{status}: {answer}"),
            }
        };
        let cost = Money::from_ten_thousandths(PRICE * recipients as i64);
        let place = self.note(first_asked, Effect::Moves(PostingKind::Reserve.change(cost)));
        self.reserved.borrow_mut().insert(campaign, place);
        self.customer.confirmed.lock().unwrap().accepted.insert(key, (campaign, recipients));
        if chance.comes(500) {
            let path = format!("/v1/sms/campaigns/{campaign}/cancel/");
            let _ = self.system.request(post(self.customer, &path, None, &json!({}))).await;
        }
    }

    async fn read(&self) {
        let asked = self.system.time.elapsed();
        self.system.because(|reasons| reasons.requested(1));
        let read = invocation(self.system.stores.accounts.wallets.get(self.customer.id)).await;
        if let Some(Ok(wallet)) = read {
            self.note(asked, Effect::Saw(wallet));
        }
    }

    /// Adds the ledger's lines of batches: the lines of one settlement moved together.
    async fn add_settlements(&self) {
        let ledger = self
            .system
            .stores
            .accounts
            .wallets
            .ledger(self.customer.id, ListRequest::page(1, MOST_LINES))
            .await
            .unwrap();
        let mut settlements: BTreeMap<String, (usize, WalletChange)> = BTreeMap::new();
        for line in ledger.results {
            let settled = line.id.split_once(':').filter(|(kind, _)| matches!(*kind, "settle" | "release"));
            let (Some((_, of)), Some(campaign)) = (settled, line.campaign) else { continue };
            let place = self.reserved.borrow()[&campaign.get()];
            let (_, sum) = settlements.entry(of.to_owned()).or_insert((place, WalletChange::default()));
            *sum = sum.plus(line.kind.change(line.amount)).unwrap();
        }
        let answered = Some(self.system.time.elapsed());
        let mut history = self.history.borrow_mut();
        for (place, moved) in settlements.into_values() {
            let asked = history[place].asked;
            history.push(Operation { effect: Effect::Moves(moved), asked, answered, after: Some(place) });
        }
    }
}

/// The cost of a send that was refused: `… Required KES 3.00, available KES 2.00.`
fn required(detail: &str) -> Money {
    let amount = detail.split_once("Required KES ").and_then(|(_, rest)| rest.split_once(','));
    let (shillings, cents) = amount.unwrap().0.split_once('.').unwrap();
    Money::from_ten_thousandths(
        shillings.parse::<i64>().unwrap() * PRICE + cents.parse::<i64>().unwrap() * 100,
    )
}

/// Plays one history; returns its number of operations.
async fn play(seed: u64) -> usize {
    let parts = "contacts=3,organisations=1,provider_faults=100,faults=40,message_faults=50,workers=2,group=7,batch=3";
    let shape: Shape = format!("{seed},{parts}").parse().unwrap();
    let system = System::start(shape).await;
    let mut chance = Chance::of(seed, "one wallet");
    let now = system.time.now();
    let customer = Customer::set_up(&system.stores, &system.shape, &mut chance, now).await;
    let opening = system.stores.accounts.wallets.get(customer.id).await.unwrap();
    let mut books = Vec::new();
    for contacts in 1..=BOOKS {
        let draft = |place| stores::books::ContactDraft {
            phone: Some(Phone::mobile(number(place))),
            ..Default::default()
        };
        let contacts = (0..contacts).map(draft).collect();
        books.push(create_book(&system.stores, customer.id, &mut chance, contacts, now).await);
    }
    let wallet = OneWallet {
        system: &system,
        customer: &customer,
        books: &books,
        history: RefCell::default(),
        reserved: RefCell::default(),
    };
    let over = Cell::new(false);
    let clients: Vec<Act<'_>> = (0..CLIENTS).map(|name| Box::pin(wallet.client(name)) as Act<'_>).collect();
    system.set_rate(system.shape.faults);
    let story = async {
        all(clients).await;
        system.calm();
        let ended = settle(&system, std::slice::from_ref(&customer)).await;
        over.set(true);
        ended
    };
    let (ended, ()) = tokio::join!(story, all(services(&system, &over)));
    ended.unwrap();
    release(&system).await;
    wallet.add_settlements().await;
    wallet.read().await;
    let history = wallet.history.take();
    let lines: Vec<String> = history.iter().map(|operation| format!("{operation:?}")).collect();
    assert!(explain(opening, &history).is_some(), "seed {seed}, {opening:?}:\n{}", lines.join("\n"));
    audit(&system, std::slice::from_ref(&customer)).await.unwrap();
    history.len()
}

#[test]
fn every_balance_that_a_client_reads_is_explained_by_one_order_of_the_operations() {
    let histories = crate::number("HISTORIES").unwrap_or(HISTORIES);
    let operations: usize = (1..=histories).map(|seed| on_virtual_time(seed, play(seed))).sum();
    println!("{histories} histories of {operations} operations");
    assert!(operations as u64 > histories * CLIENTS * ACTS / 2, "{operations}");
}
