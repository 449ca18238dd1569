//! Contacts coming in: an import, and a single edit of a big book.

use std::time::Instant;

use local::stack::FunctionName;
use serde_json::json;

use crate::{
    options::Options,
    support::{
        books,
        rig::{Reading, Rig, Setup},
        table::{Table, count, short},
    },
};

/// Rows of one request: under the API's five megabytes, and under Lambda's six.
const ROWS_A_REQUEST: usize = 50_000;
/// Contacts of the book that is edited.
const BIG_BOOK: usize = 1_000_000;

/// Measures and prints.
pub async fn run(options: &Options) {
    let columns =
        ["contacts", "contacts/s", "own CPU µs/contact", "write units/1,000", "read units/1,000", "wall s"];
    let mut table = Table::new("Import of CSV through the API, 50,000 rows a request", &columns);
    for size in options.sizes.iter().filter(|size| **size <= 1_000_000) {
        table.row(import(*size).await);
    }
    table.print();
    edits(BIG_BOOK.min(options.largest())).await;
}

async fn import(contacts: usize) -> [String; 6] {
    let rig = Rig::start(Setup::Metered).await;
    let numbers = books::numbers(contacts);
    let book = books::book(&rig, "imported", &[]).await;
    let path = format!("/v1/address-books/{book}/contacts/");
    let (before, processor) = (rig.read(), rig.processor_time(FunctionName::Books));
    let begun = Instant::now();
    for rows in numbers.chunks(ROWS_A_REQUEST) {
        let imported = rig.api.post_csv(&path, csv(rows)).await.expect(200);
        assert_eq!(imported["added"], rows.len(), "{imported}");
    }
    let (wall, spent) = (begun.elapsed(), rig.read().since(&before));
    let processor = rig.processor_time(FunctionName::Books) - processor;
    rig.stack.stop().await;
    let thousands = contacts as f64 / 1e3;
    [
        count(contacts as u64),
        short(contacts as f64 / wall.as_secs_f64()),
        short(processor.as_secs_f64() * 1e6 / contacts as f64),
        short(spent.dynamodb.write_units() / thousands),
        short(spent.dynamodb.read_units() / thousands),
        short(wall.as_secs_f64()),
    ]
}

fn csv(numbers: &[u64]) -> String {
    let mut csv = "phone,first_name,last_name,email\n".to_owned();
    for number in numbers {
        csv.push_str(&format!("+{number},Wanjiru,Kamau,w{}@example.com\n", number % 1_000_000));
    }
    csv
}

/// One contact added to a big book and removed again.
async fn edits(contacts: usize) {
    let rig = Rig::start(Setup::Metered).await;
    let book = books::book(&rig, "big", &books::numbers(contacts)).await;
    let path = format!("/v1/address-books/{book}/contacts/");
    // Of another range than the book's.
    let contact = |last: u32| json!([{"phone": format!("+2541100000{last:02}"), "first_name": "Achieng"}]);
    rig.api.post(&path, &contact(1)).await.expect(200);
    let title = format!("A single contact of a book of {}", count(contacts as u64));
    let mut table = Table::new(&title, &["edit", "write units", "read units", "calls", "wall ms"]);
    let (before, begun) = (rig.read(), Instant::now());
    rig.api.post(&path, &contact(2)).await.expect(200);
    table.row(edit_row("added", &rig.read().since(&before), begun));
    let listed = rig.api.get(&format!("{path}?page_size=10")).await.expect(200);
    let id = listed["results"][0]["id"].as_str().expect("a contact").to_owned();
    let (before, begun) = (rig.read(), Instant::now());
    let removed = rig.api.delete(&format!("{path}{id}/"), None).await;
    assert!(removed.status.is_success(), "{}", removed.text());
    table.row(edit_row("removed", &rig.read().since(&before), begun));
    table.print();
    rig.stack.stop().await;
}

fn edit_row(word: &str, spent: &Reading, begun: Instant) -> [String; 5] {
    [
        word.to_owned(),
        short(spent.dynamodb.write_units()),
        short(spent.dynamodb.read_units()),
        count(spent.dynamodb.calls()),
        short(begun.elapsed().as_secs_f64() * 1e3),
    ]
}
