//! Reading a campaign: any page of its messages, by status, as CSV; its status while it runs.

use std::time::{Duration, Instant};

use http::Method;
use local::stack::FunctionName;

use crate::{
    options::Options,
    support::{
        books,
        rig::{Rig, Setup},
        table::{Table, count, short},
    },
};

/// Rows of one CSV answer here; the API gives up to 25,000.
const CSV_ROWS: usize = 4_000;

/// Measures and prints.
pub async fn run(options: &Options) {
    let recipients = options.largest().min(1_000_000);
    let rig = Rig::start(Setup::Metered).await;
    let books = books::overlapping(&rig, recipients).await;
    let answer = rig.send(&books).await;
    let campaign = answer["campaign_id"].as_u64().expect("a number");
    let title = format!("Reading a campaign of {}; reads of its own tables", count(recipients as u64));
    let columns = ["what", "reads", "read units", "own CPU ms", "wall ms"];
    let mut table = Table::new(&title, &columns);
    let messages = format!("/v1/sms/campaigns/{campaign}/messages/");
    let last = recipients / 100;
    let queued = format!("{messages}?status=queued&page=1");
    measure(&rig, &mut table, "status, queued", &format!("/v1/sms/campaigns/{campaign}/")).await;
    measure(&rig, &mut table, "status=queued, page 1, nothing sent yet", &queued).await;
    rig.dispatch_all(2).await;
    measure(&rig, &mut table, "status, completed", &format!("/v1/sms/campaigns/{campaign}/")).await;
    measure(&rig, &mut table, "page 1 of 100", &format!("{messages}?page=1")).await;
    measure(&rig, &mut table, &format!("page {}", count(last as u64)), &format!("{messages}?page={last}"))
        .await;
    measure(&rig, &mut table, "page 1 of 500", &format!("{messages}?page_size=500")).await;
    measure(&rig, &mut table, "status=sent, page 1", &format!("{messages}?status=sent")).await;
    let sent = format!("{messages}?status=sent&page={last}");
    measure(&rig, &mut table, &format!("status=sent, page {}", count(last as u64)), &sent).await;
    measure(&rig, &mut table, "status=failed", &format!("{messages}?status=failed")).await;
    table.print();
    export(&rig, &messages, recipients).await;
    rig.stack.stop().await;
}

async fn measure(rig: &Rig, table: &mut Table, what: &str, path: &str) {
    let (before, processor, begun) = (rig.read(), rig.processor_time(FunctionName::Api), Instant::now());
    rig.api.get(path).await.expect(200);
    let wall = begun.elapsed();
    let (spent, processor) = (rig.read().since(&before), rig.processor_time(FunctionName::Api) - processor);
    // Not the key's, the organisation's and the rate window's, which every request has.
    let of_campaigns = spent.dynamodb.lines().filter(|(line, _)| line.table == "Campaigns");
    let (mut reads, mut units) = (0, 0.0);
    for (_, spent) in of_campaigns {
        reads += spent.calls;
        units += spent.units;
    }
    let row = [count(reads), short(units), millis(processor), millis(wall)];
    table.row([what.to_owned()].into_iter().chain(row));
}

fn millis(time: Duration) -> String {
    short(time.as_secs_f64() * 1e3)
}

/// All messages as CSV, answer by answer.
async fn export(rig: &Rig, messages: &str, recipients: usize) {
    let (before, processor, begun) = (rig.read(), rig.processor_time(FunctionName::Api), Instant::now());
    let (mut rows, mut page) = (0, 1);
    while rows < recipients {
        let path = format!("{messages}?page_size={CSV_ROWS}&page={page}");
        let answer = rig.api.call(Method::GET, &path, &[("accept", "text/csv")], "").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        rows += answer.text().lines().count() - 1;
        page += 1;
    }
    let wall = begun.elapsed();
    let (spent, processor) = (rig.read().since(&before), rig.processor_time(FunctionName::Api) - processor);
    let mut table = Table::new(
        "Export of every message as CSV",
        &["rows", "read units/1,000", "own CPU µs/row", "rows/s"],
    );
    table.row([
        count(rows as u64),
        short(spent.dynamodb.read_units() * 1e3 / rows as f64),
        short(processor.as_secs_f64() * 1e6 / rows as f64),
        short(rows as f64 / wall.as_secs_f64()),
    ]);
    table.print();
}
