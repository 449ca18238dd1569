//! The suppression list.

use std::collections::BTreeSet;

use domain::packed;
use futures_util::future::join_all;
use stores::PageRequest;

use crate::{
    database::{dying_after, organisation, stores},
    sample::{phone, phones_of},
};

#[tokio::test]
async fn a_number_is_on_the_list_once_and_off_it_once() {
    let (stores, organisation, other) = (stores().await, organisation(), organisation());
    let list = &stores.accounts.opt_outs;
    let (a, b) = (phone(254_712_345_678), phone(254_733_000_001));
    assert_eq!(list.version(organisation).await.unwrap(), 0);
    assert_eq!(list.add(organisation, &[a, b, a]).await.unwrap(), 2);
    assert_eq!(list.version(organisation).await.unwrap(), 1);
    assert_eq!(list.add(organisation, &[a]).await.unwrap(), 0);
    assert_eq!(list.version(organisation).await.unwrap(), 1, "nothing changed");
    let asked = [a, b, phone(254_700_000_000)];
    let held = list.contains_any(organisation, &asked).await.unwrap();
    assert_eq!(held, [a, b].into());
    assert!(list.contains_any(other, &asked).await.unwrap().is_empty());
    assert_eq!(list.remove(organisation, &[a]).await.unwrap(), 1);
    assert_eq!(list.remove(organisation, &[a]).await.unwrap(), 0);
    let request = PageRequest { page: 1, page_size: 10 };
    assert_eq!(list.page(organisation, request).await.unwrap().results, [b]);
}

#[tokio::test]
async fn racing_changes_lose_nothing_and_every_number_is_on_one_page() {
    let (stores, organisation) = (stores().await, organisation());
    let list = &stores.accounts.opt_outs;
    let phones: Vec<_> = (0..300).map(|i| phone(254_712_000_000 + i)).collect();
    let added = join_all(phones.chunks(50).map(|part| list.add(organisation, part))).await;
    assert_eq!(added.into_iter().map(Result::unwrap).sum::<u64>(), 300);
    let mut seen = BTreeSet::new();
    for page in 1..=5 {
        let page = list.page(organisation, PageRequest { page, page_size: 77 }).await.unwrap();
        assert_eq!(page.total, 300);
        seen.extend(page.results);
    }
    assert_eq!(seen, phones.iter().copied().collect());
    let leaves = list.leaves(organisation, None).await.unwrap();
    let total: u64 = leaves.values().map(|bytes| packed::count(bytes).unwrap()).sum();
    assert_eq!(total, 300);
}

#[tokio::test]
async fn a_change_that_dies_is_done_or_not_done() {
    let (stores, organisation) = (stores().await, organisation());
    let list = &stores.accounts.opt_outs;
    let phones = phones_of(&[1, 2], 10);
    for calls in 0.. {
        let died = dying_after(calls).accounts.opt_outs.add(organisation, &phones).await;
        let total = list.page(organisation, PageRequest { page: 1, page_size: 1 }).await.unwrap().total;
        assert_eq!(total, if died.is_ok() { 10 } else { 0 }, "{calls}");
        if died.is_ok() {
            return;
        }
    }
}
