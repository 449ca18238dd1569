//! Plays one seed of the simulation again: `cargo simulate 17`, or a cut-down
//! run as a failing test names it: `-- 17,sends=1,faults=0`. A failure is cut down further.
//!
//! `-- soak 1000000` plays big campaigns, in full batches and under all faults, until this many recipients are
//! audited.

mod acts;
mod answers;
mod audit;
mod call_faults;
mod chance;
mod customers;
mod faulty_queues;
mod history;
mod life;
mod observer;
mod pages;
mod provider;
mod report_channel;
mod run;
mod search;
mod seeds;
mod shape;
mod system;
mod tables;
mod time;
mod wire;

use std::{process::ExitCode, time::Instant};

/// Contacts of each of an organisation's two books in a soak run.
const BOOK: u64 = 20_000;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["soak", recipients] => recipients.parse().map_or_else(|_| usage(), soak),
        [shape] => shape.parse().map_or_else(|_| usage(), |shape| replay(&shape)),
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("a seed, perhaps with cuts: 17,sends=1,faults=0; or: soak 1000000");
    ExitCode::from(2)
}

fn replay(shape: &shape::Shape) -> ExitCode {
    println!("{shape:?}");
    match run::simulate(shape) {
        Ok(evidence) => {
            println!("{evidence:#?}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            println!("{}", search::shorten(shape.clone(), why));
            ExitCode::FAILURE
        }
    }
}

fn soak(recipients: u64) -> ExitCode {
    let began = Instant::now();
    let shape = |seed| shape::Shape {
        organisations: 2,
        contacts: BOOK,
        sends: 3,
        minutes: 60,
        workers: 3,
        faults: 20,
        provider_faults: 100,
        message_faults: 50,
        group: 100,
        batch: 1_000,
        by_number: 0,
        ..shape::Shape::of(seed)
    };
    match seeds::play_all(1, shape, |sum, _| sum.recipients >= recipients) {
        Ok(sum) => {
            let seconds = began.elapsed().as_secs_f64();
            let rate = sum.recipients as f64 / seconds;
            let unconfirmed = sum.count("unconfirmed");
            println!("{sum:#?}");
            println!(
                "{} recipients of {} campaigns, {} faults in {} calls, {unconfirmed} unconfirmed, audit \
                 difference 0, {seconds:.0} s: {rate:.0} recipients a second",
                sum.recipients, sum.campaigns, sum.faults, sum.calls
            );
            ExitCode::SUCCESS
        }
        Err(failed) => {
            let (shape, why) = *failed;
            println!("{why}\nagain: cargo simulate {shape}");
            ExitCode::FAILURE
        }
    }
}
