//! After random edits, complete or cut short, contacts, roster and header agree.

use std::collections::BTreeMap;

use domain::{ids::ContactId, keys::BookKey, msisdn::Msisdn, phone::Phone, timestamp::Timestamp};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use stores::{
    ListRequest, Stores,
    books::{ContactChange, ContactChanged, ContactDraft},
};
use tests::every;

use crate::{
    audit,
    database::{LEASE_OVER, client, crashing_after, organisation, stores},
    sample::{START, book, contacts, phones_of, with_phone},
};

#[derive(Clone, Debug)]
enum Edit {
    /// Imports the numbers at these places under a name, perhaps with a crash after some calls.
    Import(Vec<usize>, u8, Option<i64>),
    /// Removes one of the contacts.
    Remove(prop::sample::Index, Option<i64>),
    /// Gives one of the contacts the number with this index.
    Change(prop::sample::Index, usize, Option<i64>),
}

const NUMBERS: usize = 24;

fn edit() -> impl Strategy<Value = Edit> {
    let crashes_after = prop::option::weighted(0.3, 0..8_i64);
    let import = (prop::collection::vec(0..NUMBERS, 0..10), any::<u8>(), crashes_after.clone());
    prop_oneof![
        2 => import.prop_map(|(places, name, crashes_after)| Edit::Import(places, name, crashes_after)),
        1 => (any::<prop::sample::Index>(), crashes_after.clone()).prop_map(|(place, crashes_after)| Edit::Remove(place, crashes_after)),
        1 => (any::<prop::sample::Index>(), 0..NUMBERS, crashes_after)
            .prop_map(|(place, number, crashes_after)| Edit::Change(place, number, crashes_after)),
    ]
}

async fn contact_ids(stores: &Stores, book: BookKey, now: Timestamp) -> Vec<(ContactId, Msisdn)> {
    let request = ListRequest::page(1, 500);
    let (_, page) = stores.books.contacts(book, request, now).await.unwrap().unwrap();
    page.results.into_iter().map(|contact| (contact.id, contact.phone.unwrap().number)).collect()
}

async fn apply_all(edits: Vec<Edit>) {
    let (client, stores, organisation) = (client().await, stores().await, organisation());
    let book = book(&stores, organisation, 1).await;
    let phones = phones_of(&[0, 15, 16, 255], NUMBERS);
    let mut model: BTreeMap<Msisdn, String> = BTreeMap::new();
    let mut now = START;
    for edit in edits {
        let cut_short = match edit {
            Edit::Import(places, name, crashes_after) => {
                let name = format!("Name {name}");
                let drafts = places.iter().map(|place| with_phone(phones[*place], &name)).collect();
                let writer = crashes_after.map_or_else(|| stores.clone(), crashing_after);
                let imported = writer.books.import(book, drafts, now).await;
                if imported.is_ok() {
                    model.extend(places.iter().map(|place| (phones[*place], name.clone())));
                }
                imported.is_err()
            }
            Edit::Remove(place, crashes_after) => {
                let ids = contact_ids(&stores, book, now).await;
                let Some((id, phone)) = (!ids.is_empty()).then(|| *place.get(&ids)) else { continue };
                let writer = crashes_after.map_or_else(|| stores.clone(), crashing_after);
                let removed = writer.books.delete_contact(book, id, now).await;
                if removed.is_ok() {
                    model.remove(&phone);
                }
                removed.is_err()
            }
            Edit::Change(place, number, crashes_after) => {
                let ids = contact_ids(&stores, book, now).await;
                let Some((id, old)) = (!ids.is_empty()).then(|| *place.get(&ids)) else { continue };
                let change = ContactChange {
                    phone: Some(Some(Phone::mobile(phones[number]))),
                    ..ContactChange::default()
                };
                let writer = crashes_after.map_or_else(|| stores.clone(), crashing_after);
                match writer.books.change_contact(book, id, &change, now).await {
                    Ok(ContactChanged::Done(contact)) => {
                        model.remove(&old);
                        model.insert(phones[number], contact.first_name);
                        false
                    }
                    Ok(changed) => {
                        assert!(matches!(changed, ContactChanged::Taken(_)), "{changed:?}");
                        false
                    }
                    Err(_) => true,
                }
            }
        };
        if cut_short {
            now = now.plus(LEASE_OVER);
            audit::agreed(&client, &stores, book, now).await;
            model = audit::first_names(&stores, book, 500, now).await;
        }
        let (found, _) = audit::agreed(&client, &stores, book, now).await;
        assert!(found.iter().eq(model.keys()));
        assert_eq!(audit::first_names(&stores, book, 7, now).await, model);
    }
}

#[tokio::test]
async fn an_import_that_repeats_most_of_a_leaf_changes_only_its_own_contacts() {
    let (client, stores, organisation) = (client().await, stores().await, organisation());
    let book = book(&stores, organisation, 1).await;
    // More contacts of one leaf than an edit reads one by one, and one contact of another leaf.
    let phones = [phones_of(&[7], 80), phones_of(&[200], 1)].concat();
    let import = async |drafts| {
        let imported = stores.books.import(book, drafts, START).await.unwrap();
        (imported.added, imported.updated, imported.unchanged)
    };
    assert_eq!(import(contacts(&phones[..70])).await, (70, 0, 0));
    assert_eq!(import(contacts(&phones)).await, (11, 70, 70));
    let mut renamed = contacts(&phones);
    renamed[3] = with_phone(phones[3], "Otieno");
    assert_eq!(import(renamed).await, (0, 81, 80));
    audit::agreed(&client, &stores, book, START).await;
    let names = audit::first_names(&stores, book, 500, START).await;
    assert_eq!(names.values().filter(|name| *name == "Otieno").count(), 1);
}

/// 64 lists of edits with `EVERY=points`, otherwise 8.
#[test]
fn contacts_roster_and_header_agree_after_any_edits() {
    let cases = if every("points") { 64 } else { 8 };
    // Not the macro, because `PROPTEST_CASES` would take the place of this number.
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let edits = prop::collection::vec(edit(), 1..8);
    let tried = runner.run(&edits, |edits| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(apply_all(edits));
        Ok(())
    });
    tried.unwrap_or_else(|failed| panic!("{failed}"));
}

#[tokio::test]
async fn a_number_whose_type_has_changed_moves_within_the_roster() {
    let (client, stores, organisation) = (client().await, stores().await, organisation());
    let book = book(&stores, organisation, 1).await;
    let phones = phones_of(&[3, 200], 8);
    let of_type = |phone: fn(Msisdn) -> Phone| {
        let draft = |number: &Msisdn| ContactDraft { phone: Some(phone(*number)), ..ContactDraft::default() };
        phones.iter().map(draft).collect::<Vec<_>>()
    };
    for (phone, unchanged) in
        [(Phone::mobile as fn(Msisdn) -> Phone, 0), (Phone::fixed_line, 0), (Phone::fixed_line, 8)]
    {
        let imported = stores.books.import(book, of_type(phone), START).await.unwrap();
        assert_eq!(imported.unchanged, unchanged);
        let (_, page) = stores.books.contacts(book, ListRequest::page(1, 100), START).await.unwrap().unwrap();
        let found = page.results.iter().filter_map(|contact| contact.phone);
        assert!(found.into_iter().all(|found| found == phone(found.number)));
        assert_eq!(audit::agreed(&client, &stores, book, START).await.0.len(), phones.len());
    }
}
