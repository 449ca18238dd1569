//! Every message of a campaign as CSV, answer by answer, as far as each answer names a next one.

use std::time::Instant;

use http::Method;
use local::stack::FunctionName;

use super::Campaign;
use crate::support::table::{Table, count, short};

/// Rows of an answer: as many as the API gives (`MAX_ROWS` of its export).
const ROWS: usize = 5_000;

/// Measures and prints.
pub async fn print(campaign: &Campaign<'_>) {
    let measured = campaign.measured;
    let (before, processor, begun) =
        (measured.read(), measured.processor_time(FunctionName::Api), Instant::now());
    let (mut rows, mut answers) = (0, 0);
    let mut next = Some(format!("{}?page_size={ROWS}", campaign.messages));
    while let Some(path) = next {
        let answer = measured.api.call(Method::GET, &path, &[("accept", "text/csv")], "").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        rows += answer.text().lines().count() - 1;
        answers += 1;
        next = answer.header("link").map(|link| path_of(link).to_owned());
    }
    let wall = begun.elapsed();
    assert_eq!(rows, campaign.recipients, "every message is exported");
    let (spent, processor) =
        (measured.read().since(&before), measured.processor_time(FunctionName::Api) - processor);
    let columns = ["rows", "answers", "reads/answer", "read units/1,000", "own CPU µs/row", "rows/s"];
    let mut table = Table::new("Export of every message as CSV", &columns);
    table.row([
        count(rows as u64),
        count(answers),
        short(spent.dynamodb.calls() as f64 / answers as f64),
        short(spent.dynamodb.read_units() * 1e3 / rows as f64),
        short(processor.as_secs_f64() * 1e6 / rows as f64),
        short(rows as f64 / wall.as_secs_f64()),
    ]);
    table.print();
}

/// The path of a `Link` header such as `<https://host/path>; rel="next"`.
fn path_of(link: &str) -> &str {
    let address = link.trim_start_matches('<').split('>').next().unwrap_or_default();
    let behind_scheme = address.find("://").map_or(0, |place| place + "://".len());
    address[behind_scheme..].find('/').map_or("/", |slash| &address[behind_scheme + slash..])
}
