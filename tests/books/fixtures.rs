//! Imports of two books as people export them.

use std::{fs, path::PathBuf};

use domain::tariff::Tariff;
use numbering::{HomeCountry, NumberError, NumberReader};
use serde_json::Value;
use stores::books::ContactDraft;

use crate::{
    audit,
    database::{client, organisation, stores},
    sample::{START, book},
};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/contacts").join(name)
}

/// The rows of an export that are contacts.
fn drafts(name: &str) -> Vec<ContactDraft> {
    let (home, tariff) = (HomeCountry::parse("KE").unwrap(), Tariff::default());
    let mut reader = csv::Reader::from_path(fixture(&format!("{name}.csv"))).unwrap();
    let draft = |row: csv::StringRecord| {
        let cell = |place: usize| Some(row[place].to_owned()).filter(|cell| !cell.is_empty());
        let phone = match NumberReader::new(home, &tariff).read(&row[2]) {
            Ok(phone) => Some(phone),
            Err(NumberError::Empty) => None,
            Err(_) => return None,
        };
        let (first_name, last_name, email, notes) = (cell(0), cell(1), cell(3), cell(4));
        Some(ContactDraft { phone, first_name, last_name, email, notes })
    };
    reader.records().filter_map(|row| draft(row.unwrap())).collect()
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn two_exported_books_hold_exactly_the_numbers_that_are_in_them() {
    let expected: Value = serde_json::from_slice(&fs::read(fixture("expected.json")).unwrap()).unwrap();
    let (client, stores, organisation) = (client().await, stores().await, organisation());
    let mut found = Vec::new();
    for (number, name) in (1..).zip(["premium_customers", "newsletter_subscribers"]) {
        let book = book(&stores, organisation, number).await;
        let drafts = drafts(name);
        let rows = drafts.len() as u64;
        let imported = stores.books.import(book, drafts.clone(), START).await.unwrap();
        let (phones, no_phone) = audit::agreed(&client, &stores, book, START).await;
        let expected = |what: &str| expected[name][what].as_u64().unwrap();
        assert_eq!(phones.len() as u64, expected("unique_phones"));
        assert_eq!(no_phone, expected("no_phone"));
        assert_eq!(rows, expected("rows") - expected("invalid_phone"));
        assert_eq!(imported.added, expected("unique_phones") + expected("no_phone"));
        assert_eq!((imported.updated, imported.added + imported.duplicates), (0, rows));
        let again = stores.books.import(book, drafts, START).await.unwrap();
        assert_eq!((again.added, again.updated, again.unchanged), (0, imported.added, imported.added));
        found.push(phones);
    }
    assert_eq!((&found[0] | &found[1]).len() as u64, expected["both"]["unique_phones"].as_u64().unwrap());
    assert_eq!((&found[0] & &found[1]).len() as u64, expected["both"]["in_both_books"].as_u64().unwrap());
}
