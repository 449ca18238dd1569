//! A campaign's whole way, by size: accept, dispatch, reports.
//!
//! Each size is measured twice on stacks of their own: once for time, with nothing between the functions
//! and the emulators, and once for the bill, behind a meter.

pub mod bill;
mod bytes;
mod curves;
mod stored;
pub mod time;

use std::collections::BTreeMap;

use crate::{
    bars::{Bars, Measure},
    options::Options,
    support::{
        cost::Step,
        prices::Prices,
        table::{Table, count, short},
    },
};
use time::{Timed, Used};

const MIB: f64 = 1024.0 * 1024.0;
/// The number of recipients that bars are set for, and that growth is measured from.
const MILLION: usize = 1_000_000;
const TENTH: usize = MILLION / 10;

/// Measures and prints.
pub async fn run(options: &Options, bars: &mut Bars) {
    let prices = Prices::read();
    let mut timed = Vec::new();
    for size in &options.sizes {
        timed.push(time::measure(*size, &prices).await);
    }
    print_accepts(&timed);
    print_dispatches(&timed);
    let mut bills = Vec::new();
    for size in options.sizes_up_to(options.laborious) {
        bills.push(bill::measure(size, &prices).await);
    }
    let processor_us = timed.iter().rev().map(Timed::processor_us).find(|steps| steps.len() == 4);
    let processor_us = processor_us.unwrap_or_default();
    print_processor(&processor_us);
    bytes::print(&bills);
    bill::print(&bills, &prices, &processor_us);
    curves::plot_times(&timed);
    curves::plot_bills(&bills, &prices, &processor_us);
    note_times(bars, &timed);
    if let Some(last) = bills.last() {
        bill::note(bars, last, &prices, &processor_us);
    }
}

fn note_times(bars: &mut Bars, timed: &[Timed]) {
    let of = |size: usize| timed.iter().find(|timed| timed.recipients == size);
    let Some(Timed { accept, dispatch, .. }) = of(MILLION) else { return };
    bars.note(Measure::AcceptProcessor, accept.processor.as_secs_f64());
    bars.note(Measure::AcceptWall, accept.wall.as_secs_f64());
    bars.note(Measure::AcceptMemory, accept.peak_bytes as f64 / MIB);
    if let Some(tenth) = of(TENTH) {
        let growth = |all: &Used, tenth: &Used| all.processor.as_secs_f64() / tenth.processor.as_secs_f64();
        bars.note(Measure::AcceptGrowth, growth(accept, &tenth.accept));
        bars.note(Measure::DispatchGrowth, growth(dispatch, &tenth.dispatch));
    }
}

fn print_accepts(timed: &[Timed]) {
    let columns = ["recipients", "own CPU ms", "CPU µs/recipient", "peak MiB", "growth MiB", "wall ms"];
    let mut table =
        Table::new("Accept: the api process, two overlapping books, rosters read again", &columns);
    for Timed { recipients, accept, .. } in timed {
        let cpu_ms = accept.processor.as_secs_f64() * 1e3;
        table.row([
            count(*recipients as u64),
            short(cpu_ms),
            short(cpu_ms * 1e3 / *recipients as f64),
            short(accept.peak_bytes as f64 / MIB),
            short((accept.peak_bytes - accept.idle_bytes) as f64 / MIB),
            short(accept.wall.as_secs_f64() * 1e3),
        ]);
    }
    table.print();
}

fn print_dispatches(timed: &[Timed]) {
    let columns = ["recipients", "recipients/s", "own CPU µs/recipient", "peak MiB", "wall s"];
    let mut table = Table::new("Dispatch: one worker, a provider that answers at once, 100 a call", &columns);
    for Timed { recipients, dispatch, .. } in timed {
        table.row([
            count(*recipients as u64),
            short(*recipients as f64 / dispatch.wall.as_secs_f64()),
            short(dispatch.processor.as_secs_f64() * 1e6 / *recipients as f64),
            short(dispatch.peak_bytes as f64 / MIB),
            short(dispatch.wall.as_secs_f64()),
        ]);
    }
    table.print();
}

fn print_processor(processor_us: &BTreeMap<Step, f64>) {
    let mut table = Table::new("Own CPU of each step", &["step", "µs/recipient"]);
    for step in Step::ALL {
        let processor_us = processor_us.get(&step).copied().unwrap_or_default();
        table.row([step.word().to_owned(), short(processor_us)]);
    }
    table.print();
}
