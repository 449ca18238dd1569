//! Plays one seed of the simulation again: `cargo run -p tests --example simulate -- 17`, or a cut-down
//! run as a failing test names it: `-- 17,sends=1,faults=0`. A failure is cut down further.

mod acts;
mod answers;
mod audit;
mod chance;
mod doors;
mod history;
mod life;
mod mail;
mod pages;
mod people;
mod provider;
mod run;
mod search;
mod shape;
mod system;
mod tables;
mod time;
mod weather;
mod wire;

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(Ok(shape)) = std::env::args().nth(1).map(|text| text.parse::<shape::Shape>()) else {
        eprintln!("a seed, perhaps with cuts: 17,sends=1,faults=0");
        return ExitCode::from(2);
    };
    println!("{shape:?}");
    match run::simulate(&shape) {
        Ok(evidence) => {
            println!("{evidence:#?}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            println!("{}", search::shorten(shape, why));
            ExitCode::FAILURE
        }
    }
}
