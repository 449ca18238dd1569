//! Damaged tables. A request that reads a damaged item gets an error in the contract's form, which shows no stored
//! value, and the next requests work.

use std::collections::HashMap;

use aws_sdk_dynamodb::{Client, primitives::Blob, types::AttributeValue};
use fuzzing::{Input, inputs, play};
use proptest::{
    prelude::any,
    sample::{Index, select},
};
use serde_json::json;
use tests::stored;

use crate::system::{CANARIES, FuzzRequest, FuzzedSystem};

const CASES: u32 = 8;

type Item = HashMap<String, AttributeValue>;

/// All items, each with its table.
struct StoredItems {
    client: Client,
    items: Vec<(String, Item)>,
}

impl StoredItems {
    fn of(system: &FuzzedSystem) -> Self {
        let (client, stack) = (stored::client(&system.world.stack), &system.world.stack);
        let mut items = Vec::new();
        for table in ["ACCOUNTS_TABLE", "ADDRESS_BOOKS_TABLE", "CAMPAIGNS_TABLE"] {
            let name = &stack.variables()[table];
            let page = system.wait_for(client.scan().table_name(name).send()).unwrap();
            items.extend(page.items.unwrap_or_default().into_iter().map(|item| (name.clone(), item)));
        }
        Self { client, items }
    }

    /// Attributes that match, by the place of their item.
    fn attributes(&self, wanted: impl Fn(&str, &AttributeValue) -> bool) -> Vec<(usize, String)> {
        let of = |(place, (_, item)): (usize, &(String, Item))| {
            let names = item.iter().filter(|(name, value)| wanted(name, value)).map(|(name, _)| name.clone());
            let mut names: Vec<String> = names.collect();
            names.sort();
            names.into_iter().map(|name| (place, name)).collect::<Vec<_>>()
        };
        self.items.iter().enumerate().flat_map(of).collect()
    }

    /// Replaces an item by a damaged one, and makes requests.
    fn meet(&self, system: &FuzzedSystem, place: usize, damage: impl FnOnce(&mut Item)) {
        let (table, whole) = &self.items[place];
        let mut damaged = whole.clone();
        damage(&mut damaged);
        // DynamoDB itself refuses one kind of damage: an index key of another type.
        if !self.put(system, table, damaged) {
            return;
        }
        for asked in questions(system) {
            let (status, answer) = system.ask(&asked);
            if status.is_server_error() {
                let said = answer.to_string();
                assert_eq!(CANARIES.into_iter().find(|canary| said.contains(canary)), None, "{said}");
            }
        }
        assert!(self.put(system, table, whole.clone()), "what was there is put back");
    }

    /// Whether the table accepted it.
    fn put(&self, system: &FuzzedSystem, table: &str, item: Item) -> bool {
        let request = self.client.put_item().table_name(table).set_item(Some(item));
        system.wait_for(request.send()).is_ok()
    }
}

/// Requests that together read every item, and write nothing.
fn questions(system: &FuzzedSystem) -> Vec<FuzzRequest> {
    let book = &system.book;
    let get = |path: &str, accept: &str| FuzzRequest {
        method: "GET",
        path: path.to_owned(),
        headers: vec![("accept", accept.to_owned())],
        body: Vec::new(),
    };
    let send = json!({"group_ids": [book], "message": "Hello!", "dry_run": true});
    vec![
        get("/v1/balance/", "*/*"),
        get("/v1/wallet/entries/", "*/*"),
        get("/v1/opt-outs/", "*/*"),
        get("/v1/address-books/", "*/*"),
        get(&format!("/v1/address-books/{book}/contacts/"), "*/*"),
        get("/v1/sms/campaigns/", "*/*"),
        get("/v1/sms/campaigns/1/", "*/*"),
        get("/v1/sms/campaigns/1/messages/?status=delivered", "*/*"),
        get("/v1/sms/campaigns/1/messages/", "text/csv"),
        FuzzRequest {
            method: "POST",
            path: "/v1/sms/send-group/".to_owned(),
            headers: vec![("content-type", "application/json".to_owned())],
            body: send.to_string().into_bytes(),
        },
    ]
}

#[test]
fn damaged_packed_bytes_never_crash_a_function() {
    let system = FuzzedSystem::new();
    let stored_items = StoredItems::of(&system);
    let packed = stored_items.attributes(|_, value| value.is_b());
    let bytes = |(place, name): &(usize, String)| {
        stored_items.items[*place].1[name].as_b().unwrap().as_ref().to_vec()
    };
    let seeds = packed.iter().map(bytes).collect();
    play(CASES, &(select(packed), inputs(seeds)), |((place, name), Input(bytes))| {
        stored_items.meet(&system, place, |item| {
            item.insert(name, AttributeValue::B(Blob::new(bytes)));
        });
        Ok(())
    });
}

#[test]
fn an_answer_never_shows_an_attribute_that_was_swapped_with_another_one() {
    let system = FuzzedSystem::new();
    let stored_items = StoredItems::of(&system);
    let places = stored_items.attributes(|name, _| !["pk", "sk"].contains(&name));
    play(CASES, &(select(places), any::<Index>()), |((place, name), other)| {
        stored_items.meet(&system, place, |item| {
            let mut names: Vec<String> = item.keys().cloned().collect();
            names.sort();
            let strange = item[&names[other.index(names.len())]].clone();
            item.insert(name, strange);
        });
        Ok(())
    });
}
