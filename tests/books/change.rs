//! Changes of one contact, at the same time as imports and crashes.

use std::collections::BTreeSet;

use domain::{ids::ContactId, keys::BookKey, msisdn::Msisdn, phone::Phone};
use futures_util::future::join_all;
use stores::{
    Stores,
    books::{ContactChange, ContactChanged, EditError},
};

use crate::{
    audit,
    database::{LEASE_OVER, client, crashing_after, deaf_to, organisation, stores},
    sample::{START, book, contacts, phones_of, with_phone},
};

fn to_phone(phone: Msisdn) -> ContactChange {
    ContactChange { phone: Some(Some(Phone::mobile(phone))), ..ContactChange::default() }
}

fn noted(notes: &str) -> ContactChange {
    ContactChange { notes: Some(notes.to_owned()), ..ContactChange::default() }
}

async fn id_of(stores: &Stores, book: BookKey, phone: Msisdn) -> ContactId {
    let (_, contact) = stores.books.contact_with_phone(book, phone, START).await.unwrap().unwrap();
    contact.unwrap().id
}

async fn phones(stores: &Stores, book: BookKey) -> BTreeSet<Msisdn> {
    audit::agreed(&client().await, stores, book, START).await.0
}

#[tokio::test]
async fn a_new_number_moves_a_contact_within_its_leaf_and_to_another_one() {
    let (stores, organisation) = (stores().await, organisation());
    let book = book(&stores, organisation, 1).await;
    let (near, far) = (phones_of(&[3], 2), phones_of(&[200], 1)[0]);
    stores.books.import(book, vec![with_phone(near[0], "Akinyi")], START).await.unwrap();
    let mut id = id_of(&stores, book, near[0]).await;
    for phone in [near[1], far, near[0]] {
        let changed = stores.books.change_contact(book, id, &to_phone(phone), START).await.unwrap();
        let ContactChanged::Done(contact) = changed else { panic!("{changed:?}") };
        assert_eq!((contact.phone, contact.first_name.as_str()), (Some(Phone::mobile(phone)), "Akinyi"));
        assert_eq!(phones(&stores, book).await, [phone].into());
        id = contact.id;
    }
    let gone =
        stores.books.change_contact(book, id_of(&stores, book, near[0]).await, &to_phone(far), START).await;
    assert!(matches!(gone, Ok(ContactChanged::Done(_))));
    let unknown = stores.books.change_contact(book, id, &noted("x"), START).await;
    assert!(matches!(unknown, Ok(ContactChanged::NotFound)));
}

#[tokio::test]
async fn the_same_number_again_renews_its_type_in_the_contact_and_in_the_roster() {
    let (stores, organisation) = (stores().await, organisation());
    let book = book(&stores, organisation, 1).await;
    let phones = phones_of(&[3], 2);
    stores.books.import(book, contacts(&phones), START).await.unwrap();
    let id = id_of(&stores, book, phones[0]).await;
    for phone in [Phone::fixed_line(phones[0]), Phone::mobile(phones[0])] {
        let change = ContactChange { phone: Some(Some(phone)), ..ContactChange::default() };
        let changed = stores.books.change_contact(book, id, &change, START).await.unwrap();
        let ContactChanged::Done(contact) = changed else { panic!("{changed:?}") };
        assert_eq!((contact.id, contact.phone), (id, Some(phone)));
        // The auditor compares each contact with the roster, types included.
        assert_eq!(self::phones(&stores, book).await, phones.iter().copied().collect());
    }
}

#[tokio::test]
async fn a_change_that_crashes_at_any_call_is_done_or_not_done() {
    let stores = stores().await;
    let (old, new) = (phones_of(&[3], 1)[0], phones_of(&[200], 1)[0]);
    for calls in 0.. {
        let organisation = organisation();
        let book = book(&stores, organisation, 1).await;
        stores.books.import(book, contacts(&[old]), START).await.unwrap();
        let id = id_of(&stores, book, old).await;
        let result = crashing_after(calls).books.change_contact(book, id, &to_phone(new), START).await;
        let expected = if result.is_ok() { new } else { old };
        assert_eq!(phones(&stores, book).await, [expected].into(), "{calls}");
        if result.is_ok() {
            assert!(calls >= 4, "header, contact, leaves, transaction");
            break;
        }
    }
    for call in 0..4 {
        let organisation = organisation();
        let book = book(&stores, organisation, 1).await;
        stores.books.import(book, contacts(&[old]), START).await.unwrap();
        let id = id_of(&stores, book, old).await;
        let changed = deaf_to(call).books.change_contact(book, id, &to_phone(new), START).await;
        assert!(matches!(changed, Ok(ContactChanged::Done(_))), "{call}");
        assert_eq!(phones(&stores, book).await, [new].into(), "{call}");
    }
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn imports_and_changes_at_the_same_time_lose_nothing() {
    let (stores, organisation) = (stores().await, organisation());
    let book = book(&stores, organisation, 1).await;
    let (known, new, other) = (phones_of(&[3, 16], 6), phones_of(&[90], 20), phones_of(&[200], 1)[0]);
    stores.books.import(book, contacts(&known), START).await.unwrap();
    let rows = known[1..].iter().chain(&new).map(|phone| with_phone(*phone, "Akinyi")).collect();
    let (id, change) = (id_of(&stores, book, known[0]).await, to_phone(other));
    let notes = join_all(known[1..].iter().map(|phone| async {
        let id = id_of(&stores, book, *phone).await;
        stores.books.change_contact(book, id, &noted("called"), START).await.unwrap()
    }));
    let moved = stores.books.change_contact(book, id, &change, START);
    let (import, moved, notes) = tokio::join!(stores.books.import(book, rows, START), moved, notes);
    assert_eq!((import.unwrap().added, notes.len()), (20, 5));
    assert!(
        notes.into_iter().chain([moved.unwrap()]).all(|change| matches!(change, ContactChanged::Done(_)))
    );
    let expected = known[1..].iter().chain(&new).chain([&other]).copied().collect();
    assert_eq!(phones(&stores, book).await, expected);
    for phone in &known[1..] {
        let (_, contact) = stores.books.contact_with_phone(book, *phone, START).await.unwrap().unwrap();
        let contact = contact.unwrap();
        assert_eq!((contact.first_name.as_str(), contact.notes.as_str()), ("Akinyi", "called"));
    }
}

#[tokio::test]
async fn a_change_repairs_what_a_crashed_import_left() {
    let (stores, organisation) = (stores().await, organisation());
    let book = book(&stores, organisation, 1).await;
    let phones = phones_of(&[3], 2);
    stores.books.import(book, contacts(&phones[..1]), START).await.unwrap();
    crashing_after(4).books.import(book, contacts(&phones), START).await.unwrap_err();
    let id = id_of(&stores, book, phones[0]).await;
    let later = START.plus(LEASE_OVER);
    let changed = stores.books.change_contact(book, id, &noted("called"), later).await;
    assert!(matches!(changed, Ok(ContactChanged::Done(_))));
    let gone = stores
        .books
        .change_contact(
            BookKey { organisation: crate::database::organisation(), ..book },
            id,
            &noted("x"),
            later,
        )
        .await;
    assert!(matches!(gone, Err(EditError::NotFound)));
}
