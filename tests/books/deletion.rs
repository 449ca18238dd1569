//! Deleted books are unknown at once, and their items are removed completely later.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use domain::{keys::BookKey, msisdn::Msisdn, timestamp::Timestamp};
use stores::{
    Changed, StoreError, Stores,
    books::{EditError, Removal},
};

use crate::{
    audit,
    database::{LEASE_OVER, client, crashing_after, deaf_to, organisation, stores},
    sample::{START, book, contacts, phones_of, points},
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

/// More contacts than one call removes in one partition, and a few in another.
fn two_partitions() -> Vec<Msisdn> {
    [phones_of(&[1], 30), phones_of(&[200], 3)].concat()
}

/// Removes a book in the way of the clock.
async fn remove(stores: &Stores, book: BookKey, now: Timestamp) -> Result<Removal, StoreError> {
    stores.books.remove_deleted(book, now, Duration::from_secs(30)).await
}

/// How many contacts, leaves, and headers and markers are left of an organisation with one book.
async fn left(client: &Client, book: BookKey) -> (usize, usize, usize) {
    let (contacts, leaves) = audit::items(client, book).await;
    let mut rest = audit::partition(client, format!("ORG#{}", book.organisation)).await;
    rest.extend(audit::partition(client, "REMOVALS".to_owned()).await);
    (contacts.len(), leaves.len(), rest.len())
}

async fn removals(stores: &Stores) -> Vec<BookKey> {
    stores.books.removals().await.unwrap().into_iter().map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_deletion_that_crashes_is_done_or_not_done_and_its_items_are_removed_later() {
    let (client, stores) = (client().await, stores().await);
    let book = book(&stores, organisation(), 1).await;
    stores.books.import(book, contacts(&two_partitions()), START).await.unwrap();
    crashing_after(0).books.delete(book, START).await.unwrap_err();
    assert_eq!(
        (stores.books.get(book, START).await.unwrap().is_some(), removals(&stores).await),
        (true, vec![])
    );
    // The answer of the deletion is lost, and the SDK repeats the call.
    assert_eq!(deaf_to(0).books.delete(book, START).await.unwrap(), Changed::Done);
    assert_eq!((stores.books.get(book, START).await.unwrap(), removals(&stores).await), (None, vec![book]));
    assert_eq!(left(&client, book).await, (33, 2, 2));
    assert_eq!(remove(&stores, book, START).await.unwrap(), Removal::Done);
    assert_eq!((left(&client, book).await, removals(&stores).await), ((0, 0, 0), vec![]));
}

#[tokio::test]
async fn a_removal_that_crashes_at_any_call_stays_invisible_and_is_finished_by_the_next() {
    let (client, stores) = (client().await, stores().await);
    let phones = two_partitions();
    for calls in points() {
        let book = book(&stores, organisation(), 1).await;
        stores.books.import(book, contacts(&phones), START).await.unwrap();
        assert_eq!(stores.books.delete(book, START).await.unwrap(), Changed::Done);
        let result = remove(&crashing_after(calls), book, START).await;
        assert_eq!(stores.books.get(book, START).await.unwrap(), None, "{calls}");
        assert!(stores.books.headers(book.organisation, &[book.book], START).await.unwrap()[0].is_none());
        if result.is_ok() {
            assert_eq!(left(&client, book).await, (0, 0, 0), "{calls}");
            return;
        }
        let _ = remove(&stores, book, START.plus(LEASE_OVER)).await.unwrap();
        assert_eq!(left(&client, book).await, (0, 0, 0), "{calls}");
    }
}

#[tokio::test]
async fn a_removal_whose_time_is_over_can_be_continued_at_once() {
    let (client, stores) = (client().await, stores().await);
    let book = book(&stores, organisation(), 1).await;
    stores.books.import(book, contacts(&two_partitions()), START).await.unwrap();
    assert_eq!(stores.books.delete(book, START).await.unwrap(), Changed::Done);
    let none = stores.books.remove_deleted(book, START, Duration::ZERO).await.unwrap();
    assert_eq!((none, removals(&stores).await), (Removal::Unfinished, vec![book]));
    let both = tokio::join!(remove(&stores, book, START), remove(&stores, book, START));
    let both = [both.0.unwrap(), both.1.unwrap()];
    assert!(both.contains(&Removal::Done) && both.contains(&Removal::Unfinished), "one at a time: {both:?}");
    assert_eq!(left(&client, book).await, (0, 0, 0));
}

#[tokio::test]
async fn a_book_deleted_under_an_import_leaves_nothing_behind() {
    let (client, stores) = (client().await, stores().await);
    let book = book(&stores, organisation(), 1).await;
    let phones = phones_of(&[1, 17, 200], 60);
    // Crashes while it holds the book's lease.
    crashing_after(5).books.import(book, contacts(&phones), START).await.unwrap_err();
    assert_eq!(stores.books.delete(book, START).await.unwrap(), Changed::Done);
    assert_eq!(remove(&stores, book, START).await.unwrap(), Removal::Unfinished, "it may still write");
    assert_eq!(remove(&stores, book, START.plus(LEASE_OVER)).await.unwrap(), Removal::Done);
    assert_eq!(left(&client, book).await, (0, 0, 0));
    let book = self::book(&stores, organisation(), 1).await;
    let import = stores.books.import(book, contacts(&phones), START);
    let (imported, deleted) = tokio::join!(import, stores.books.delete(book, START));
    assert!(matches!(imported, Ok(_) | Err(EditError::NotFound)));
    assert_eq!(deleted.unwrap(), Changed::Done);
    assert_eq!(remove(&stores, book, START).await.unwrap(), Removal::Done);
    assert_eq!(left(&client, book).await, (0, 0, 0));
}
