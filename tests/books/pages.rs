//! Contacts by page, books by page.

use domain::{keys::BookKey, phone::Phone};
use stores::{Changed, ListRequest, books::ContactDraft};

use crate::{
    audit,
    database::{organisation, stores},
    sample::{START, book, contacts, named, phone, with_phone},
};

#[tokio::test]
async fn every_contact_is_on_exactly_one_page_with_every_page_size() {
    let (stores, organisation) = (stores().await, organisation());
    let book = book(&stores, organisation, 1).await;
    let phones: Vec<_> = (0..40).map(|i| phone(254_712_000_000 + i * 7)).collect();
    stores.books.import(book, contacts(&phones), START).await.unwrap();
    for page_size in [1, 17, 40, 500] {
        let mut seen = Vec::new();
        for page in 1..=40_u64.div_ceil(page_size) + 1 {
            let request = ListRequest::page(page, page_size);
            let (book, page) = stores.books.contacts(book, request, START).await.unwrap().unwrap();
            assert_eq!((book.contact_count, page.total), (40, 40));
            seen.extend(page.results.into_iter().map(|contact| contact.id));
        }
        assert!(seen.is_sorted() && seen.len() == 40, "{page_size}");
        seen.dedup();
        assert_eq!(seen.len(), 40);
    }
}

#[tokio::test]
async fn a_later_row_replaces_the_fields_that_it_has_and_keeps_the_others() {
    let (stores, organisation) = (stores().await, organisation());
    let book = book(&stores, organisation, 1).await;
    let (a, b) = (phone(254_712_345_678), phone(254_712_345_679));
    let noted = ContactDraft { notes: Some("VIP".to_owned()), ..ContactDraft::default() };
    let rows = vec![
        with_phone(a, "Akinyi"),
        ContactDraft { phone: Some(Phone::mobile(a)), ..noted },
        with_phone(b, "Baraka"),
    ];
    let first = stores.books.import(book, rows.clone(), START).await.unwrap();
    assert_eq!((first.added, first.duplicates), (2, 1));
    let later = stores.books.import(book, vec![with_phone(a, "Achieng")], START).await.unwrap();
    assert_eq!((later.updated, later.unchanged), (1, 0));
    let names = audit::first_names(&stores, book, 10, START).await;
    assert_eq!(names, [(a, "Achieng".to_owned()), (b, "Baraka".to_owned())].into());
    let request = ListRequest::page(1, 10);
    let (_, page) = stores.books.contacts(book, request, START).await.unwrap().unwrap();
    assert!(
        page.results.iter().any(|contact| contact.phone == Some(Phone::mobile(a)) && contact.notes == "VIP")
    );
}

#[tokio::test]
async fn two_contacts_of_one_name_without_a_phone_stay_two_after_repeated_imports() {
    let (stores, organisation) = (stores().await, organisation());
    let book = book(&stores, organisation, 1).await;
    let rows = || vec![named("Ólafur"), named("ólafur")];
    let first = stores.books.import(book, rows(), START).await.unwrap();
    let again = stores.books.import(book, rows(), START).await.unwrap();
    assert_eq!((first.added, first.duplicates, again.added), (2, 0, 0));
}

#[tokio::test]
async fn books_are_listed_by_name_and_only_to_their_organisation() {
    let (stores, organisation, other) = (stores().await, organisation(), organisation());
    let (one, two) = (book(&stores, organisation, 1).await, book(&stores, organisation, 2).await);
    let described = stores.books.describe(one, Some("Zebra"), Some("striped"), START).await;
    assert_eq!(described.unwrap().unwrap().description, "striped");
    let list = async |organisation, request| stores.books.list(organisation, request, START).await.unwrap();
    let page = list(organisation, ListRequest::page(1, 10)).await;
    assert_eq!(page.results.iter().map(|book| book.id).collect::<Vec<_>>(), [two.book, one.book]);
    assert_eq!(list(other, ListRequest::page(1, 10)).await.total, 0);
    let headers = stores.books.headers(organisation, &[one.book, two.book, one.book], START).await.unwrap();
    assert_eq!(
        headers.into_iter().map(|book| book.unwrap().id).collect::<Vec<_>>(),
        [one.book, two.book, one.book]
    );
    assert_eq!(stores.books.headers(other, &[one.book], START).await.unwrap(), [None]);
    let foreign = BookKey { organisation: other, ..one };
    assert_eq!(stores.books.describe(foreign, Some("Mine"), None, START).await.unwrap(), None);
}

