//! `cargo bench -p tests`: what the product costs, in one command.
//!
//! Ratios and exact counts come first (processor time of our own processes, units, requests, memory),
//! wall time second: it is the machine's, and the emulators share the processors with us.
//!
//! ```text
//! cargo bench -p tests                      everything, up to 100,000 recipients
//! cargo bench -p tests -- --full            up to 5,000,000
//! cargo bench -p tests -- journey reading   only these
//! ```

mod address_books;
mod cold_start;
mod dispatch;
mod journey;
mod naive;
mod options;
mod reading;
mod support;

use options::{Bench, Options};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    match arguments.as_slice() {
        [function, name] if function == "function" => runtime.block_on(run_function(name)),
        [role, endpoint, books @ ..] if role == naive::ROLE => {
            runtime.block_on(naive::resolve(endpoint, books));
        }
        _ => runtime.block_on(run(&Options::read(&arguments))),
    }
}

/// This program as one of the product's functions, behind a Runtime API: as `main` of each does it.
async fn run_function(name: &str) {
    let ran = match name {
        "api" => api::run().await,
        "books" => books::serve().await,
        "dispatch" => ::dispatch::run().await,
        "receipts" => receipts::run().await,
        "clock" => clock::run().await,
        other => panic!("there is no function {other}"),
    };
    ran.expect("the function runs until its host ends it");
}

async fn run(options: &Options) {
    for bench in &options.benches {
        match bench {
            Bench::Journey => journey::run(options).await,
            Bench::Naive => naive::run(options).await,
            Bench::AddressBooks => address_books::run(options).await,
            Bench::Dispatch => dispatch::run(options).await,
            Bench::Reading => reading::run(options).await,
            Bench::ColdStart => cold_start::run().await,
        }
    }
}
