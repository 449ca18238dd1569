//! Address books of any size in a moment: only their rosters, which is all that a send reads.
//!
//! A book made so has no contacts to browse: importing a million through the API is a bench of its own.
//! The form is that of `stores::books`; the product reads it back, so a change there fails here at once.

use std::collections::HashSet;

use aws_sdk_dynamodb::{
    Client,
    primitives::Blob,
    types::{AttributeValue, PutRequest, WriteRequest},
};
use domain::{
    msisdn::Msisdn,
    packed::{pack, write_varint},
    roster::{LEAVES, leaf_of},
};
use futures_util::{StreamExt, stream};
use serde_json::json;

use super::{measured_stack::MeasuredStack, random::scatter};

/// Numbers of Kenyan mobiles: 254 7xx xxx xxx.
const FIRST_NUMBER: u64 = 254_700_000_000;
const NUMBERS: u64 = 100_000_000;
/// Leaves of one call: the most that DynamoDB takes.
const LEAVES_OF_A_CALL: usize = 25;
/// Calls under way at once.
const CALLS: usize = 4;

/// Different numbers, scattered over the national range as people's are.
pub fn numbers(count: usize) -> Vec<Msisdn> {
    let mut seen = HashSet::with_capacity(count);
    let number = |index| Msisdn::from_digits(FIRST_NUMBER + scatter(index) % NUMBERS).expect("a number");
    let scattered = (0..).map(number);
    scattered.filter(|number| seen.insert(*number)).take(count).collect()
}

/// Two books that overlap: 60 % of the recipients in each, 20 % in both. Gives their ids.
pub async fn overlapping(measured: &MeasuredStack, recipients: usize) -> [String; 2] {
    let numbers = numbers(recipients);
    let (first, second) = (&numbers[..recipients * 6 / 10], &numbers[recipients * 4 / 10..]);
    [book(measured, "first", first).await, book(measured, "second", second).await]
}

/// A book of these numbers; gives its id.
pub async fn book(measured: &MeasuredStack, name: &str, numbers: &[Msisdn]) -> String {
    let book = measured.api.post("/v1/address-books/", &json!({"name": name})).await.expect(201);
    let book = book["id"].as_str().expect("a book has an id").to_owned();
    let mut leaves = vec![Vec::new(); LEAVES];
    for number in numbers {
        leaves[usize::from(leaf_of(*number))].push(*number);
    }
    let client = measured.dynamodb();
    let (table, organisation) =
        (&measured.stack.variables()["ADDRESS_BOOKS_TABLE"], measured.organisation.id);
    let roster = format!("ROSTER#{organisation}#{book}");
    let mut counts = Vec::new();
    for leaf in &mut leaves {
        leaf.sort_unstable();
        write_varint(&mut counts, leaf.len() as u64);
        write_varint(&mut counts, 0);
    }
    let filled = leaves.iter().enumerate().filter(|(_, leaf)| !leaf.is_empty());
    let items: Vec<WriteRequest> = filled.map(|(leaf, numbers)| leaf_item(&roster, leaf, numbers)).collect();
    let writes: Vec<_> =
        items.chunks(LEAVES_OF_A_CALL).map(|items| write(&client, table, items.to_vec())).collect();
    stream::iter(writes).buffer_unordered(CALLS).collect::<Vec<()>>().await;
    let header = client.update_item().table_name(table);
    let header =
        header.key("pk", text(&format!("ORG#{organisation}"))).key("sk", text(&format!("BOOK#{book}")));
    let header = header.update_expression("SET leaf_counts = :counts");
    header.expression_attribute_values(":counts", binary(counts)).send().await.expect("the table answers");
    book
}

fn leaf_item(roster: &str, leaf: usize, numbers: &[Msisdn]) -> WriteRequest {
    let put = PutRequest::builder().item("pk", text(roster)).item("sk", text(&format!("L#{leaf:02x}")));
    let put = put.item("v", number(1)).item("revision", number(1)).item("mobiles", binary(pack(numbers)));
    let put = put.item("phoneless", binary(pack::<u64>(&[]))).build().expect("it has an item");
    WriteRequest::builder().put_request(put).build()
}

async fn write(client: &Client, table: &str, items: Vec<WriteRequest>) {
    let written = client.batch_write_item().request_items(table, items).send().await;
    let left = written.expect("the table answers").unprocessed_items.unwrap_or_default();
    assert!(left.is_empty(), "the emulator leaves nothing over");
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn binary(bytes: Vec<u8>) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}
