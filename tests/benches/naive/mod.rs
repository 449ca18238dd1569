//! The product next to a naive sender: what packed rosters, batches and a journal save.
//!
//! The naive sender runs in its own process, so that its processor time and memory are its own. The product has no
//! request that only resolves: its part is the cost of a dry run beyond one for ten recipients, including the quote.

mod bill;
mod roles;
mod sender;
mod table;

use std::time::Duration;

use local::stack::FunctionName;
use serde_json::json;

use crate::{
    bars::{Bars, Measure},
    journey::time,
    options::Options,
    support::{
        books,
        measured_stack::{MeasuredStack, Setup},
        plot::Plot,
        prices::Prices,
        process,
        table::{Table, count, short},
    },
};
pub use roles::Role;

const MIB: f64 = 1024.0 * 1024.0;
/// Dry runs that are averaged.
const DRY_RUNS: u32 = 5;
/// Recipients that each of the two hands over.
const HANDED_OVER: usize = 10_000;

/// The time and memory of a step.
struct Used {
    processor: Duration,
    peak_bytes: u64,
    wall: Duration,
}

/// Measures and prints.
pub async fn run(options: &Options, bars: &mut Bars) {
    let columns = [
        "recipients",
        "naive CPU ms",
        "own, resolving",
        "ratio",
        "own, whole dry run",
        "ratio",
        "naive MiB",
        "own MiB",
    ];
    let mut table =
        Table::new("Resolve and dedupe two overlapping books, compared with the naive sender", &columns);
    let mut compared = Vec::new();
    let millis = |used: &Used| used.processor.as_secs_f64() * 1e3;
    for size in options.sizes_up_to(options.laborious) {
        let Compared { naive, resolving, dry_run } = compare(size).await;
        let ratio = |own: &Used| millis(&naive) / millis(own);
        compared.push((size as f64, millis(&naive), millis(&resolving), ratio(&resolving)));
        table.row([
            count(size as u64),
            short(millis(&naive)),
            short(millis(&resolving)),
            short(ratio(&resolving)),
            short(millis(&dry_run)),
            short(ratio(&dry_run)),
            short(naive.peak_bytes as f64 / MIB),
            short(dry_run.peak_bytes as f64 / MIB),
        ]);
    }
    table.print();
    plot(&compared);
    if let Some((_, _, _, ratio)) = compared.last() {
        bars.note(Measure::Resolve, *ratio);
    }
    print_hand_over().await;
    bill::print(options).await;
}

fn plot(compared: &[(f64, f64, f64, f64)]) {
    let mut plot = Plot::new("CPU of resolving and deduplicating", "ms");
    plot.curve("naive sender", compared.iter().map(|(size, naive, ..)| (*size, *naive)));
    plot.curve("own", compared.iter().map(|(size, _, own, _)| (*size, *own)));
    plot.save("resolve-cpu");
}

struct Compared {
    naive: Used,
    resolving: Used,
    dry_run: Used,
}

async fn compare(recipients: usize) -> Compared {
    let measured = MeasuredStack::start(Setup::Timed).await;
    let few = dry_run(&measured, &books::overlapping(&measured, 10).await).await;
    let dry_run = dry_run(&measured, &books::overlapping(&measured, recipients).await).await;
    let beyond = dry_run.processor.saturating_sub(few.processor).max(Duration::from_micros(1));
    let resolving = Used { processor: beyond, ..dry_run };
    let naive = roles::resolve_in_a_process(&measured, recipients).await;
    measured.stack.stop().await;
    Compared { naive, resolving, dry_run }
}

/// The average cost of a dry run.
async fn dry_run(measured: &MeasuredStack, books: &[String]) -> Used {
    let body = json!({"group_ids": books, "message": "Hello!", "dry_run": true});
    let send = || async { measured.api.post("/v1/sms/send-group/", &body).await.expect(200) };
    send().await;
    let api = measured.processes(FunctionName::Api)[0];
    process::forget_peak(api);
    let (before, begun) = (process::processor_time(api), std::time::Instant::now());
    for _ in 0..DRY_RUNS {
        send().await;
    }
    Used {
        processor: (process::processor_time(api) - before) / DRY_RUNS,
        peak_bytes: process::peak_memory_bytes(api),
        wall: begun.elapsed() / DRY_RUNS,
    }
}

/// Dispatch next to the naive sender's: one worker, a provider that answers at once.
async fn print_hand_over() {
    let measured = MeasuredStack::start(Setup::Timed).await;
    let naive = roles::hand_over_in_a_process(&measured, HANDED_OVER).await;
    measured.stack.stop().await;
    let own = time::measure(HANDED_OVER, &Prices::read()).await.dispatch;
    let own = Used { processor: own.processor, peak_bytes: own.peak_bytes, wall: own.wall };
    let columns = ["", "recipients/s", "CPU µs/recipient", "peak MiB", "wall s"];
    let title =
        format!("Dispatch of {} compared with the naive sender, one worker", count(HANDED_OVER as u64));
    let mut table = Table::new(&title, &columns);
    for (word, used) in [("naive", &naive), ("own", &own)] {
        table.row([
            word.to_owned(),
            short(HANDED_OVER as f64 / used.wall.as_secs_f64()),
            short(used.processor.as_secs_f64() * 1e6 / HANDED_OVER as f64),
            short(used.peak_bytes as f64 / MIB),
            short(used.wall.as_secs_f64()),
        ]);
    }
    table.print();
}
