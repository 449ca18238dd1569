//! Deleted books are gone at once, and to the last item.

use stores::books::{EditError, LEASE};

use crate::{
    audit,
    database::{client, dying_after, organisation, stores},
    sample::{START, book, contacts, phones_of},
};

#[tokio::test]
async fn a_deleted_book_is_gone_and_takes_no_contacts() {
    let (stores, organisation) = (stores().await, organisation());
    let (gone, other) = (book(&stores, organisation, 1).await, book(&stores, organisation, 2).await);
    let phones = phones_of(&[1], 3);
    for book in [gone, other] {
        stores.books.import(organisation, book, contacts(&phones), START).await.unwrap();
    }
    assert!(stores.books.delete(organisation, gone, START).await.unwrap());
    assert!(!stores.books.delete(organisation, gone, START).await.unwrap());
    assert_eq!(stores.books.get(organisation, gone, START).await.unwrap(), None);
    let import = stores.books.import(organisation, gone, contacts(&phones), START).await;
    assert!(matches!(import, Err(EditError::NotFound)));
    assert_eq!(stores.books.get(organisation, other, START).await.unwrap().unwrap().contact_count, 3);
}

#[tokio::test]
async fn a_removal_that_dies_at_any_call_stays_invisible_and_is_finished_by_the_next() {
    let (client, stores) = (client().await, stores().await);
    let phones = phones_of(&[1, 17, 200], 30);
    for calls in 1.. {
        let organisation = organisation();
        let book = book(&stores, organisation, 1).await;
        stores.books.import(organisation, book, contacts(&phones), START).await.unwrap();
        let died = dying_after(calls).books.delete(organisation, book, START).await;
        assert_eq!(stores.books.get(organisation, book, START).await.unwrap(), None, "{calls}");
        assert!(stores.books.headers(organisation, &[book], START).await.unwrap()[0].is_none());
        stores.books.delete(organisation, book, START.plus(LEASE)).await.unwrap();
        let (contacts, leaves) = audit::items(&client, organisation, book).await;
        let header = audit::partition(&client, format!("ORG#{organisation}")).await;
        assert!(contacts.is_empty() && leaves.is_empty() && header.is_empty(), "{calls}");
        if died.is_ok() {
            return;
        }
    }
}

#[tokio::test]
async fn a_book_deleted_under_an_import_leaves_nothing_behind() {
    let (client, stores, organisation) = (client().await, stores().await, organisation());
    let book = book(&stores, organisation, 1).await;
    let phones = phones_of(&[1, 17, 200], 60);
    let import = stores.books.import(organisation, book, contacts(&phones), START);
    let (imported, deleted) = tokio::join!(import, stores.books.delete(organisation, book, START));
    assert!(matches!(imported, Ok(_) | Err(EditError::NotFound)));
    assert!(deleted.unwrap());
    let (contacts, leaves) = audit::items(&client, organisation, book).await;
    assert!(contacts.is_empty() && leaves.is_empty());
}
