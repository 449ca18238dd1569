//! Deleted books are gone at once, and to the last item.

use domain::msisdn::Msisdn;
use stores::{
    Changed, PageRequest,
    books::{EditError, LEASE},
};

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
        stores.books.import(book, contacts(&phones), START).await.unwrap();
    }
    for expected in [Changed::Done, Changed::NotFound] {
        assert_eq!(stores.books.delete(gone, START).await.unwrap(), expected);
    }
    assert_eq!(stores.books.get(gone, START).await.unwrap(), None);
    let import = stores.books.import(gone, contacts(&phones), START).await;
    assert!(matches!(import, Err(EditError::NotFound)));
    assert_eq!(stores.books.get(other, START).await.unwrap().unwrap().contact_count, 3);
}

/// More than one call removes in a partition, and a few in another.
fn two_partitions() -> Vec<Msisdn> {
    [phones_of(&[1], 30), phones_of(&[200], 3)].concat()
}

#[tokio::test]
async fn a_deletion_that_dies_at_any_call_stays_invisible_and_is_finished_by_the_next() {
    let (client, stores) = (client().await, stores().await);
    let phones = two_partitions();
    for calls in 1.. {
        let organisation = organisation();
        let book = book(&stores, organisation, 1).await;
        stores.books.import(book, contacts(&phones), START).await.unwrap();
        let died = dying_after(calls).books.delete(book, START).await;
        assert_eq!(stores.books.get(book, START).await.unwrap(), None, "{calls}");
        assert!(stores.books.headers(organisation, &[book.book], START).await.unwrap()[0].is_none());
        let _ = stores.books.delete(book, START.plus(LEASE)).await.unwrap();
        let (contacts, leaves) = audit::items(&client, book).await;
        let header = audit::partition(&client, format!("ORG#{organisation}")).await;
        assert!(contacts.is_empty() && leaves.is_empty() && header.is_empty(), "{calls}");
        if died.is_ok() {
            return;
        }
    }
}

#[tokio::test]
async fn a_deletion_that_dies_at_any_call_is_finished_by_whoever_lists_the_books() {
    let (client, stores) = (client().await, stores().await);
    let phones = two_partitions();
    let page = PageRequest { page: 1, page_size: 10 };
    for calls in 1.. {
        let organisation = organisation();
        let (gone, other) = (book(&stores, organisation, 1).await, book(&stores, organisation, 2).await);
        for book in [gone, other] {
            stores.books.import(book, contacts(&phones), START).await.unwrap();
        }
        let died = dying_after(calls).books.delete(gone, START).await;
        let listed = stores.books.list(organisation, page, START.plus(LEASE)).await.unwrap();
        assert_eq!(listed.results.iter().map(|book| book.id).collect::<Vec<_>>(), [other.book], "{calls}");
        let (contacts, leaves) = audit::items(&client, gone).await;
        let headers = audit::partition(&client, format!("ORG#{organisation}")).await;
        assert_eq!((contacts.len(), leaves.len(), headers.len()), (0, 0, 1), "{calls}");
        if died.is_ok() {
            return;
        }
    }
}

#[tokio::test]
async fn a_list_does_not_fail_where_it_cannot_go_on_with_a_deletion() {
    let (stores, organisation) = (stores().await, organisation());
    let book = book(&stores, organisation, 1).await;
    stores.books.import(book, contacts(&phones_of(&[1], 3)), START).await.unwrap();
    dying_after(1).books.delete(book, START).await.unwrap_err();
    let page = PageRequest { page: 1, page_size: 10 };
    let listed = dying_after(1).books.list(organisation, page, START).await.unwrap();
    assert_eq!(listed.total, 0);
}

#[tokio::test]
async fn a_book_deleted_under_an_import_leaves_nothing_behind() {
    let (client, stores, organisation) = (client().await, stores().await, organisation());
    let book = book(&stores, organisation, 1).await;
    let phones = phones_of(&[1, 17, 200], 60);
    let import = stores.books.import(book, contacts(&phones), START);
    let (imported, deleted) = tokio::join!(import, stores.books.delete(book, START));
    assert!(matches!(imported, Ok(_) | Err(EditError::NotFound)));
    assert_eq!(deleted.unwrap(), Changed::Done);
    let (contacts, leaves) = audit::items(&client, book).await;
    assert!(contacts.is_empty() && leaves.is_empty());
}
