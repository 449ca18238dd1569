//! A request that is larger than its time, at the processor share that the deployed function has, and the memory that the
//! largest requests need.

mod memory;
mod share;

use std::time::{Duration, Instant};

use local::stack::FunctionName;
use serde_json::json;
use tests::client::Answer;

use crate::support::{
    books, deployment,
    measured_stack::{MeasuredStack, Setup},
    process,
    table::{Table, count, short},
};
use share::ProcessorShare;

/// Bare numbers of one request: a body of 4.4 MB.
const NUMBERS: usize = 400_000;
/// Numbers with short names of one request: a body of 5.1 MB. What is stored of them is read again in each round.
const NAMED_NUMBERS: usize = 300_000;
/// Megabytes for which Lambda gives a function one whole processor (AWS, "Configure Lambda function memory").
const MEMORY_MB_OF_A_PROCESSOR: f64 = 1_769.0;
const MIB: f64 = 1024.0 * 1024.0;

/// Measures and prints.
pub async fn run() {
    let memory_mb = deployment::function("BooksFunction").memory_mb;
    memory::print(memory_mb).await;
    slow(memory_mb, "bare numbers", csv(NUMBERS)).await;
    slow(memory_mb, "numbers with names", with_names(NAMED_NUMBERS)).await;
}

/// Repeats the request until it is done: each answer says that it was cut short, and stores more than the one before.
async fn slow(memory_mb: f64, what: &str, body: String) {
    let rows = body.lines().count() - 1;
    let measured = MeasuredStack::start(Setup::Timed).await;
    let path = book(&measured).await;
    let pid = only_process(&measured);
    let share = memory_mb / MEMORY_MB_OF_A_PROCESSOR;
    let limited = match ProcessorShare::limit(pid, share) {
        Ok(limited) => limited,
        Err(error) => {
            println!("\nNot measured: {rows} {what} at {share:.2} of a processor. No control group: {error}");
            return measured.stack.stop().await;
        }
    };
    let rows_shown = count(rows as u64);
    let title = format!("{rows_shown} {what} in one request, at {share:.2} of a processor ({memory_mb} MB)");
    let columns = ["answer", "stored", "remaining", "Retry-After", "own CPU s", "wall s"];
    let mut table = Table::new(&title, &columns);
    let mut stored = 0;
    loop {
        let (processor, begun) = (process::processor_time(pid), Instant::now());
        let answer = measured.api.post_csv(&path, body.clone()).await;
        let wall = begun.elapsed();
        assert_eq!(only_process(&measured), pid, "the function was killed: {}", answer.text());
        let processor = process::processor_time(pid) - processor;
        table.row(row(&answer, processor, wall));
        if answer.status == 200 {
            break;
        }
        let now_stored = cut_short(&answer);
        assert!(now_stored > stored, "{now_stored} after {stored}");
        stored = now_stored;
        let seconds = answer.header("retry-after").and_then(|text| text.parse().ok()).expect("seconds");
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
    table.print();
    let listed = measured.api.get("/v1/address-books/").await.expect(200);
    assert_eq!(listed["results"][0]["contact_count"], rows, "{listed}");
    measured.stack.stop().await;
    limited.remove();
}

fn cut_short(answer: &Answer) -> u64 {
    let body = answer.expect(503);
    assert_eq!(body["code"], "cut_short", "{body}");
    body["stored"].as_u64().expect("a number")
}

fn row(answer: &Answer, processor: Duration, wall: Duration) -> [String; 6] {
    let body = answer.json();
    let number = |name: &str| body[name].as_u64().map(count).unwrap_or_default();
    [
        format!("{} {}", answer.status.as_u16(), body["code"].as_str().unwrap_or_default()),
        number("stored"),
        number("remaining"),
        answer.header("retry-after").unwrap_or_default().to_owned(),
        short(processor.as_secs_f64()),
        short(wall.as_secs_f64()),
    ]
}

/// A new book; gives the path of its contacts.
async fn book(measured: &MeasuredStack) -> String {
    let book = measured.api.post("/v1/address-books/", &json!({"name": "large"})).await.expect(201);
    format!("/v1/address-books/{}/contacts/", book["id"].as_str().expect("a book has an id"))
}

fn only_process(measured: &MeasuredStack) -> u32 {
    let processes = measured.processes(FunctionName::Books);
    assert_eq!(processes.len(), 1, "one instance serves one request after another");
    processes[0]
}

/// Numbers as people write them, each with a name.
fn with_names(numbers: usize) -> String {
    let rows = csv(numbers);
    let lines = rows.lines().skip(1).map(|phone| format!("{phone},Ann{}\n", &phone[8..]));
    ["phone,first_name\n".to_owned()].into_iter().chain(lines).collect()
}

/// Numbers as people write them.
fn csv(numbers: usize) -> String {
    let lines = books::numbers(numbers).into_iter().map(|number| format!("{}\n", national(number.digits())));
    ["phone\n".to_owned()].into_iter().chain(lines).collect()
}

fn national(digits: impl AsRef<str>) -> String {
    format!("0{}", digits.as_ref().trim_start_matches("254"))
}
