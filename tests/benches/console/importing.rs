//! A file that a person imports by the page.

use std::{fmt::Write, fs, time::Instant};

use serde_json::json;

use super::{by_path, reached, seconds, show};
use crate::support::{
    measured_stack::{MeasuredStack, Setup},
    table::{Table, count},
};

const ROWS: u32 = 40_000;

pub async fn run() {
    let measured = MeasuredStack::start(Setup::Timed).await;
    let book = measured.api.post("/v1/address-books/", &json!({"name": "Customers"})).await.expect(201);
    let book = book["id"].as_str().expect("a book has an id").to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("customers.csv");
    let mut text = "Simu;Jina;Mji\r\n".to_owned();
    for row in 0..ROWS {
        write!(text, "07{:08};Amina Odhiambo {row};Kisumu\r\n", 11_000_000 + row).expect("a text grows");
    }
    fs::write(&path, text).expect("the file is written");
    let (wire, browser) = reached(&measured).await;
    browser.enter(&format!("#/books/{book}/import")).await;
    let begun = Instant::now();
    browser.fill("#file", path.to_str().expect("a path is text")).await;
    browser.see("customers.csv: 40,000 rows.").await;
    let read = begun.elapsed();
    wire.plan(|_| None);
    let begun = Instant::now();
    browser.click("Import 40,000 rows").await;
    browser.see("40,000 contacts added").await;
    let imported = begun.elapsed();
    let calls = by_path(&wire.asked());
    let title = format!("A file of {} rows, imported by the page", count(u64::from(ROWS)));
    let mut table = Table::new(&title, &["s to read and show it", "s to import it", "calls"]);
    table.row([seconds(read), seconds(imported), count(calls.values().sum::<usize>() as u64)]);
    table.print();
    show(&calls);
    drop(browser);
    measured.stack.stop().await;
}
