//! The most memory that a request can need, by the form of its rows: each body is as large as a request may be, or has
//! as many rows as an import may have.

use local::stack::FunctionName;

use super::{MIB, book, csv};
use crate::support::{
    measured_stack::{MeasuredStack, Setup},
    process,
    table::{Table, count, short},
};

/// Bytes of an import's body at most (`MAX_IMPORT_BYTES` of the books function).
const MOST_BYTES: usize = 5 * 1024 * 1024;
/// Rows of an import at most (`MAX_IMPORT_ROWS` of the books function).
const MOST_ROWS: usize = 600_000;

/// A body, its media type and the query it is sent with.
struct Form {
    what: &'static str,
    kind: &'static str,
    query: &'static str,
    body: String,
    rows: usize,
}

/// Measures and prints. The process has served nothing before each request.
pub async fn print(memory_mb: f64) {
    let columns = ["a request of", "rows", "bytes", "answer", "peak MiB"];
    let mut table =
        Table::new(&format!("Memory of the books function, deployed with {memory_mb} MB"), &columns);
    for Form { what, kind, query, body, rows } in forms() {
        let measured = MeasuredStack::start(Setup::Timed).await;
        let (path, bytes) = (book(&measured).await, body.len());
        let answer = measured
            .api
            .call(http::Method::POST, &format!("{path}{query}"), &[("content-type", kind)], body)
            .await;
        let peak: u64 =
            measured.processes(FunctionName::Books).into_iter().map(process::peak_memory_bytes).sum();
        let status = answer.status.as_u16();
        assert!([200, 503].contains(&status), "{}", answer.text());
        assert!(peak as f64 / MIB < memory_mb, "{what}: {peak} bytes");
        let cells = [what.to_owned(), count(rows as u64), count(bytes as u64), status.to_string()];
        table.row(cells.into_iter().chain([short(peak as f64 / MIB)]));
        measured.stack.stop().await;
    }
    table.print();
}

fn forms() -> [Form; 4] {
    const CSV: &str = "text/csv";
    let numbers = csv(MOST_BYTES / 11 - 1);
    let quoted: Vec<String> =
        numbers.lines().skip(1).map(|phone| format!("{{\"phone\":\"{phone}\"}}")).collect();
    let json_rows = MOST_BYTES / (quoted[0].len() + 1) - 1;
    let json = format!("[{}]", quoted[..json_rows].join(","));
    let names: String = (0..MOST_ROWS).map(|row| format!("{row:07x}\n")).collect();
    let whole = numbers.lines().skip(1).map(|phone| {
        let person = &phone[4..];
        format!("{phone},Wanjiru {person},Kamau,w{person}@example.com,\"Met in {person}, and paid\"\n")
    });
    let whole: String =
        ["phone,first_name,last_name,email,notes\n".to_owned()].into_iter().chain(whole).collect();
    let end = whole[..MOST_BYTES].rfind('\n').expect("lines");
    let whole = whole[..=end].to_owned();
    let (csv_rows, whole_rows) = (numbers.lines().count() - 1, whole.lines().count() - 1);
    [
        Form { what: "numbers, CSV", kind: CSV, query: "", body: numbers, rows: csv_rows },
        Form { what: "numbers, JSON", kind: "application/json", query: "", body: json, rows: json_rows },
        Form {
            what: "names without numbers",
            kind: CSV,
            query: "?allow_no_phone=true",
            body: format!("name\n{names}"),
            rows: MOST_ROWS,
        },
        Form { what: "numbers, names, e-mail, notes", kind: CSV, query: "", body: whole, rows: whole_rows },
    ]
}
