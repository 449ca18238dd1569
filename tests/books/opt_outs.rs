//! The suppression list.

use std::collections::BTreeSet;

use domain::{
    ids::KeyId,
    opt_out::{OptOutOrigin, OptOutSource},
    packed,
    sender_id::SenderId,
    timestamp::Millis,
};
use futures_util::future::join_all;
use stores::{
    ListRequest,
    accounts::opt_outs::{OptOut, RemovedOptOut, Remover},
};
use uuid::Uuid;

use crate::{
    database::{crashing_after, organisation, stores},
    sample::{START, phone, phones_of},
};

const REMOVER: Remover = Remover { key: KeyId(Uuid::nil()), at: START };

fn origin() -> OptOutOrigin {
    OptOutOrigin::new(OptOutSource::Network, Some(SenderId::parse("TALKNTALK").unwrap()), START)
}

/// The origin of a second opt-out of the same numbers.
fn later() -> OptOutOrigin {
    OptOutOrigin::new(OptOutSource::Organisation, None, START.plus(Millis::from_hours(1)))
}

#[tokio::test]
async fn a_number_is_on_the_list_once_and_off_it_once() {
    let (stores, organisation, other) = (stores().await, organisation(), organisation());
    let list = &stores.accounts.opt_outs;
    let (a, b) = (phone(254_712_345_678), phone(254_733_000_001));
    assert_eq!(list.version(organisation).await.unwrap(), 0);
    assert_eq!(list.add(organisation, &[a, b, a], &origin()).await.unwrap(), 2);
    assert_eq!(list.version(organisation).await.unwrap(), 1);
    assert_eq!(list.add(organisation, &[a], &later()).await.unwrap(), 0);
    assert_eq!(list.version(organisation).await.unwrap(), 1, "nothing changed");
    let asked = [a, b, phone(254_700_000_000)];
    let held = list.contains_any(organisation, &asked).await.unwrap();
    assert_eq!(held, [a, b].into());
    assert!(list.contains_any(other, &asked).await.unwrap().is_empty());
    assert_eq!(list.remove(organisation, &[a], &REMOVER).await.unwrap(), 1);
    assert_eq!(list.remove(organisation, &[a], &REMOVER).await.unwrap(), 0);
    let removed = RemovedOptOut { key: REMOVER.key, removed_at: REMOVER.at };
    assert_eq!(list.removals_of(organisation, a).await.unwrap(), [removed], "once, with key and time");
    assert_eq!(list.removals_of(organisation, b).await.unwrap(), []);
    list.erase_from_removals(organisation, a).await.unwrap();
    assert_eq!(list.removals_of(organisation, a).await.unwrap(), []);
    let request = ListRequest::page(1, 10);
    let opt_out = |phone, origin| OptOut { phone, origin };
    assert_eq!(list.page(organisation, request).await.unwrap().results, [opt_out(b, origin())]);
    assert_eq!(list.add(organisation, &[a, b], &later()).await.unwrap(), 1);
    let results = list.page(organisation, request).await.unwrap().results;
    assert!(results.contains(&opt_out(a, later())) && results.contains(&opt_out(b, origin())), "{results:?}");
}

#[tokio::test]
async fn racing_changes_lose_nothing_and_every_number_is_on_one_page() {
    let (stores, organisation) = (stores().await, organisation());
    let list = &stores.accounts.opt_outs;
    let phones: Vec<_> = (0..300).map(|i| phone(254_712_000_000 + i)).collect();
    let added =
        join_all(phones.chunks(50).map(|part| async move { list.add(organisation, part, &origin()).await }))
            .await;
    assert_eq!(added.into_iter().map(Result::unwrap).sum::<u64>(), 300);
    let mut seen = BTreeSet::new();
    for page in 1..=5 {
        let page = list.page(organisation, ListRequest::page(page, 77)).await.unwrap();
        assert_eq!(page.total, 300);
        seen.extend(page.results.into_iter().map(|opt_out| opt_out.phone));
    }
    assert_eq!(seen, phones.iter().copied().collect());
    for page_size in [50, 299, 300] {
        let mut removed = Vec::new();
        let (mut request, mut seen) = (ListRequest::page(1, page_size), Vec::new());
        loop {
            let page = list.page(organisation, request).await.unwrap();
            seen.extend(page.results.iter().map(|opt_out| opt_out.phone));
            let Some(position) = page.next else { break };
            removed.push(page.results[0].phone);
            assert_eq!(list.remove(organisation, &removed[removed.len() - 1..], &REMOVER).await.unwrap(), 1);
            request = ListRequest::after(position, page_size);
        }
        seen.sort_unstable();
        assert_eq!(seen, phones, "each number is seen once, although others were removed");
        list.add(organisation, &removed, &origin()).await.unwrap();
    }
    let leaves = list.leaves(organisation, None).await.unwrap();
    let total: u64 = leaves.values().map(|bytes| packed::count(bytes).unwrap()).sum();
    assert_eq!(total, 300);
}

#[tokio::test]
async fn a_change_that_crashes_is_done_or_not_done() {
    let (stores, organisation) = (stores().await, organisation());
    let list = &stores.accounts.opt_outs;
    let phones = phones_of(&[1, 2], 10);
    for calls in 0.. {
        let result = crashing_after(calls).accounts.opt_outs.add(organisation, &phones, &origin()).await;
        let total = list.page(organisation, ListRequest::page(1, 1)).await.unwrap().total;
        assert_eq!(total, if result.is_ok() { 10 } else { 0 }, "{calls}");
        if result.is_ok() {
            return;
        }
    }
}
