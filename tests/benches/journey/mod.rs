//! A campaign's whole way, by size: accept, dispatch, reports.
//!
//! Each size is measured twice on stacks of their own: once for time, with nothing between the functions
//! and the emulators, and once for the bill, behind a meter.

mod bill;
mod time;

use std::collections::BTreeMap;

use crate::{
    options::Options,
    support::{
        cost::Step,
        plot::Plot,
        prices::Prices,
        table::{Table, count, short},
    },
};
use time::Timed;

const MIB: f64 = 1024.0 * 1024.0;

/// Measures and prints.
pub async fn run(options: &Options) {
    let prices = Prices::read();
    let mut timed = Vec::new();
    for size in &options.sizes {
        timed.push(time::measure(*size, &prices).await);
    }
    print_accepts(&timed);
    print_dispatches(&timed);
    plot(&timed);
    let mut bills = Vec::new();
    for size in options.sizes.iter().filter(|size| **size <= bill::LARGEST) {
        bills.push(bill::measure(*size, &prices).await);
    }
    let processor_us = timed.iter().rev().map(Timed::processor_us).find(|steps| steps.len() == 4);
    let processor_us = processor_us.unwrap_or_default();
    print_processor(&processor_us);
    bill::print(&bills, &prices, &processor_us);
}

fn plot(timed: &[Timed]) {
    let over = |value: fn(&Timed) -> f64| -> Vec<(f64, f64)> {
        timed.iter().map(|timed| (timed.recipients as f64, value(timed))).collect()
    };
    let mut time = Plot::new("Time of an accept", "ms");
    time.curve("wall", over(|timed| timed.accept.wall.as_secs_f64() * 1e3));
    time.curve("own CPU", over(|timed| timed.accept.processor.as_secs_f64() * 1e3));
    time.save("accept-time");
    let mut memory = Plot::new("Memory at its highest", "MiB");
    memory.curve("accept: api", over(|timed| timed.accept.peak_bytes as f64 / MIB));
    memory.curve("dispatch", over(|timed| timed.dispatch.peak_bytes as f64 / MIB));
    memory.save("memory");
    let mut rate = Plot::new("Dispatch, one worker", "recipients/s");
    let dispatched = |timed: &Timed| timed.recipients as f64 / timed.dispatch.wall.as_secs_f64();
    rate.curve("provider at once", over(dispatched));
    rate.save("dispatch-rate");
}

fn print_accepts(timed: &[Timed]) {
    let columns = ["recipients", "own CPU ms", "CPU µs/recipient", "peak MiB", "growth MiB", "wall ms"];
    let mut table = Table::new("Accept: the api process, two overlapping books, rosters read anew", &columns);
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
