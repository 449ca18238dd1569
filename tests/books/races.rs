//! Several edits of one book at the same time have the result of some order of them.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use crate::{
    audit,
    database::{client, organisation, stores},
    sample::{START, book, contacts, phones_of},
};

#[tokio::test]
async fn concurrent_imports_of_one_book_are_both_stored_completely() {
    let (client, stores, organisation) = (client().await, stores().await, organisation());
    let book = book(&stores, organisation, 1).await;
    let phones = phones_of(&[1, 2, 77], 90);
    let parts = [&phones[..40], &phones[20..70], &phones[50..], &phones[..90]];
    let imports = parts.map(|part| stores.books.import(book, contacts(part), START));
    let reports = join_all(imports).await;
    let added: u64 = reports.iter().map(|report| report.as_ref().unwrap().added).sum();
    assert_eq!(added, 90, "each contact is added by exactly one of them");
    let (found, _) = audit::agreed(&client, &stores, book, START).await;
    assert_eq!(found, phones.iter().copied().collect::<BTreeSet<_>>());
}

#[tokio::test]
async fn imports_of_different_books_do_not_wait_for_each_other() {
    let (client, stores, organisation) = (client().await, stores().await, organisation());
    let phones = phones_of(&[9], 3);
    for number in 1..=2 {
        let book = book(&stores, organisation, number).await;
        stores.books.import(book, contacts(&phones), START).await.unwrap();
        assert_eq!(audit::agreed(&client, &stores, book, START).await.0.len(), 3);
    }
}
