//! A campaign that a page follows to its end, and the page of a large one.

use std::time::{Duration, Instant};

use super::{Browser, Wire, by_path, reached, seconds, show};
use crate::{
    options::Options,
    support::{
        books,
        measured_stack::{MeasuredStack, Setup},
        table::{Table, count, short},
    },
};

/// Recipients of the campaign that is followed; the largest size only opens a page.
const FOLLOWED: usize = 100_000;
const LARGE: usize = 1_000_000;
/// The provider's answers, so that there is something to follow.
const PROVIDER: Duration = Duration::from_millis(250);
/// Milliseconds of the slowest call of the API, as the browser saw it.
const SLOWEST: &str = "return Math.max(...performance.getEntriesByType('resource')\
    .filter(e => e.name.includes('/v1/')).map(e => e.duration))";

pub async fn run(options: &Options) {
    let measured = MeasuredStack::start(Setup::Timed).await;
    let followed = FOLLOWED.min(options.laborious);
    let books = books::overlapping(&measured, followed).await;
    measured.send(&books).await;
    let (wire, browser) = reached(&measured).await;
    browser.enter("#/campaigns/1").await;
    follow(&measured, &wire, &browser, followed).await;
    measured.provider.wait(Duration::ZERO);

    let large = LARGE.min(if options.laborious < FOLLOWED { options.laborious } else { LARGE });
    let books = books::overlapping(&measured, large).await;
    measured.send(&books).await;
    let title = format!("The page of a campaign of {}", count(large as u64));
    let mut table =
        Table::new(&title, &["when", "calls", "s until it is complete", "ms of the slowest call"]);
    open(&wire, &browser, "queued", &mut table).await;
    if large <= options.laborious {
        measured.dispatch_all(2).await;
        open(&wire, &browser, "completed", &mut table).await;
    }
    table.print();
    drop(browser);
    measured.stack.stop().await;
}

/// Dispatches the first campaign while its page is open.
async fn follow(measured: &MeasuredStack, wire: &Wire, browser: &Browser, recipients: usize) {
    measured.provider.wait(PROVIDER);
    wire.plan(|_| None);
    let begun = Instant::now();
    let dispatch = async {
        measured.dispatch_all(2).await;
        begun.elapsed()
    };
    let page = async {
        browser.wait("document.querySelector('.badge.completed')").await;
        begun.elapsed()
    };
    let (ended, shown) = tokio::join!(dispatch, page);
    let asked = wire.asked();
    let calls = by_path(&asked);
    let slowest = browser.run(SLOWEST, &[]).await.as_f64().unwrap_or_default();
    let title = format!("A campaign of {}, followed by an open page", count(recipients as u64));
    let columns = ["s until its end", "s until the page shows it", "calls", "ms of the slowest call"];
    let mut table = Table::new(&title, &columns);
    table.row([seconds(ended), seconds(shown), count(calls.values().sum::<usize>() as u64), short(slowest)]);
    table.print();
    show(&calls);
}

/// Opens the page of the second campaign.
async fn open(wire: &Wire, browser: &Browser, when: &str, table: &mut Table) {
    browser.go("#/campaigns").await;
    browser.run("performance.clearResourceTimings()", &[]).await;
    wire.plan(|_| None);
    let begun = Instant::now();
    browser.go("#/campaigns/2").await;
    browser
        .wait("document.querySelector('.messages .row:not(.heads)') && !document.querySelector('.loading')")
        .await;
    let time = begun.elapsed();
    let calls: usize = by_path(&wire.asked()).values().sum();
    let slowest = browser.run(SLOWEST, &[]).await.as_f64().unwrap_or_default();
    table.row([when.to_owned(), count(calls as u64), seconds(time), short(slowest)]);
}
