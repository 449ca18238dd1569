//! What a page costs that is left open for a working day beside a campaign that moves all the time.

use serde_json::json;

use super::{Browser, Looks};
use crate::support::{
    books,
    cost::{Measured, Step},
    measured_stack::{MeasuredStack, Setup},
    prices::Prices,
    table::{Table, count, short},
};

const HOURS: u64 = 8;
/// Processor time of the function for one call, measured by `reading`.
const PROCESSOR_US: f64 = 700.0;
/// Runs the page's own polling loop in counted time: counts its requests in some hours, and every fifth of them.
const LOOKS: &str = "const [module, hours, done] = arguments; import(module).then(async api => { \
    let time = 0, looks = 0, fifths = 0; const real = window.setTimeout; \
    window.setTimeout = (task, wait) => { time += wait ?? 0; return real(task, 0); }; \
    await api.watch(async count => { looks = count; fifths += count % 5 === 0; \
        return time >= hours * 3_600_000 ? null : 1; }, new AbortController().signal, () => {}); \
    window.setTimeout = real; done([looks, fifths]); })";

pub async fn run() {
    let measured = MeasuredStack::start(Setup::MeteredInProcess).await;
    let book = books::book(&measured, "Customers", &books::numbers(5_000)).await;
    measured.send(&[book]).await;
    measured.stack.poll_batches().await.expect("the queue answers");
    let key = measured.api.key().expect("the stack has a key");
    let browser = Browser::launch(&measured.stack, measured.stack.base_url(), key, Looks::WIDE).await;
    browser.enter("#/settings").await;
    let module = format!("/console/a/{}/api.js", ::console::HASH);
    let looks = browser.run_async(LOOKS, &[module.into(), json!(HOURS)]).await;
    drop(browser);
    let [looks, fifths] = [0, 1].map(|place| looks[place].as_u64().expect("a count"));

    let prices = Prices::read();
    let title = format!("A campaign's page that is open for {HOURS} h: {looks} looks");
    let columns = ["call", "calls", "read units each", "write units each", "$ in all"];
    let mut table = Table::new(&title, &columns);
    let calls = [
        ("status", "", looks),
        ("messages", "messages/?page_size=50", fifths),
        ("timeline", "timeline/", fifths),
    ];
    let mut all = 0.0;
    for (what, path, times) in calls {
        let (measured, read, write) = ask(&measured, &format!("/v1/sms/campaigns/1/{path}")).await;
        let dollars = prices.total(&measured.quantities(&prices, PROCESSOR_US)) * times as f64 / 1e6;
        all += dollars;
        table.row([what.to_owned(), count(times), short(read), short(write), format!("{dollars:.4}")]);
    }
    table.row([
        "in all".to_owned(),
        count(looks + 2 * fifths),
        String::new(),
        String::new(),
        format!("{all:.4}"),
    ]);
    table.print();
    measured.stack.stop().await;
}

/// The bill of ten such calls, and the units of one.
async fn ask(measured: &MeasuredStack, path: &str) -> (Measured, f64, f64) {
    const TIMES: u32 = 10;
    measured.api.get(path).await.expect(200);
    let before = measured.read();
    for _ in 0..TIMES {
        measured.api.get(path).await.expect(200);
    }
    let reading = measured.read().since(&before);
    let (read, write) = (reading.dynamodb.read_units(), reading.dynamodb.write_units());
    // Billed as requests of the api function; "recipients" are the calls.
    let measured =
        Measured { step: Step::Accept, recipients: TIMES as usize, invocations: TIMES.into(), reading };
    (measured, read / f64::from(TIMES), write / f64::from(TIMES))
}