#[tokio::test]
async fn a_page_of_books_continues_after_a_book_that_was_deleted_meanwhile() {
    let (stores, organisation) = (stores().await, organisation());
    let list = async |request| stores.books.list(organisation, request, START).await.unwrap();
    let (second, third) = (book(&stores, organisation, 2).await, book(&stores, organisation, 3).await);
    let page = list(ListRequest::page(1, 1)).await;
    assert_eq!((page.results[0].id, page.total), (second.book, 2));
    assert_eq!(stores.books.delete(second, START).await.unwrap(), Changed::Done);
    book(&stores, organisation, 1).await;
    let page = list(ListRequest::after(page.next.unwrap(), 1)).await;
    assert_eq!((page.results[0].id, page.total, page.next), (third.book, 2, None));
}

#[tokio::test]
async fn pages_after_a_position_miss_and_repeat_no_contact_if_others_are_added_and_removed() {
    let (stores, organisation) = (stores().await, organisation());
    let book = book(&stores, organisation, 1).await;
    let phones: Vec<_> = (0..100).map(|i| phone(254_712_000_000 + i * 7)).collect();
    stores.books.import(book, contacts(&phones), START).await.unwrap();
    for page_size in [17, 50, 500] {
        let (mut seen, mut removed) = (Vec::new(), Vec::new());
        let mut request = ListRequest::page(1, page_size);
        for round in 0.. {
            let (_, page) = stores.books.contacts(book, request, START).await.unwrap().unwrap();
            seen.extend(page.results.iter().map(|contact| contact.phone.unwrap().number));
            let Some(position) = page.next else { break };
            assert_eq!(page.results.len() as u64, page_size);
            let first = &page.results[0];
            assert_eq!(stores.books.delete_contact(book, first.id, START).await.unwrap(), Changed::Done);
            removed.push(first.phone.unwrap().number);
            let added = phone(254_733_000_000 + round);
            stores.books.import(book, contacts(&[added]), START).await.unwrap();
            request = ListRequest::after(position, page_size);
        }
        assert!(
            phones.iter().all(|phone| seen.iter().filter(|seen| *seen == phone).count() == 1),
            "{page_size}"
        );
        stores.books.import(book, contacts(&removed), START).await.unwrap();
    }
}

#[tokio::test]
async fn the_page_after_a_page_by_number_begins_with_the_next_contact() {
    let (stores, organisation) = (stores().await, organisation());
    let book = book(&stores, organisation, 1).await;
    let phones: Vec<_> = (0..60).map(|i| phone(254_712_000_000 + i * 7)).collect();
    stores.books.import(book, contacts(&phones), START).await.unwrap();
    let ids = async |request| {
        let (_, page) = stores.books.contacts(book, request, START).await.unwrap().unwrap();
        (page.results.into_iter().map(|contact| contact.id).collect::<Vec<_>>(), page.next)
    };
    let (all, next) = ids(ListRequest::page(1, 60)).await;
    assert_eq!(next, None);
    let (second, next) = ids(ListRequest::page(2, 20)).await;
    let (third, end) = ids(ListRequest::after(next.unwrap(), 20)).await;
    assert_eq!(([second, third].concat().as_slice(), end), (&all[20..], None));
    assert_eq!(ids(ListRequest::page(4, 20)).await, (Vec::new(), None));
}
