//! Contacts coming in: an import by the operator's command, and a single edit of a big book.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use domain::msisdn::Msisdn;
use local::stack::FunctionName;
use serde_json::{Value, json};

use crate::{
    options::Options,
    support::{
        books,
        measured_stack::{MeasuredStack, Reading, Setup},
        process,
        table::{Table, count, short},
    },
};

/// The word that makes this program the operator's command.
pub const ROLE: &str = "operator";
/// Contacts of the book that is edited.
const BIG_BOOK: usize = 1_000_000;
const MIB: f64 = 1024.0 * 1024.0;

/// Measures and prints.
pub async fn run(options: &Options) {
    let columns = [
        "contacts",
        "contacts/s",
        "own CPU µs/contact",
        "the command's",
        "its peak MiB",
        "write units/1,000",
        "read units/1,000",
        "wall s",
    ];
    let mut table = Table::new("Import of CSV by the operator's command, a megabyte a request", &columns);
    for size in options.sizes_up_to(options.laborious) {
        table.row(import(size).await);
    }
    table.print();
    if options.laborious < BIG_BOOK {
        println!("\nAn import of {} is measured with --full.", count(BIG_BOOK as u64));
    }
    edits().await;
}

async fn import(contacts: usize) -> [String; 8] {
    let measured = MeasuredStack::start(Setup::Metered).await;
    let file = write_csv(&books::numbers(contacts));
    measured.api.get("/v1/address-books/").await.expect(200);
    let (before, processor, begun) =
        (measured.read(), measured.processor_time(FunctionName::Books), Instant::now());
    let (command, command_bytes) = run_command(&measured, &file).await;
    let (wall, spent) = (begun.elapsed(), measured.read().since(&before));
    let processor = measured.processor_time(FunctionName::Books) - processor;
    let listed = measured.api.get("/v1/address-books/").await.expect(200);
    assert_eq!(listed["results"][0]["contact_count"], contacts, "{listed}");
    measured.stack.stop().await;
    fs::remove_file(file).expect("a file of ours");
    let thousands = contacts as f64 / 1e3;
    let each_us = |time: Duration| short(time.as_secs_f64() * 1e6 / contacts as f64);
    [
        count(contacts as u64),
        short(contacts as f64 / wall.as_secs_f64()),
        each_us(processor),
        each_us(command),
        short(command_bytes as f64 / MIB),
        short(spent.dynamodb.write_units() / thousands),
        short(spent.dynamodb.read_units() / thousands),
        short(wall.as_secs_f64()),
    ]
}

fn write_csv(numbers: &[Msisdn]) -> PathBuf {
    let mut csv = "phone,first_name,last_name,email\n".to_owned();
    for number in numbers {
        let (phone, name) = (number.e164(), number.as_u64() % 1_000_000);
        csv.push_str(&format!("{phone},Wanjiru,Kamau,w{name}@example.com\n"));
    }
    let path = std::env::temp_dir().join(format!("contacts-{}.csv", std::process::id()));
    fs::write(&path, csv).expect("room for a file");
    path
}

/// Runs `import` in its own process; returns its processor time and its largest memory.
async fn run_command(measured: &MeasuredStack, file: &Path) -> (Duration, u64) {
    let mut command = Command::new(std::env::current_exe().expect("the program knows itself"));
    command.args([ROLE, "import", "Customers"]).arg(file).arg("--create");
    command
        .env("SMS_API_URL", measured.stack.base_url())
        .env("SMS_API_KEY", measured.api.key().expect("a key"));
    let ran = tokio::task::spawn_blocking(move || command.output()).await;
    let output = ran.expect("no thread panicked").expect("the command runs");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    let told: Value = serde_json::from_str(out.lines().last().unwrap_or_default()).expect("it tells in JSON");
    let number = |name: &str| told[name].as_u64().expect("a number");
    (Duration::from_nanos(number("processor_ns")), number("peak_bytes"))
}

/// Runs the operator's command in this program, and prints the cost.
pub async fn operate(arguments: &[String]) {
    let arguments = std::iter::once(ROLE.to_owned()).chain(arguments.iter().cloned());
    let exit = cli::run(arguments.map(Into::into)).await;
    assert_eq!(exit, cli::Exit::Done, "the command succeeds");
    let own = std::process::id();
    let processor_ns = process::processor_time(own).as_nanos() as u64;
    println!("{}", json!({"processor_ns": processor_ns, "peak_bytes": process::peak_memory_bytes(own)}));
}

/// Adds a contact to a big book and removes it again.
async fn edits() {
    let measured = MeasuredStack::start(Setup::Metered).await;
    let book = books::book(&measured, "big", &books::numbers(BIG_BOOK)).await;
    let path = format!("/v1/address-books/{book}/contacts/");
    // A number outside of the range of the book's numbers.
    let contact = |last: u32| json!([{"phone": format!("+2541100000{last:02}"), "first_name": "Achieng"}]);
    measured.api.post(&path, &contact(1)).await.expect(200);
    let title = format!("A single contact of a book of {}", count(BIG_BOOK as u64));
    let mut table = Table::new(&title, &["edit", "write units", "read units", "calls", "wall ms"]);
    let (before, begun) = (measured.read(), Instant::now());
    measured.api.post(&path, &contact(2)).await.expect(200);
    table.row(edit_row("added", &measured.read().since(&before), begun));
    let listed = measured.api.get(&format!("{path}?page_size=10")).await.expect(200);
    let id = listed["results"][0]["id"].as_str().expect("a contact").to_owned();
    let (before, begun) = (measured.read(), Instant::now());
    let removed = measured.api.delete(&format!("{path}{id}/"), None).await;
    assert!(removed.status.is_success(), "{}", removed.text());
    table.row(edit_row("removed", &measured.read().since(&before), begun));
    table.print();
    measured.stack.stop().await;
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
