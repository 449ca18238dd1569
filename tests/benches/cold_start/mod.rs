//! Cold starts of the real bootstraps: what happens until the first request for an invocation, in the
//! first invocation, and in a warm one.
//!
//! Counted in instructions (user space, `valgrind --tool=callgrind`), which no load on the machine
//! changes, and in processor milliseconds without valgrind. The emulators speak plain HTTP, since the
//! bootstraps trust Amazon's certificates only: their connections are counted by a gate between, a TLS handshake is
//! measured apart ([`handshake`]), and for each connection one is added. Openly: both figures are shown.

mod callgrind;
mod events;
mod gate;
mod handshake;
mod runtime_api;
mod start;

use std::{fs, path::PathBuf};

pub use handshake::{ROLE, connect};

use crate::{
    bars::{Bars, Measure},
    support::{
        measured_stack::{MeasuredStack, Setup},
        table::{Table, short},
    },
};
use events::{CASES, Case};
use handshake::Handshakes;
use start::{Start, Started};

const FUNCTIONS: [&str; 7] = ["api", "books", "dispatch", "callbacks", "receipts", "clock", "console"];
/// Warm invocations that are averaged.
const WARM: usize = 10;
const MIB: f64 = 1024.0 * 1024.0;

/// The measurements of one case.
struct Measured {
    init: Started,
    first: Started,
    warm: Started,
    peak_bytes: u64,
}

/// Measures and prints; says how to build missing packages.
pub async fn run(bars: &mut Bars) {
    let folder = bootstraps();
    let missing: Vec<&str> =
        FUNCTIONS.into_iter().filter(|function| !folder.join(function).exists()).collect();
    if !missing.is_empty() {
        println!("\n## Cold start: not measured\n\n{} not in {}:", missing.join(", "), folder.display());
        println!(
            "cargo build --release -p api -p books -p dispatch -p callbacks -p receipts -p clock -p web-console"
        );
        return;
    }
    print_sizes(&folder, bars);
    let handshakes = tokio::task::spawn_blocking(Handshakes::measure).await.expect("it is measured");
    handshakes.print();
    let bench = MeasuredStack::start(Setup::Timed).await;
    // Creates the counter of the rate window, which exists for all but an organisation's first request.
    bench.api.get("/v1/balance/").await.expect(200);
    let mut measured = Vec::new();
    for case in CASES {
        measured.push((case, measure(&bench, &folder, case).await));
    }
    bench.stack.stop().await;
    print(&measured, &handshakes);
    note(bars, &measured, &handshakes);
}

/// `BOOTSTRAPS`, or cargo's own folder.
fn bootstraps() -> PathBuf {
    let own = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../release");
    std::env::var_os("BOOTSTRAPS").map_or(own, PathBuf::from)
}

async fn measure(bench: &MeasuredStack, folder: &std::path::Path, case: Case) -> Measured {
    let mut started = Vec::new();
    let mut peak_bytes = 0;
    for invocations in [0, 1, 1 + WARM] {
        let mut runs = Vec::new();
        for _ in 0..start::RUNS {
            runs.push(start::Run::of(bench, case.deployed(), case.events(bench, invocations).await));
        }
        let start = Start { program: folder.join(case.function()) };
        let ran = tokio::task::spawn_blocking(move || start.run_all(runs)).await.expect("it is measured");
        started.push(ran.started);
        peak_bytes = ran.peak_bytes;
    }
    let [init, one, many] = [started[0], started[1], started[2]];
    Measured { init, first: one.less(init), warm: many.less(one).divided(WARM as f64), peak_bytes }
}

fn print_sizes(folder: &std::path::Path, bars: &mut Bars) {
    let mut table = Table::new("The release's bootstraps", &["function", "MB", "zip MB"]);
    for function in FUNCTIONS {
        let program = folder.join(function);
        let bytes = fs::metadata(&program).expect("it is there").len() as f64;
        let zipped = start::zipped_bytes(&program) as f64;
        bars.note(Measure::Zip, zipped / 1e6);
        table.row([function.to_owned(), short(bytes / 1e6), short(zipped / 1e6)]);
    }
    table.print();
}

fn print(measured: &[(Case, Measured)], handshakes: &Handshakes) {
    let columns = [
        "function",
        "init M",
        "with TLS",
        "CPU ms",
        "first M",
        "with TLS",
        "CPU ms",
        "warm M",
        "CPU ms",
        "first/warm",
        "with TLS",
        "peak MiB",
    ];
    let title = "Cold start of the release's bootstraps, million instructions; `with TLS`: handshakes added";
    let mut table = Table::new(title, &columns);
    for (case, Measured { init, first, warm, peak_bytes }) in measured {
        let with_tls = |started: &Started| started.with(handshakes);
        let figures = [
            init.instructions / 1e6,
            with_tls(init) / 1e6,
            init.processor_ms,
            first.instructions / 1e6,
            with_tls(first) / 1e6,
            first.processor_ms,
            warm.instructions / 1e6,
            warm.processor_ms,
            first.instructions / warm.instructions,
            with_tls(first) / with_tls(warm),
            *peak_bytes as f64 / MIB,
        ];
        table.row([case.word().to_owned()].into_iter().chain(figures.map(short)));
    }
    table.print();
}

/// The bars are the api function's.
fn note(bars: &mut Bars, measured: &[(Case, Measured)], handshakes: &Handshakes) {
    for (_, Measured { init, first, warm, .. }) in
        measured.iter().filter(|(case, _)| case.function() == "api")
    {
        bars.note(Measure::Init, init.with(handshakes) / 1e6);
        bars.note(Measure::FirstOverWarm, first.with(handshakes) / warm.with(handshakes));
    }
}
