//! An edit that crashes at any of its calls is repaired by the next one.

use std::collections::BTreeSet;

use domain::{ids::ContactId, msisdn::Msisdn, timestamp::Millis};
use stores::{
    Changed, ListRequest,
    books::{EditError, LEASE, LeftEditFound, MARKED_FOR},
};

use crate::{
    audit,
    database::{LEASE_OVER, client, crashing_after, deaf_to, organisation, stores},
    sample::{START, book, contacts, named, phones_of, points},
};

const LEAVES: [u8; 3] = [3, 16, 200];

#[tokio::test]
async fn an_import_that_crashes_at_any_call_is_repaired_and_can_be_repeated() {
    let (client, stores) = (client().await, stores().await);
    let after_lease = START.plus(LEASE_OVER);
    let (old, new) = (phones_of(&LEAVES, 10), phones_of(&LEAVES, 70));
    for calls in points() {
        let organisation = organisation();
        let book = book(&stores, organisation, 1).await;
        stores.books.import(book, contacts(&old), START).await.unwrap();
        let mut drafts = contacts(&new);
        drafts.push(named("Ólafur"));
        let result = crashing_after(calls).books.import(book, drafts.clone(), START).await;
        let (phones, no_phone) = audit::agreed(&client, &stores, book, after_lease).await;
        let set = |phones: &[Msisdn]| phones.iter().copied().collect::<BTreeSet<_>>();
        assert!(phones.is_superset(&set(&old)) && phones.is_subset(&set(&new)), "{calls}");
        let again = stores.books.import(book, drafts, after_lease).await.unwrap();
        let (added, known) = (again.added, phones.len() as u64 + no_phone);
        assert_eq!((added + known, again.updated), (71, known), "{calls}");
        let (phones, no_phone) = audit::agreed(&client, &stores, book, after_lease).await;
        assert_eq!((phones, no_phone), (set(&new), 1), "{calls}");
        if result.is_ok() {
            assert!(calls > 6, "an import takes more calls than {calls}");
            return;
        }
    }
}

#[tokio::test]
async fn a_removal_of_a_contact_that_crashes_at_any_call_is_done_or_not_done() {
    let (client, stores) = (client().await, stores().await);
    let after_lease = START.plus(LEASE_OVER);
    let phones = phones_of(&LEAVES, 6);
    for calls in points() {
        let organisation = organisation();
        let book = book(&stores, organisation, 1).await;
        stores.books.import(book, contacts(&phones), START).await.unwrap();
        let request = ListRequest::page(1, 1);
        let (_, page) = stores.books.contacts(book, request, START).await.unwrap().unwrap();
        let contact: ContactId = page.results[0].id;
        let result = crashing_after(calls).books.delete_contact(book, contact, START).await;
        let (left, _) = audit::agreed(&client, &stores, book, after_lease).await;
        assert!(left.len() == 5 || (result.is_err() && left.len() == 6), "{calls}");
        let again = stores.books.delete_contact(book, contact, after_lease).await.unwrap();
        assert_eq!(again, if left.len() == 6 { Changed::Done } else { Changed::NotFound });
        assert_eq!(audit::agreed(&client, &stores, book, after_lease).await.0.len(), 5);
        if result.is_ok() {
            return;
        }
    }
}

#[tokio::test]
async fn a_repair_that_crashes_at_any_call_is_itself_repaired() {
    let (client, stores) = (client().await, stores().await);
    let phones = phones_of(&LEAVES, 30);
    for calls in points() {
        let organisation = organisation();
        let book = book(&stores, organisation, 1).await;
        // Crashes with all contacts written and no leaf.
        crashing_after(6).books.import(book, contacts(&phones), START).await.unwrap_err();
        let first = START.plus(LEASE_OVER);
        let result = crashing_after(calls).books.get(book, first).await;
        let second = first.plus(LEASE_OVER);
        let (found, _) = audit::agreed(&client, &stores, book, second).await;
        assert_eq!(found.len(), 30, "{calls}");
        if result.is_ok() {
            return;
        }
    }
}

#[tokio::test]
async fn a_call_whose_answer_is_lost_is_repeated_without_harm() {
    let (client, stores) = (client().await, stores().await);
    let phones = phones_of(&LEAVES, 30);
    for call in points().take_while(|call| *call < 12) {
        let organisation = organisation();
        let book = book(&stores, organisation, 1).await;
        let imported = deaf_to(call).books.import(book, contacts(&phones), START).await.unwrap();
        assert_eq!(imported.added, 30, "{call}");
        assert_eq!(audit::agreed(&client, &stores, book, START).await.0.len(), 30, "{call}");
        let again = stores.books.import(book, contacts(&phones), START).await.unwrap();
        assert_eq!((again.added, again.unchanged), (0, 30), "{call}");
    }
}

#[tokio::test]
async fn the_next_edit_waits_for_the_lease_of_a_crashed_one_and_then_succeeds() {
    let (client, stores, organisation) = (client().await, stores().await, organisation());
    let book = book(&stores, organisation, 1).await;
    let phones = phones_of(&[3], 2);
    let result = crashing_after(3).books.import(book, contacts(&phones[..1]), START).await;
    assert!(matches!(result, Err(EditError::CutShort { stored: 0, remaining: 1, .. })), "{result:?}");
    let almost = START.plus(Millis(LEASE.0 - 1));
    assert_eq!(stores.books.get(book, almost).await.unwrap().unwrap().contact_count, 0);
    let imported = stores.books.import(book, contacts(&phones[1..]), almost).await.unwrap();
    assert_eq!(imported.added, 1);
    assert_eq!(audit::agreed(&client, &stores, book, almost).await.0.len(), 1);
}

#[tokio::test]
async fn the_clock_repairs_a_book_whose_import_crashed_at_any_call_even_if_no_request_reads_it() {
    let (client, stores) = (client().await, stores().await);
    let phones = phones_of(&LEAVES, 30);
    let later = START.plus(MARKED_FOR).plus(Millis::from_secs(30));
    for calls in points() {
        let organisation = organisation();
        let book = book(&stores, organisation, 1).await;
        let result = crashing_after(calls).books.import(book, contacts(&phones), START).await;
        let soon = stores.books.left_edits(START.plus(LEASE)).await.unwrap();
        assert!(soon.is_empty(), "{calls}: its marker is not over");
        for left in stores.books.left_edits(later).await.unwrap() {
            let found = stores.books.finish_left(left.unwrap(), later).await.unwrap();
            assert_ne!(found, LeftEditFound::UnderWay, "{calls}");
        }
        assert_eq!(audit::partition(&client, "EDITS".to_owned()).await.len(), 0, "{calls}");
        let header = audit::partition(&client, format!("ORG#{organisation}")).await.remove(0);
        assert!(!header.contains_key("edit_id"), "{calls}");
        let (found, _) = audit::agreed(&client, &stores, book, START).await;
        assert!(found.len() <= 30 && (result.is_err() || found.len() == 30), "{calls}: {}", found.len());
        if result.is_ok() {
            assert!(calls > 8, "an import takes more calls than {calls}");
            return;
        }
    }
}
