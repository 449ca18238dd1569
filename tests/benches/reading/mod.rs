//! Reading a campaign: any page of its messages, by status, as CSV; its status while it runs.

mod export;
mod running;

use std::time::{Duration, Instant};

use local::stack::FunctionName;

use crate::{
    bars::{Bars, Measure},
    options::Options,
    support::{
        books,
        measured_stack::{MeasuredStack, Setup},
        table::{Table, count, short},
    },
};

/// Rows of a page where none is asked for.
const PAGE: usize = 100;
/// The number of recipients that the bar is set for.
const MILLION: usize = 1_000_000;

/// A campaign that is read.
struct Campaign<'a> {
    measured: &'a MeasuredStack,
    recipients: usize,
    /// Path of the campaign's status.
    status: String,
    /// The path of its messages.
    messages: String,
}

/// The cost of one answer.
#[derive(Clone, Copy, Debug)]
struct Read {
    /// Reads of the campaign's own tables; not the key's, the organisation's and the rate window's, which
    /// every request has.
    reads: u64,
    units: f64,
    processor: Duration,
    wall: Duration,
}

/// Measures and prints.
pub async fn run(options: &Options, bars: &mut Bars) {
    let recipients = options.laborious;
    let measured = MeasuredStack::start(Setup::Metered).await;
    let books = books::overlapping(&measured, recipients).await;
    let answer = measured.send(&books).await;
    let number = answer["campaign_id"].as_u64().expect("a number");
    let status = format!("/v1/sms/campaigns/{number}/");
    let campaign =
        Campaign { measured: &measured, recipients, messages: format!("{status}messages/"), status };
    let title = format!("Reading a campaign of {}; reads of its own tables", count(recipients as u64));
    let columns = ["when", "what", "reads", "read units", "own CPU ms", "wall ms"];
    let mut table = Table::new(&title, &columns);
    let mut most = campaign.measure(&mut table, "queued").await;
    let (busy, watched) = running::measure(&campaign, &mut table).await;
    most = most.max(busy).max(campaign.measure(&mut table, "completed").await);
    table.print();
    watched.print();
    export::print(&campaign).await;
    measured.stack.stop().await;
    if recipients == MILLION {
        bars.note(Measure::PageReads, most as f64);
    }
}

impl Campaign<'_> {
    /// Reads the status and some pages now; returns the most reads of a page.
    async fn measure(&self, table: &mut Table, when: &str) -> u64 {
        let row = |what: &str, read: &Read| self.row(when, what, read);
        table.row(row("status", &self.read(&self.status).await));
        let last = self.recipients / PAGE;
        let pages = [
            ("page 1".to_owned(), "page=1".to_owned()),
            (format!("page {}", count(last as u64)), format!("page={last}")),
            ("page 1 of 500".to_owned(), "page_size=500".to_owned()),
            ("status=queued".to_owned(), "status=queued".to_owned()),
            ("status=sent".to_owned(), "status=sent".to_owned()),
            (format!("status=sent, page {}", count(last as u64)), format!("status=sent&page={last}")),
            ("status=failed".to_owned(), "status=failed".to_owned()),
        ];
        let mut most = 0;
        for (what, query) in pages {
            let read = self.read(&format!("{}?{query}", self.messages)).await;
            most = most.max(read.reads);
            table.row(row(&what, &read));
        }
        most
    }

    async fn read(&self, path: &str) -> Read {
        let measured = self.measured;
        let (before, processor, begun) =
            (measured.read(), measured.processor_time(FunctionName::Api), Instant::now());
        measured.api.get(path).await.expect(200);
        let wall = begun.elapsed();
        let spent = measured.read().since(&before);
        let processor = measured.processor_time(FunctionName::Api) - processor;
        let mut read = Read { reads: 0, units: 0.0, processor, wall };
        for (_, spent) in spent.dynamodb.lines().filter(|(line, _)| line.table == "Campaigns") {
            read.reads += spent.calls;
            read.units += spent.units;
        }
        read
    }

    fn row(&self, when: &str, what: &str, read: &Read) -> [String; 6] {
        let Read { reads, units, processor, wall } = *read;
        [when.to_owned(), what.to_owned(), count(reads), short(units), millis(processor), millis(wall)]
    }
}

fn millis(time: Duration) -> String {
    short(time.as_secs_f64() * 1e3)
}
