//! From an empty cache to the list of campaigns.

use serde_json::json;

use super::{Browser, Looks};
use crate::{
    bars::{Bars, Measure},
    support::{
        books,
        measured_stack::{MeasuredStack, Setup},
        table::{Table, count, short},
    },
};

/// Campaigns of the list: a page of them.
const CAMPAIGNS: usize = 20;
/// Browsers of each case; the middle one counts.
const REPETITIONS: usize = 3;
/// "Slow 4G" as Lighthouse has it: bits a second down and up, and milliseconds to and fro.
const SLOW_4G: [f64; 3] = [1_600_000.0, 750_000.0, 150.0];
/// Notes when the first row is on the screen.
const NOTE: &str = "new MutationObserver((_, watcher) => { \
    if (!document.querySelector('.campaigns .row:not(.heads)')) return; \
    watcher.disconnect(); \
    requestAnimationFrame(() => setTimeout(() => { window.listed = performance.now(); })); \
}).observe(document, { subtree: true, childList: true })";
/// The requests until then, and their bytes.
const REQUESTS: &str = "return performance.getEntries()\
    .filter(e => ['navigation', 'resource'].includes(e.entryType) && e.startTime < window.listed)\
    .map(e => [e.encodedBodySize, e.name.includes('/v1/')])";

/// A network and a processor.
struct Case {
    what: &'static str,
    network: Option<[f64; 3]>,
    slower: u32,
}

const CASES: [Case; 3] = [
    Case { what: "as it is", network: None, slower: 1 },
    Case { what: "slow 4G", network: Some(SLOW_4G), slower: 1 },
    Case { what: "slow 4G, processor 4× slower", network: Some(SLOW_4G), slower: 4 },
];

pub async fn run(bars: &mut Bars) {
    let measured = MeasuredStack::start(Setup::Timed).await;
    let book = books::book(&measured, "Customers", &books::numbers(5)).await;
    for _ in 0..CAMPAIGNS {
        measured.send(std::slice::from_ref(&book)).await;
    }
    measured.dispatch_all(1).await;
    let title = format!("The console's list of {CAMPAIGNS} campaigns, from an empty cache");
    let mut table = Table::new(
        &title,
        &["network and processor", "requests", "KB of files", "KB of data", "s, middle of 3"],
    );
    for case in CASES {
        let mut shown = Vec::new();
        for _ in 0..REPETITIONS {
            shown.push(once(&measured, &case).await);
        }
        shown.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (time, requests, files, data) = shown[REPETITIONS / 2];
        table.row([case.what.to_owned(), count(requests), short(files), short(data), short(time)]);
        bars.note(Measure::FirstViewBytes, files);
        bars.note(Measure::FirstViewRequests, requests as f64);
        if case.slower > 1 {
            bars.note(Measure::ListShown, time);
        }
    }
    table.print();
    measured.stack.stop().await;
}

/// Seconds until the list is shown, and the requests and kilobytes until then: of files, which are compressed, and of data,
/// which are not.
async fn once(measured: &MeasuredStack, case: &Case) -> (f64, u64, f64, f64) {
    let key = measured.api.key().expect("the stack has a key");
    let browser = Browser::launch(&measured.stack, measured.stack.base_url(), key, Looks::WIDE).await;
    browser.chrome("Page.enable", json!({})).await;
    browser.chrome("Page.addScriptToEvaluateOnNewDocument", json!({"source": NOTE})).await;
    if let Some([down, up, latency]) = case.network {
        let network = json!({
            "offline": false, "latency": latency, "downloadThroughput": down / 8.0, "uploadThroughput": up / 8.0,
        });
        browser.chrome("Network.enable", json!({})).await;
        browser.chrome("Network.emulateNetworkConditions", network).await;
    }
    browser.chrome("Emulation.setCPUThrottlingRate", json!({"rate": case.slower})).await;
    browser.open(&format!("/console/#key={key}")).await;
    let time = browser.wait("window.listed").await.as_f64().expect("a time") / 1e3;
    let requests = browser.run(REQUESTS, &[]).await;
    let requests = requests.as_array().expect("a list");
    let kilobytes = |is_data: bool| {
        let of_kind = requests.iter().filter(|request| request[1] == is_data);
        of_kind.filter_map(|request| request[0].as_f64()).sum::<f64>() / 1024.0
    };
    (time, requests.len() as u64, kilobytes(false), kilobytes(true))
}
