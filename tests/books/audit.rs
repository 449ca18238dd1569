//! Reads a book's items past the store and says whether they agree.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use domain::{keys::BookKey, msisdn::Msisdn, packed, roster::Leaf, timestamp::Timestamp};
use stores::{ListRequest, Stores, books::Roster};

use crate::database::names;

type Item = HashMap<String, AttributeValue>;
type Items = Vec<Item>;

pub async fn partition(client: &Client, pk: String) -> Items {
    client
        .query()
        .table_name(names().address_books)
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", AttributeValue::S(pk))
        .consistent_read(true)
        .into_paginator()
        .items()
        .send()
        .collect::<Result<_, _>>()
        .await
        .unwrap()
}

/// Every item of a book besides its header: contacts and leaves.
pub async fn items(client: &Client, key: BookKey) -> (Items, Items) {
    let BookKey { organisation, book } = key;
    let leaves = format!("ROSTER#{organisation}#{book}");
    let items = client
        .scan()
        .table_name(names().address_books)
        .filter_expression("begins_with(pk, :contacts) OR pk = :leaves")
        .expression_attribute_values(":contacts", AttributeValue::S(format!("BOOK#{organisation}#{book}#")))
        .expression_attribute_values(":leaves", AttributeValue::S(leaves.clone()))
        .consistent_read(true)
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Items, _>>()
        .await
        .unwrap();
    items.into_iter().partition(|item| item["pk"] != AttributeValue::S(leaves.clone()))
}

/// The content of a book, after checking that contacts, roster and header agree: its numbers, and the count of contacts
/// without one.
pub async fn agreed(
    client: &Client,
    stores: &Stores,
    book: BookKey,
    now: Timestamp,
) -> (BTreeSet<Msisdn>, u64) {
    let header = stores.books.get(book, now).await.unwrap().unwrap();
    let (contacts, leaves) = items(client, book).await;
    let (phones, phoneless) = keys_of_contacts(&contacts);
    let mut in_leaves = BTreeMap::new();
    let mut phoneless_in_leaves = 0;
    for item in &leaves {
        let bytes = |name: &str| item[name].as_b().unwrap().as_ref();
        let others = item.contains_key("others").then(|| bytes("others"));
        let leaf = Leaf::unpack(bytes("mobiles"), others, bytes("phoneless")).unwrap();
        for (numbers, gets_texts) in [(leaf.mobiles(), true), (leaf.others(), false)] {
            for &number in numbers {
                assert_eq!(in_leaves.insert(number, gets_texts), None, "a number appears once");
            }
        }
        phoneless_in_leaves += leaf.phoneless_contacts();
    }
    assert_eq!(phones, in_leaves, "contacts and roster");
    assert_eq!(phoneless, phoneless_in_leaves, "contacts without a phone");
    assert_eq!(header.contact_count, contacts.len() as u64, "the header's contacts");
    assert_eq!(header.no_phone_count, phoneless, "the header's contacts without a phone");
    let roster = stores.books.roster(book.organisation, &header).await.unwrap();
    let in_roster = |packed: fn(&Roster, u8) -> Option<&[u8]>, gets_texts| {
        let packed = (0..=255).filter_map(|leaf| packed(&roster, leaf));
        let numbers: Vec<Msisdn> = packed.flat_map(|bytes| packed::unpack(bytes).unwrap()).collect();
        numbers.into_iter().map(move |number| (number, gets_texts))
    };
    let mobiles = in_roster(Roster::mobiles, true);
    let in_roster = mobiles.chain(in_roster(Roster::others, false)).collect();
    assert_eq!((&phones, phoneless), (&in_roster, roster.no_phone_count()), "what a send reads");
    (phones.into_keys().collect(), phoneless)
}

/// The numbers of contacts, each with whether its line can get texts, and the count of contacts without one.
fn keys_of_contacts(contacts: &Items) -> (BTreeMap<Msisdn, bool>, u64) {
    let phone = |item: &Item| {
        let number = Msisdn::parse_e164(item.get("phone")?.as_n().unwrap()).unwrap();
        // The drafts of these tests are of mobile phones and landlines.
        if let Some(line) = item.get("line") {
            assert_eq!(line.as_s().unwrap(), "fixed_line");
        }
        Some((number, !item.contains_key("line")))
    };
    let phones: Vec<(Msisdn, bool)> = contacts.iter().filter_map(phone).collect();
    let distinct: BTreeMap<Msisdn, bool> = phones.iter().copied().collect();
    assert_eq!(distinct.len(), phones.len(), "one contact per number");
    (distinct, (contacts.len() - phones.len()) as u64)
}

/// First names by number, over all pages of a given size.
pub async fn first_names(
    stores: &Stores,
    book: BookKey,
    page_size: u64,
    now: Timestamp,
) -> BTreeMap<Msisdn, String> {
    let mut names = BTreeMap::new();
    for page in 1.. {
        let request = ListRequest::page(page, page_size);
        let (_, page) = stores.books.contacts(book, request, now).await.unwrap().unwrap();
        if page.results.is_empty() {
            break;
        }
        names.extend(page.results.into_iter().filter_map(|c| Some((c.phone?.number, c.first_name))));
    }
    names
}
