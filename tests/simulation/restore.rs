//! Tables restored from an earlier moment while the queue is full.

use std::{cell::Cell, time::Duration};

use local::operator::{RESTORED, hold_every_campaign};
use serde_json::json;
use stores::PageRequest;

use crate::{
    acts::post,
    chance::Chance,
    people::Customer,
    run::{all, on_virtual_time, services},
    shape::Shape,
    system::System,
};

const SENDS: u64 = 3;
const EVERY: PageRequest = PageRequest { page: 1, page_size: 100 };

/// A day that is lost: campaigns are accepted, a backup is taken, they are sent; the tables go back to the
/// backup, and every message and every look of the clock comes again.
async fn lose_an_hour(is_held: bool) -> (System, Customer, u64) {
    let shape: Shape = "11,organisations=1,contacts=6,faults=0,moods=0,mishaps=0,group=3".parse().unwrap();
    let system = System::start(shape).await;
    let mut chance = Chance::of(system.shape.seed, "restore");
    let now = system.time.now();
    let customer = Customer::set_up(&system.stores, &system.shape, &mut chance, now).await;
    let money = domain::money::Money::from_ten_thousandths(1_000_000);
    system.stores.accounts.wallets.top_up(customer.id, "more", money, now).await.unwrap();
    for _ in 0..SENDS {
        let body = json!({"group_ids": customer.books, "message": "Hello!"});
        let sent = system.request(post(&customer, "/v1/sms/send-group/", None, &body)).await;
        assert_eq!(sent.unwrap().0, 202);
    }
    let backup = system.tables.dump();
    live(&system, Duration::from_mins(20)).await;
    let reached = system.truth.taken().len() as u64;
    assert!(
        reached > 0 && system.stores.campaigns.list(customer.id, None, EVERY).await.unwrap().total == SENDS
    );
    system.tables.restore(&backup);
    if is_held {
        let held = hold_every_campaign(&system.stores.campaigns, system.time.now()).await.unwrap();
        assert_eq!(held, SENDS);
    }
    system.mail.bring_all_back();
    live(&system, Duration::from_hours(2)).await;
    (system, customer, reached)
}

async fn live(system: &System, span: Duration) {
    let over = Cell::new(false);
    let story = async {
        system.time.pass(span).await;
        over.set(true);
    };
    tokio::join!(story, all(services(system, &over)));
}

#[test]
fn restored_tables_hand_nobody_over_again_while_their_campaigns_are_held() {
    on_virtual_time(11, async {
        let (system, customer, reached) = lose_an_hour(true).await;
        let taken = system.truth.taken();
        assert!(taken.values().all(|times| *times == 1), "somebody was texted twice");
        assert_eq!(taken.len() as u64, reached);
        for header in system.stores.campaigns.list(customer.id, None, EVERY).await.unwrap().results {
            assert_eq!((header.state.as_str(), header.pause_reason.as_deref()), ("paused", Some(RESTORED)));
        }
    });
}

/// The exact limit, stated: it is the hold that keeps the promise over a restore, and nothing else.
#[test]
fn restored_tables_that_are_not_held_reach_everybody_since_the_backup_again() {
    on_virtual_time(11, async {
        let (system, _, reached) = lose_an_hour(false).await;
        let twice = system.truth.taken().values().filter(|times| **times == 2).count() as u64;
        assert_eq!(twice, reached);
    });
}
